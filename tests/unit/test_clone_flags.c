// sources: kernel/clone_flags.c
/*
 * check_clone_flags() and check_clone3_args() against Linux 6.1: all 8,192 combinations of thirteen flags for
 * clone and for clone3, as the user test clone_flags recorded them there. And the table of flags: one row for
 * each bit that the headers name, none twice.
 *
 * Without the libc's headers for time and signals: see test_fault_inject.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <tine/clone_flags.h>

/* The same order as in user/tests/clone_flags.c. */
static const u64 flags[] = {
	CLONE_FS, CLONE_FILES, CLONE_VFORK, CLONE_SYSVSEM, CLONE_SETTLS, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID,
	CLONE_VM, CLONE_SIGHAND, CLONE_THREAD, CLONE_PARENT, CLONE_PIDFD, CLONE_PARENT_SETTID,
};
#define NR_FLAGS	(sizeof(flags) / sizeof(flags[0]))
#define NR_COMBINATIONS	(1U << NR_FLAGS)

static int pidfd, parent_tid;

static u64 flags_of(unsigned int combination)
{
	u64 set = 0;

	for (unsigned int i = 0; i < NR_FLAGS; i++) {
		if (combination & 1U << i)
			set |= flags[i];
	}
	return set;
}

static int by_clone(unsigned int combination)
{
	struct kernel_clone_args args = {
		.flags = flags_of(combination), .exit_signal = SIGCHLD, .pidfd = &parent_tid, .parent_tid = &parent_tid,
	};

	return -check_clone_flags(&args, false);
}

static int by_clone3(unsigned int combination)
{
	u64 set = flags_of(combination);
	struct clone_args user = {
		.flags = set, .exit_signal = set & (CLONE_THREAD | CLONE_PARENT) ? 0 : SIGCHLD,
	};
	struct kernel_clone_args args = { .flags = set, .pidfd = &pidfd, .parent_tid = &parent_tid };
	int err = check_clone3_args(&user, sizeof(user));

	return -(err ? err : check_clone_flags(&args, false));
}

/* Compare with the lines "# NAME 0xFROM-0xTO ERRNO"; how many combinations they cover. */
static unsigned int compare(const char *name, int (*check)(unsigned int))
{
	FILE *f = fopen("tests/oracle/clone_flags.ktap", "r");
	unsigned int from, to, covered = 0;
	char line[128], call[16];
	int error;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "# %15s 0x%x-0x%x %d", call, &from, &to, &error) != 4 || __builtin_strcmp(call, name))
			continue;
		assert_int_equal(from, covered);
		for (; covered <= to; covered++)
			assert_int_equal(check(covered), error);
	}
	fclose(f);
	return covered;
}

static void test_clone(void **state)
{
	assert_int_equal(compare("clone", by_clone), NR_COMBINATIONS);
}

static void test_clone3(void **state)
{
	assert_int_equal(compare("clone3", by_clone3), NR_COMBINATIONS);
}

/* PID 1 cannot make siblings, whatever else is asked for; the rest is the same for it. */
static void test_init(void **state)
{
	for (unsigned int i = 0; i < NR_COMBINATIONS; i++) {
		struct kernel_clone_args args = { .flags = flags_of(i), .pidfd = &pidfd, .parent_tid = &parent_tid };
		int others = check_clone_flags(&args, false);

		assert_int_equal(check_clone_flags(&args, true), args.flags & CLONE_PARENT ? -EINVAL : others);
	}
}

static int check(u64 set)
{
	struct kernel_clone_args args = { .flags = set, .pidfd = &pidfd, .parent_tid = &parent_tid };

	return check_clone_flags(&args, false);
}

/* What the recording cannot have, since Linux there has namespaces and control groups. */
static void test_other_rules(void **state)
{
	assert_int_equal(check(CLONE_NEWNS | CLONE_FS), -EINVAL);
	assert_int_equal(check(CLONE_NEWUSER | CLONE_FS), -EINVAL);
	assert_int_equal(check(CLONE_NEWNS), 0);
	assert_int_equal(check(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWPID), -EINVAL);
	assert_int_equal(check(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER), -EINVAL);
	assert_int_equal(check(CLONE_VM | CLONE_SIGHAND | CLONE_CLEAR_SIGHAND), -EINVAL);
	assert_int_equal(check(CLONE_PIDFD | CLONE_DETACHED), -EINVAL);
	assert_int_equal(check(CLONE_INTO_CGROUP), -EBADF);
	assert_int_equal(check(CLONE_INTO_CGROUP | CLONE_SIGHAND), -EINVAL);
	assert_int_equal(check(CLONE_PIDFD | CLONE_PARENT_SETTID), 0);
}

/* Every bit from 7 to 33 has exactly one row, and only those are known to clone3. */
static void test_table(void **state)
{
	static const u64 rows[] = {
#define ROW(flag, wish, where) flag,
		CLONE_FLAG_TABLE(ROW)
#undef ROW
	};
	u64 seen = 0, by_wish = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rows[i] & (rows[i] - 1), 0);
		assert_int_equal(seen & rows[i], 0);
		seen |= rows[i];
	}
	assert_int_equal(seen, (1UL << 34) - (1UL << 7));
	for (int wish = WISH_ACTS; wish <= WISH_CGROUP; wish++) {
		assert_int_equal(by_wish & clone_flags_that(wish), 0);
		by_wish |= clone_flags_that(wish);
	}
	assert_int_equal(by_wish, seen);
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct clone_args args = { .flags = 1UL << bit };
		bool known = (seen & args.flags) && args.flags != CLONE_DETACHED;

		assert_int_equal(check_clone3_args(&args, sizeof(args)), known ? 0 : -EINVAL);
	}
}

/* The fields of the structure: each has a row, in the order of the structure. */
static void test_fields(void **state)
{
	static const size_t rows[] = {
#define ROW(field, version, what) offsetof(struct clone_args, field),
		CLONE_FIELD_TABLE(ROW)
#undef ROW
	};

	assert_int_equal(ARRAY_SIZE(rows) * sizeof(u64), sizeof(struct clone_args));
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(rows[i], i * sizeof(u64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clone), cmocka_unit_test(test_clone3), cmocka_unit_test(test_init),
		cmocka_unit_test(test_other_rules), cmocka_unit_test(test_table), cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
