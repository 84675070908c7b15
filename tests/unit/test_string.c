// sources:
/*
 * The string functions compared with the libc's on random short strings over a small alphabet, which
 * make matches likely. The source is included under other names: the libc's own are the judge.
 */
#include "unit.h"
#include <string.h>

#define memcmp tine_memcmp
#define memchr tine_memchr
#define strlen tine_strlen
#define strnlen tine_strnlen
#define strcmp tine_strcmp
#define strncmp tine_strncmp
#define strchr tine_strchr
#define strrchr tine_strrchr
#define strstr tine_strstr
#define strpbrk tine_strpbrk
#include "../../lib/string.c"
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#undef strpbrk

#define ROUNDS 50000

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

/*
 * A string in a block of exactly its size, so that ASan sees a step too far. Bytes above 127
 * show whether they compare as unsigned.
 */
static char *random_string(unsigned long *seed)
{
	static const char alphabet[] = { 'a', 'b', '\xe9', '\x7f' };
	size_t len = next_random(seed) % 8;
	char *s = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		s[i] = alphabet[next_random(seed) % sizeof(alphabet)];
	s[len] = '\0';
	return s;
}

static void compare_pair(const char *a, const char *b, size_t n)
{
	size_t both = min(strlen(a), strlen(b)) + 1;

	assert_int_equal(sign(tine_strcmp(a, b)), sign(strcmp(a, b)));
	assert_int_equal(sign(tine_strncmp(a, b, n)), sign(strncmp(a, b, n)));
	assert_int_equal(sign(tine_memcmp(a, b, both)), sign(memcmp(a, b, both)));
	assert_ptr_equal(tine_strstr(a, b), strstr(a, b));
	assert_ptr_equal(tine_strpbrk(a, b), strpbrk(a, b));
}

static void compare_single(const char *s, int c, size_t n)
{
	assert_int_equal(tine_strlen(s), strlen(s));
	assert_int_equal(tine_strnlen(s, n), strnlen(s, n));
	assert_ptr_equal(tine_strchr(s, c), strchr(s, c));
	assert_ptr_equal(tine_strrchr(s, c), strrchr(s, c));
	assert_ptr_equal(tine_memchr(s, c, strlen(s) + 1), memchr(s, c, strlen(s) + 1));
}

static void test_against_libc(void **state)
{
	static const int chars[] = { 'a', 'b', 0xe9, 0, 'z', 'a' + 256 };
	unsigned long seed = 11;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char *a = random_string(&seed), *b = random_string(&seed);
		size_t n = next_random(&seed) % 10;

		compare_pair(a, b, n);
		compare_pair(a, a, n);
		compare_single(a, chars[next_random(&seed) % ARRAY_SIZE(chars)], n);
		free(a);
		free(b);
	}
}

static void test_strscpy(void **state)
{
	char buf[4] = "xyz";

	(void)state;
	assert_int_equal(strscpy(buf, "ab", sizeof(buf)), 2);
	assert_string_equal(buf, "ab");
	assert_int_equal(strscpy(buf, "abc", sizeof(buf)), 3);
	assert_int_equal(strscpy(buf, "abcd", sizeof(buf)), -E2BIG);
	assert_string_equal(buf, "abc");
	assert_int_equal(strscpy(buf, "", 1), 0);
	assert_string_equal(buf, "");
	assert_int_equal(strscpy(buf, "a", 0), -E2BIG);
}

struct number {
	const char *text;
	unsigned int base;
	int err;
	unsigned long value;
};

static void test_kstrtoul(void **state)
{
	static const struct number rows[] = {
		{ "0", 0, 0, 0 }, { "10", 0, 0, 10 }, { "010", 0, 0, 8 }, { "0x1f", 0, 0, 31 },
		{ "0X1F\n", 0, 0, 31 }, { "1f", 16, 0, 31 }, { "0x1f", 16, 0, 31 }, { "zz", 36, 0, 1295 },
		{ "18446744073709551615", 10, 0, ~0UL }, { "18446744073709551616", 10, -ERANGE, 0 },
		{ "0xffffffffffffffff", 0, 0, ~0UL }, { "0x10000000000000000", 0, -ERANGE, 0 },
		{ "", 10, -EINVAL, 0 }, { "\n", 10, -EINVAL, 0 }, { "0x", 0, -EINVAL, 0 },
		{ "12 ", 10, -EINVAL, 0 }, { "12\n\n", 10, -EINVAL, 0 }, { " 12", 10, -EINVAL, 0 },
		{ "-1", 10, -EINVAL, 0 }, { "+1", 10, -EINVAL, 0 }, { "08", 0, -EINVAL, 0 },
		{ "0x1f", 10, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned long out = 77;

		assert_int_equal(kstrtoul(rows[i].text, rows[i].base, &out), rows[i].err);
		assert_int_equal(out, rows[i].err ? 77 : rows[i].value);
	}
}

static void test_kstrtol(void **state)
{
	long out = 77;

	(void)state;
	assert_int_equal(kstrtol("-1\n", 10, &out), 0);
	assert_int_equal(out, -1);
	assert_int_equal(kstrtol("+5", 10, &out), 0);
	assert_int_equal(out, 5);
	assert_int_equal(kstrtol("9223372036854775807", 10, &out), 0);
	assert_int_equal(out, __LONG_MAX__);
	assert_int_equal(kstrtol("-9223372036854775808", 10, &out), 0);
	assert_int_equal(out, -__LONG_MAX__ - 1);
	assert_int_equal(kstrtol("9223372036854775808", 10, &out), -ERANGE);
	assert_int_equal(kstrtol("-9223372036854775809", 10, &out), -ERANGE);
	assert_int_equal(kstrtol("--1", 10, &out), -EINVAL);
	assert_int_equal(kstrtol("-", 10, &out), -EINVAL);
	assert_int_equal(out, -__LONG_MAX__ - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_libc),
		cmocka_unit_test(test_strscpy),
		cmocka_unit_test(test_kstrtoul),
		cmocka_unit_test(test_kstrtol),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
