// sources: lib/refcount.c
/* Reference counts stick where they went wrong: no number of references brings one back to zero and frees the object. */
#include "unit.h"
#include <tine/atomic.h>

static unsigned int complaints;

void warn_failed(const char *file, int line, const char *what)
{
	complaints++;
}

static void test_counts(void **state)
{
	refcount_t r = REFCOUNT_INIT(1);

	refcount_inc(&r);
	assert_false(refcount_dec_and_test(&r));
	assert_true(refcount_dec_and_test(&r));
	assert_false(refcount_inc_not_zero(&r));
	refcount_set(&r, 1);
	assert_true(refcount_inc_not_zero(&r));
	assert_int_equal(refcount_read(&r), 2);
	assert_int_equal(complaints, 0);
}

/* CVE-2016-0728: 2^32 references, and the next put frees what others still hold. */
static void test_overflow_sticks(void **state)
{
	refcount_t r;

	refcount_set(&r, REFCOUNT_SATURATED - 2);
	for (int i = 0; i < 1000; i++)
		refcount_inc(&r);
	for (int i = 0; i < 100000; i++)
		assert_false(refcount_dec_and_test(&r));
	assert_true(refcount_inc_not_zero(&r));
	assert_true(refcount_read(&r) >= REFCOUNT_SATURATED);
}

static void test_wrong_uses_stick(void **state)
{
	refcount_t r;

	refcount_set(&r, 0);
	refcount_inc(&r);		/* nobody holds it: it may be freed already */
	assert_false(refcount_dec_and_test(&r));
	refcount_set(&r, 0);
	assert_false(refcount_dec_and_test(&r));
	assert_false(refcount_dec_and_test(&r));
}

/* Said once: a leak that a program can repeat must not flood the log. */
static void test_said_once(void **state)
{
	assert_int_equal(complaints, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts), cmocka_unit_test(test_overflow_sticks),
		cmocka_unit_test(test_wrong_uses_stick), cmocka_unit_test(test_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
