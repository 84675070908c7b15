/*
 * printk.h - the kernel's log, and how it dies.
 */
#pragma once

#include <stdarg.h>
#include <tine/compiler.h>

struct pt_regs;

/*
 * Append a line to the log and show it on every registered console. Starts with the time in
 * seconds. From any context. A line that does not end in '\n' is continued by the next call.
 */
void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list args);

/* A place where log lines are shown. */
struct console {
	const char *name;
	void (*write)(const char *text, size_t len);	/* polled; any context */
	struct console *next;
};
void register_console(struct console *con);
/* Show text on every console at once, outside the log and its locks: for panic(). */
void console_write_all(const char *text, size_t len);
/* The log as syslog(2) and dmesg show it: copy its last @size bytes at most; returns how many. */
#define LOG_BUF_SIZE	65536
size_t log_copy(char *buf, size_t size);
size_t log_length(void);
/* From the first panic on: printk() takes no locks. */
void console_break_locks(void);

/*
 * Stop for good: print the reason, CPU, task, registers and backtrace on every console and
 * leave QEMU with the panic status. Never returns, works from any context at any time.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
/* The same from a trap: @regs are the registers at the fault. */
void panic_regs(const struct pt_regs *regs, const char *fmt, ...) __printf(2, 3) __noreturn;

void warn_failed(const char *file, int line, const char *what);
void assert_failed(const char *file, int line, const char *what) __noreturn;

/* A cheap invariant, checked in every build; breaking it is a bug of the kernel's own. */
#define assert(x) do { if (unlikely(!(x))) assert_failed(__FILE__, __LINE__, #x); } while (0)
/* A dear one, checked in DEBUG=1 only. */
#define debug_assert(x) do { if (IS_DEBUG) assert(x); } while (0)
/* Report once per place and go on; yields the condition. */
#define WARN_ON(x) ({ \
	bool _bad = !!(x); \
	static bool _said; \
	if (unlikely(_bad) && !_said) { \
		_said = true; \
		warn_failed(__FILE__, __LINE__, #x); \
	} \
	unlikely(_bad); })
