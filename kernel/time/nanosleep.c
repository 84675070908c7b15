/*
 * nanosleep.c - sleeping for a time or until one. nanosleep(2), clock_nanosleep(2).
 *
 * A relative sleep that a signal interrupts is resumed, if no handler ran, by restart_syscall(2)
 * until the same moment as before; an absolute one is simply called again with its arguments.
 */

#include <tine/sched.h>
#include <tine/syscalls.h>
#include <arch/uaccess.h>
#include "time.h"

/* Until the monotonic time @expires; false if a signal came first. */
static bool sleep_until(ktime_t expires)
{
	bool over = false;

	while (!over && !signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		over = schedule_timeout_until(expires);
	}
	return over;
}

bool schedule_timeout_until_real(ktime_t expires)
{
	DEFINE_WAIT(wait);

	add_wait_queue(&clock_was_set, &wait);
	schedule_timeout_until(real_to_monotonic(expires));
	remove_wait_queue(&clock_was_set, &wait);
	return ktime_get_real() >= expires;
}

/* Until the real time @expires, also when the clock is set meanwhile. */
static bool sleep_until_real(ktime_t expires)
{
	bool over = false;

	while (!over && !signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		over = schedule_timeout_until_real(expires);
	}
	return over;
}

/* Store what is left of an interrupted sleep, if somebody wants to know. */
static long put_remaining(struct __kernel_timespec __user *rem, ktime_t expires)
{
	ktime_t now = ktime_get();
	struct __kernel_timespec left = ns_to_timespec(expires > now ? expires - now : 0);

	if (rem && copy_to_user(rem, &left, sizeof(left)))
		return -EFAULT;
	return -ERESTART_RESTARTBLOCK;
}

static long nanosleep_restart(struct restart_block *restart)
{
	if (sleep_until(restart->expires))
		return 0;
	return put_remaining(restart->rmtp, restart->expires);
}

static long sleep_relative(ktime_t ns, clockid_t clock, struct __kernel_timespec __user *rem)
{
	struct restart_block *restart = &current->restart_block;
	ktime_t expires = ktime_add(ktime_get(), ns);

	if (sleep_until(expires))
		return 0;
	restart->fn = nanosleep_restart;
	restart->expires = expires;
	restart->rmtp = rem;
	restart->clockid = clock;
	return put_remaining(rem, expires);
}

long sys_nanosleep(const struct __kernel_timespec __user *req, struct __kernel_timespec __user *rem)
{
	struct __kernel_timespec ts;
	ktime_t ns;

	if (copy_from_user(&ts, req, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	return sleep_relative(ns, CLOCK_MONOTONIC, rem);
}

/*
 * -EOPNOTSUPP for clocks that exist but cannot be slept on: those of CPU time among them, whose
 * sleepers the tick would have to look for.
 */
static long check_sleep_clock(clockid_t clock)
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

long sys_clock_nanosleep(clockid_t clock, int flags, const struct __kernel_timespec __user *req,
			 struct __kernel_timespec __user *rem)
{
	struct __kernel_timespec ts;
	long ret = check_sleep_clock(clock);
	bool over;
	ktime_t ns;

	if (ret)
		return ret;
	if (copy_from_user(&ts, req, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return sleep_relative(ns, clock, rem);
	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI)
		over = sleep_until_real(ns);
	else
		over = sleep_until(ns);
	return over ? 0 : -ERESTARTNOHAND;
}
