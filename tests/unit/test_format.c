// sources:
/*
 * vsnprintf() compared with the libc's over all flags, widths, precisions, lengths and conversions,
 * with the values at the edges, into buffers of every size.
 */
#include "unit.h"
#include <string.h>

#define snprintf tine_snprintf
#define vsnprintf tine_vsnprintf
#define scnprintf tine_scnprintf
#include "../../lib/format.c"
#undef snprintf
#undef vsnprintf
#undef scnprintf

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-overflow"

static const char *const widths[] = { "", "1", "5", "12", "30" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".4", ".25" };

/* Format the same arguments by both and compare text and length; @size is that of the buffer. */
static void compare_v(size_t size, const char *fmt, va_list args)
{
	char *ours = malloc(size ? size : 1), *theirs = malloc(size ? size : 1);
	va_list copy;
	int our_len, their_len;

	va_copy(copy, args);
	our_len = tine_vsnprintf(ours, size, fmt, args);
	their_len = vsnprintf(theirs, size, fmt, copy);
	va_end(copy);
	if (our_len != their_len || (size && strcmp(ours, theirs) != 0))
		fail_msg("\"%s\": ours [%s] %d, theirs [%s] %d", fmt, size ? ours : "", our_len,
			 size ? theirs : "", their_len);
	free(ours);
	free(theirs);
}

static void compare(size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	compare_v(size, fmt, args);
	va_end(args);
}

/* Each flag that C leaves undefined for a conversion stays out of its set. */
static void all_specs(const char *flags, const char *length, const char *conversions,
		      void (*visit)(const char *fmt))
{
	size_t nr_flags = strlen(flags);
	char fmt[64];

	for (unsigned int set = 0; set < 1U << nr_flags; set++) {
		char chosen[8] = "";

		for (size_t i = 0; i < nr_flags; i++) {
			if (set & 1U << i)
				strncat(chosen, &flags[i], 1);
		}
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
				for (const char *c = conversions; *c; c++) {
					snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", chosen, widths[w],
						 precisions[p], length, *c);
					visit(fmt);
				}
			}
		}
	}
}

static void visit_int(const char *fmt)
{
	static const int values[] = { 0, 1, -1, 42, -128, 255, 32768, __INT_MAX__, -__INT_MAX__ - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		compare(100, fmt, values[i]);
}

static void visit_long(const char *fmt)
{
	static const long values[] = { 0, 7, -1, 1L << 32, __LONG_MAX__, -__LONG_MAX__ - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		compare(100, fmt, values[i]);
}

static void visit_string(const char *fmt)
{
	compare(100, fmt, "");
	compare(100, fmt, "tine");
	compare(100, fmt, "a string that is longer than all widths");
}

static void visit_char(const char *fmt)
{
	compare(100, fmt, 'x');
	compare(100, fmt, 0xe9);
}

static void test_integers(void **state)
{
	static const char *const lengths[] = { "", "h", "hh" };
	static const char *const long_lengths[] = { "l", "ll", "z", "t" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		all_specs("-0+ ", lengths[i], "di", visit_int);
		all_specs("-0", lengths[i], "u", visit_int);
		all_specs("-0#", lengths[i], "xXo", visit_int);
	}
	for (size_t i = 0; i < ARRAY_SIZE(long_lengths); i++) {
		all_specs("-0+ ", long_lengths[i], "di", visit_long);
		all_specs("-0", long_lengths[i], "u", visit_long);
		all_specs("-0#", long_lengths[i], "xXo", visit_long);
	}
}

static void test_text(void **state)
{
	(void)state;
	all_specs("-", "", "s", visit_string);
	compare(100, "%c|%5c|%-5c|", 'a', 'b', 'c');
	visit_char("<%c>");
	compare(100, "100%% of %s", "it");
	compare(100, "%p %20p %-20p|", (void *)0x1234, (void *)&compare, (void *)1);
}

/* A string without a null is fine as long as the precision stops before its end. */
static void test_unterminated(void **state)
{
	char *s = malloc(3), buf[16];

	(void)state;
	s[0] = s[1] = s[2] = 'x';
	tine_snprintf(buf, sizeof(buf), "%.3s|%.2s|%.0s|", s, s, s);
	assert_string_equal(buf, "xxx|xx||");
	free(s);
}

static void test_stars(void **state)
{
	(void)state;
	for (int width = -12; width <= 12; width++) {
		for (int precision = -3; precision <= 8; precision++) {
			compare(100, "%*.*d|%0*d", width, precision, -37, width, 5);
			compare(100, "%*.*s|%-*.*x", width, precision, "tine", width, precision, 0xabc);
		}
	}
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t size = 0; size < 40; size++) {
		char *buf = malloc(size ? size : 1);
		int len;

		compare(size, "%s is %d and %#lx", "this", -12345, 0xfeedUL);
		len = tine_scnprintf(buf, size, "%s is %d", "this", -12345);
		assert_int_equal(len, size == 0 ? 0 : size - 1 < 14 ? size - 1 : 14);
		free(buf);
	}
}

static void test_mistakes(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(tine_snprintf(buf, sizeof(buf), "a%yb %s", "c"), 6);
	assert_string_equal(buf, "a%yb c");
	assert_int_equal(tine_snprintf(buf, sizeof(buf), "%s", (char *)NULL), 6);
	assert_string_equal(buf, "(null)");
	assert_int_equal(tine_snprintf(buf, sizeof(buf), "end%"), 4);
	assert_string_equal(buf, "end%");
	assert_int_equal(tine_snprintf(buf, sizeof(buf), "%99999999999d", 1), 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_unterminated),
		cmocka_unit_test(test_stars),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
