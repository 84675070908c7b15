/*
 * clock.c - what time it is.
 *
 * There is one clock, the cycle counter: ns since boot. Real time is that plus an offset, taken
 * from the machine's battery-backed clock at boot and changed by settimeofday(2). CPUs are assumed
 * to count in step.
 */

#include <tine/time.h>
#include <tine/wait.h>
#include "time.h"

static ktime_t real_offset;		/* real = monotonic + this; atomic */
DECLARE_WAIT_QUEUE_HEAD(clock_was_set);
DECLARE_WAIT_QUEUE_HEAD(clock_watchers);

ktime_t ktime_get(void)
{
	return clock_read();
}

ktime_t ktime_get_real(void)
{
	return clock_read() + READ_ONCE(real_offset);
}

void ktime_set_real(ktime_t now)
{
	WRITE_ONCE(real_offset, now - clock_read());
	wake_up_all(&clock_was_set);
	wake_up_all(&clock_watchers);
}

ktime_t real_to_monotonic(ktime_t real)
{
	ktime_t offset = READ_ONCE(real_offset);

	if (real >= KTIME_MAX)
		return KTIME_MAX;
	return real > offset ? real - offset : 0;
}

int timespec_to_ns(const struct __kernel_timespec *ts, ktime_t *ns)
{
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (long long)NSEC_PER_SEC)
		return -EINVAL;
	if ((u64)ts->tv_sec >= KTIME_MAX / NSEC_PER_SEC)
		*ns = KTIME_MAX;
	else
		*ns = (u64)ts->tv_sec * NSEC_PER_SEC + (u64)ts->tv_nsec;
	return 0;
}

void time_init(void)
{
	ktime_set_real(rtc_read());
	tick_start();
}
