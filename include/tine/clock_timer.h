/*
 * clock_timer.h - a timer of a clock that may be set: what timer_settime(2) and timerfd_settime(2)
 * share.
 *
 * Time is that of the clock: monotonic, or real time for an absolute timer of CLOCK_REALTIME, which
 * follows when the clock is set. A relative timer is monotonic whatever its clock: timer_create(2).
 * The owner's lock guards all but what is marked.
 */
#pragma once

#include <tine/time.h>
#include <tine/wait.h>

struct clock_timer {
	struct timer timer;
	struct wait_queue_entry on_set;	/* in clock_was_set while it may be armed for a real time */
	ktime_t expires;		/* of its clock; also read while the clock is being set */
	bool real;
};

/* @function gets the timer inside, as struct timer says. */
void clock_timer_init(struct clock_timer *t, void (*function)(struct timer *t));
/* Now, by the clock of @t. */
ktime_t clock_timer_now(const struct clock_timer *t);
/* Take the clock for @clock (CLOCK_*), @absolute or not; the time @value of it, or from now. */
void clock_timer_set(struct clock_timer *t, clockid_t clock, bool absolute, ktime_t value);
/* Arm for t->expires. From any context. */
void clock_timer_start(struct clock_timer *t);
/* Disarm, without waiting for the function: from any context. */
void clock_timer_dequeue(struct clock_timer *t);
/* Disarm for good and wait until the function does not run. */
void clock_timer_cancel(struct clock_timer *t);
/*
 * Move t->expires by whole @intervals past @now. How many; 0 if it lies in the future already.
 */
u64 clock_timer_forward(struct clock_timer *t, ktime_t now, ktime_t interval);
/* May a timer of @clock be made? 0, -EINVAL: there is no such clock, or -EOPNOTSUPP. Not for CPU clocks. */
int clock_timer_check(clockid_t clock);
/* Have @entry->func called whenever real time is set, until clock_unwatch(). It may take the owner's lock. */
void clock_watch(struct wait_queue_entry *entry);
void clock_unwatch(struct wait_queue_entry *entry);
