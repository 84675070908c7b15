/*
 * tick.c - the timer interrupt and the scheduler's tick.
 *
 * The clock-event device is one-shot: each interrupt runs what is due, ticks if a tick is due, and
 * programs the device for what comes next. An idle CPU does without ticks: it wakes for its timers,
 * and at least once a second for the load average.
 */

#include <tine/sched.h>
#include "time.h"

#define IDLE_SLEEP_MAX	NSEC_PER_SEC

struct tick {
	ktime_t next;			/* when the next tick is due */
	bool idle;			/* it is not waited for */
};

static DEFINE_PER_CPU(struct tick, ticks);	/* own CPU, interrupts off */

/* Program the device. Ticks that were missed are not made up for. */
static void program_tick(struct tick *tick, ktime_t now)
{
	if (tick->next <= now)
		tick->next = now + TICK_NSEC;
	program_next_event(tick->idle ? now + IDLE_SLEEP_MAX : tick->next);
}

void tick_start(void)
{
	unsigned long flags = local_irq_save();

	program_tick(this_cpu_ptr(&ticks), ktime_get());
	local_irq_restore(flags);
}

void timer_interrupt(bool user_mode)
{
	struct tick *tick = this_cpu_ptr(&ticks);
	ktime_t now = ktime_get();

	run_timers(now);
	if (now >= tick->next) {
		tick->next += TICK_NSEC;
		scheduler_tick(user_mode);
	}
	program_tick(tick, ktime_get());
}

void tick_idle_enter(void)
{
	struct tick *tick = this_cpu_ptr(&ticks);

	if (tick->idle)
		return;
	tick->idle = true;
	program_tick(tick, ktime_get());
}

void tick_idle_exit(void)
{
	struct tick *tick = this_cpu_ptr(&ticks);

	tick->idle = false;
	program_tick(tick, ktime_get());
}
