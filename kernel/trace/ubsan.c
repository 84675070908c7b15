/*
 * ubsan.c - what the compiler's checks for undefined behaviour call in a DEBUG=1 build.
 *
 * Each handler gets a record of the place (file, line, column) and the values. Undefined
 * behaviour is a bug of the kernel's own, so the first report is a panic. The names and layouts
 * are GCC's: "Instrumentation Options", -fsanitize=undefined.
 */
#include <tine/printk.h>

struct source_location {
	const char *file;
	u32 line;
	u32 column;
};

static __noreturn void ubsan_report(const void *data, const char *what)
{
	const struct source_location *at = data;	/* every record begins with it */

	panic("undefined behaviour: %s at %s:%u:%u", what, at->file, at->line, at->column);
}

#define HANDLER1(name, what) \
	void __ubsan_handle_##name(void *data); \
	void __ubsan_handle_##name(void *data) { ubsan_report(data, what); }
#define HANDLER2(name, what) \
	void __ubsan_handle_##name(void *data, unsigned long a); \
	void __ubsan_handle_##name(void *data, unsigned long a) { ubsan_report(data, what); }
#define HANDLER3(name, what) \
	void __ubsan_handle_##name(void *data, unsigned long a, unsigned long b); \
	void __ubsan_handle_##name(void *data, unsigned long a, unsigned long b) { ubsan_report(data, what); }

HANDLER3(add_overflow, "signed addition overflows")
HANDLER3(sub_overflow, "signed subtraction overflows")
HANDLER3(mul_overflow, "signed multiplication overflows")
HANDLER2(negate_overflow, "signed negation overflows")
HANDLER3(divrem_overflow, "division by zero or overflow")
HANDLER3(shift_out_of_bounds, "shift by a wrong amount")
HANDLER2(out_of_bounds, "index out of bounds")
HANDLER2(load_invalid_value, "a bool or enum has a value it cannot have")
HANDLER2(type_mismatch_v1, "access to an object that is too small")
HANDLER1(builtin_unreachable, "unreachable code was reached")
HANDLER2(vla_bound_not_positive, "array length is not positive")
HANDLER3(pointer_overflow, "pointer arithmetic wraps")
HANDLER1(nonnull_arg, "NULL for an argument that must not be")
HANDLER2(nonnull_return_v1, "NULL returned from a function that must not")
HANDLER1(invalid_builtin, "bit count of zero")
