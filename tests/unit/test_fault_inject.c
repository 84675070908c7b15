// sources: kernel/trace/fault_inject.c
/*
 * The states of fail-nth, system call by system call. Without the libc's headers: the task
 * structure and theirs do not go together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tine/fault_inject.h>
#include <tine/uapi.h>

unsigned int preempt_count;
static struct task_struct me, other;
struct task_struct *current_task = &me;

static int reset(void **state)
{
	__builtin_memset(&me, 0, sizeof(me));
	__builtin_memset(&other, 0, sizeof(other));
	preempt_count = 0;
	return 0;
}

/* A system call of @acts fallible acts; the number of the one that failed, 0 if none did. */
static unsigned int system_call(unsigned int acts)
{
	bool work = test_tsk_thread_flag(&me, TIF_SYSCALL_WORK);
	unsigned int failed = 0;

	if (work)
		fail_nth_syscall_enter();
	for (unsigned int i = 1; i <= acts; i++) {
		if (should_fail(FAIL_SLAB)) {
			assert_int_equal(failed, 0);
			failed = i;
		}
	}
	if (work)
		fail_nth_syscall_exit();
	return failed;
}

/* write(2) to the file, which makes fallible acts before and after it arms. */
static int write_nth(unsigned int n)
{
	bool work = test_tsk_thread_flag(&me, TIF_SYSCALL_WORK);
	int err;

	if (work)
		fail_nth_syscall_enter();
	err = fail_nth_write(&me, n);
	for (int i = 0; i < 5; i++)
		assert_false(should_fail(FAIL_USER_COPY));
	if (work)
		fail_nth_syscall_exit();
	return err;
}

static void test_off(void **state)
{
	assert_int_equal(system_call(100), 0);
	assert_int_equal(fail_nth_read(&me), 0);
	assert_false(test_tsk_thread_flag(&me, TIF_SYSCALL_WORK));
}

/* The sweep of fork_failnth: each act fails once, then the call goes through. */
static void test_sweep(void **state)
{
	const unsigned int acts = 7;

	for (unsigned int n = 1; n <= acts; n++) {
		assert_int_equal(write_nth(n), 0);
		assert_int_equal(system_call(acts), n);
		assert_int_equal(fail_nth_read(&me), 0);
		assert_int_equal(system_call(acts), 0);
	}
	assert_int_equal(write_nth(20), 0);
	assert_int_equal(system_call(acts), 0);
	assert_int_equal(fail_nth_read(&me), 20 - acts);
}

static void test_one_call_only(void **state)
{
	write_nth(5);
	assert_int_equal(system_call(4), 0);
	assert_int_equal(system_call(4), 0);
	assert_int_equal(fail_nth_read(&me), 1);
	assert_int_equal(fail_nth_read(&me), 1);
	assert_false(test_tsk_thread_flag(&me, TIF_SYSCALL_WORK));
	assert_int_equal(me.fail_nth, 0);
}

/* Faults of the program between the write and the call belong to no system call. */
static void test_between_calls(void **state)
{
	write_nth(1);
	assert_false(should_fail(FAIL_FRAME));
	assert_int_equal(system_call(3), 1);
}

/* Looking at the armed file is not the armed call. */
static void test_reading_does_not_count(void **state)
{
	write_nth(3);
	fail_nth_syscall_enter();
	assert_false(should_fail(FAIL_USER_COPY));
	assert_int_equal(fail_nth_read(&me), 3);
	assert_false(should_fail(FAIL_USER_COPY));
	fail_nth_syscall_exit();
	assert_int_equal(system_call(5), 3);
}

static void test_disarm(void **state)
{
	write_nth(2);
	write_nth(0);
	assert_int_equal(system_call(5), 0);
	assert_int_equal(fail_nth_read(&me), 0);
	assert_false(test_tsk_thread_flag(&me, TIF_SYSCALL_WORK));
}

static void test_rearm_in_armed_call(void **state)
{
	write_nth(50);
	write_nth(2);
	assert_int_equal(system_call(5), 2);
}

static void test_interrupts_do_not_count(void **state)
{
	write_nth(2);
	fail_nth_syscall_enter();
	preempt_count = HARDIRQ_OFFSET;
	for (int i = 0; i < 10; i++)
		assert_false(should_fail(FAIL_SLAB));
	preempt_count = 0;
	assert_false(should_fail(FAIL_SLAB));
	assert_true(should_fail(FAIL_SLAB));
	fail_nth_syscall_exit();
}

static void test_refusals(void **state)
{
	assert_int_equal(fail_nth_write(&other, 1), -EPERM);
	assert_int_equal(fail_nth_write(&me, ~0U), -EINVAL);
	assert_int_equal(fail_nth_read(&other), 0);
	assert_int_equal(system_call(5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_off, reset),
		cmocka_unit_test_setup(test_sweep, reset),
		cmocka_unit_test_setup(test_one_call_only, reset),
		cmocka_unit_test_setup(test_between_calls, reset),
		cmocka_unit_test_setup(test_reading_does_not_count, reset),
		cmocka_unit_test_setup(test_disarm, reset),
		cmocka_unit_test_setup(test_rearm_in_armed_call, reset),
		cmocka_unit_test_setup(test_interrupts_do_not_count, reset),
		cmocka_unit_test_setup(test_refusals, reset),
	};

	return cmocka_run_group_tests_name("fault_inject", tests, NULL, NULL);
}
