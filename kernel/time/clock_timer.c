/*
 * clock_timer.c - timers of clocks that may be set; see <tine/clock_timer.h>.
 *
 * A timer armed for a real time waits in clock_was_set: whoever sets the clock calls
 * clock_jumped() for it, which moves the timer to the new distance. Who only wants to know waits in
 * clock_watchers. Lock order: clock_watchers, the owner's lock, clock_was_set, timer base.
 */
#include <tine/clock_timer.h>

#include "time.h"

/* Not armed means fired or disarmed: nothing to move then. */
static bool clock_jumped(struct wait_queue_entry *entry)
{
	struct clock_timer *t = container_of(entry, struct clock_timer, on_set);

	if (timer_dequeue(&t->timer))
		timer_start(&t->timer, real_to_monotonic(READ_ONCE(t->expires)));
	return false;
}

void clock_timer_init(struct clock_timer *t, void (*function)(struct timer *t))
{
	timer_init(&t->timer, function);
	INIT_LIST_HEAD(&t->on_set.link);
	t->on_set.task = NULL;
	t->on_set.func = clock_jumped;
	t->on_set.exclusive = false;
	t->expires = 0;
	t->real = false;
}

ktime_t clock_timer_now(const struct clock_timer *t)
{
	return t->real ? ktime_get_real() : ktime_get();
}

void clock_timer_set(struct clock_timer *t, clockid_t clock, bool absolute, ktime_t value)
{
	t->real = absolute && (clock == CLOCK_REALTIME || clock == CLOCK_TAI);
	WRITE_ONCE(t->expires, absolute ? value : ktime_add(ktime_get(), value));
}

static void join(wait_queue_head_t *wq, struct wait_queue_entry *entry)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	if (list_empty(&entry->link))
		list_add_tail(&entry->link, &wq->head);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void clock_watch(struct wait_queue_entry *entry)
{
	join(&clock_watchers, entry);
}

void clock_unwatch(struct wait_queue_entry *entry)
{
	remove_wait_queue(&clock_watchers, entry);
}

void clock_timer_start(struct clock_timer *t)
{
	if (t->real)
		join(&clock_was_set, &t->on_set);
	timer_start(&t->timer, t->real ? real_to_monotonic(t->expires) : t->expires);
}

void clock_timer_dequeue(struct clock_timer *t)
{
	if (t->real)
		remove_wait_queue(&clock_was_set, &t->on_set);
	timer_dequeue(&t->timer);
}

void clock_timer_cancel(struct clock_timer *t)
{
	clock_timer_dequeue(t);
	timer_cancel(&t->timer);
	/* the function may have armed it once more before it was waited for */
	clock_timer_dequeue(t);
}

u64 clock_timer_forward(struct clock_timer *t, ktime_t now, ktime_t interval)
{
	u64 n;

	if (now < t->expires)
		return 0;
	n = (now - t->expires) / interval + 1;
	WRITE_ONCE(t->expires, ktime_add(t->expires, n * interval));
	return n;
}

int clock_timer_check(clockid_t clock)
{
	ktime_t now;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	}
	return posix_clock_read(clock, &now) ? -EINVAL : -EOPNOTSUPP;
}
