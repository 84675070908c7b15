// sources: kernel/time/timer.c lib/rbtree.c
/*
 * Timers against an array that says when each is due: random starts, restarts, cancellations, and
 * functions that start others or themselves, over a clock that only moves as far as the
 * clock-event device was programmed for. Nothing fires early, late, twice or after it was cancelled.
 *
 * Not through unit.h: see test_fair.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <tine/sched.h>
#include "../../kernel/time/time.h"

#define NR_TIMERS	64
#define NEVER		KTIME_MAX

DEFINE_PER_CPU(struct task_struct *, current_task);
DEFINE_PER_CPU(unsigned int, preempt_count);
DEFINE_PER_CPU(bool, resched_pending);
DEFINE_PER_CPU(unsigned int, cpu_number);
DEFINE_PER_CPU(unsigned long, this_cpu_offset);
unsigned long __per_cpu_offset[NR_CPUS];
bool host_irqs_off;

static struct timer timers[NR_TIMERS];
static ktime_t due[NR_TIMERS];		/* NEVER: must not fire */
static ktime_t now, device = NEVER;
static unsigned long seed;
static unsigned int fired;
static struct task_struct task;
static bool woken;

void preempt_check(void)
{
}

void spin_lock_slow(spinlock_t *lock)
{
	fail();
}

void clockevent_program(ktime_t expires)
{
	device = expires;
}

ktime_t ktime_get(void)
{
	return now;
}

int wake_up_process(struct task_struct *p)
{
	assert_ptr_equal(p, &task);
	woken = true;
	return 1;
}

static unsigned int random_below(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

static void start(unsigned int i, ktime_t when)
{
	due[i] = when;
	timer_start(&timers[i], when);
}

static void random_act(void)
{
	unsigned int i = random_below(NR_TIMERS);
	bool armed = due[i] != NEVER;

	switch (random_below(4)) {
	case 0:
		assert_int_equal(timer_cancel(&timers[i]), armed);
		due[i] = NEVER;
		break;
	case 1:
		assert_int_equal(timer_dequeue(&timers[i]), armed);
		due[i] = NEVER;
		break;
	default:
		start(i, now + 1 + random_below(1000));
	}
}

static void on_timer(struct timer *t)
{
	unsigned int i = (unsigned int)(t - timers);

	assert_true(due[i] <= now);
	assert_false(t->queued);
	due[i] = NEVER;
	fired++;
	if (random_below(4) == 0)
		start(i, now + 1 + random_below(300));
	if (random_below(4) == 0)
		random_act();
}

/* The timer interrupt, at the time that the device was set to, or a little later. */
static void interrupt(void)
{
	ktime_t end = now + 1 + random_below(200);

	while (device <= end) {
		now = max(now, device) + (random_below(4) == 0 ? random_below(5) : 0);
		device = NEVER;
		run_timers(now);
		program_next_event(now + 100000);
	}
	now = max(now, end);
}

/* The device wakes us in time for the first, and nothing that is due has been forgotten. */
static void check(void)
{
	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		assert_int_equal(timers[i].queued, due[i] != NEVER);
		if (due[i] == NEVER)
			continue;
		assert_true(due[i] == timers[i].expires);
		assert_true(due[i] > now || device <= now);
		assert_true(device <= due[i]);
	}
	assert_int_equal(preempt_count, 0);
	assert_false(host_irqs_off);
}

static void setup_timers(unsigned long with_seed)
{
	seed = with_seed;
	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		timer_init(&timers[i], on_timer);
		due[i] = NEVER;
	}
	now += 1000;
	run_timers(now);
	program_next_event(now + 100000);
}

static void test_random(void **state)
{
	for (unsigned long trace = 0; trace < 200; trace++) {
		setup_timers(trace);
		fired = 0;
		for (unsigned int step = 0; step < 500; step++) {
			random_act();
			check();
			if (random_below(3) == 0)
				interrupt();
			check();
		}
		assert_true(fired > 50);
		for (unsigned int i = 0; i < NR_TIMERS; i++)
			timer_cancel(&timers[i]);
	}
}

static ktime_t sleep_for;

/* While the sleeper is switched out time goes by. */
void schedule(void)
{
	ktime_t end = now + sleep_for;

	while (!woken && device <= end) {
		now = max(now, device);
		run_timers(now);
		program_next_event(now + 100000);
	}
	now = max(now, end);
}

static void test_sleep(void **state)
{
	setup_timers(0);
	current_task = &task;

	woken = false;
	sleep_for = 1000;
	assert_true(schedule_timeout_until(now + 500));
	assert_true(woken);

	woken = false;		/* somebody else wakes it first */
	sleep_for = 100;
	assert_false(schedule_timeout_until(now + 500));
	assert_false(woken);
	sleep_for = 1000;
	schedule();		/* its timer is gone */
	assert_false(woken);

	assert_false(schedule_timeout_until(KTIME_MAX));
	assert_true(schedule_timeout_until(now - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
