/*
 * posix_clock.c - reading and setting clocks. clock_gettime(2), gettimeofday(2), time(2).
 *
 * CLOCK_MONOTONIC, its RAW and BOOTTIME kin are one clock here: it is never adjusted and the
 * machine never suspended. CLOCK_TAI is real time, as on Linux before somebody sets the offset.
 */

#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/syscalls.h>
#include <arch/uaccess.h>
#include "time.h"

/*
 * Clocks of a process or thread, clock_getcpuclockid(3): ~pid << 3, bit 2 for a thread, bits 0-1
 * what is counted.
 */
#define CPUCLOCK_THREAD		4
#define CPUCLOCK_WHICH(clock)	((clock) & 3)
enum { CPUCLOCK_PROF, CPUCLOCK_VIRT, CPUCLOCK_SCHED };
#define CPUCLOCK_PID(clock)	(~((clock) >> 3))
#define SECONDS_A_MINUTE	60

static struct timezone sys_tz;		/* settimeofday(2) stores it, gettimeofday(2) shows it, nobody uses it */

static u64 cpu_clock_value(struct task_struct *p, clockid_t clock)
{
	u64 user, system;

	if (clock & CPUCLOCK_THREAD)
		task_cputime(p, &user, &system);
	else
		thread_group_cputime(p, &user, &system);
	return CPUCLOCK_WHICH(clock) == CPUCLOCK_VIRT ? user : user + system;
}

/* A thread's clock is for its own group only; a process's is named by its leader. */
static bool names_cpu_clock(struct task_struct *p, clockid_t clock)
{
	if (clock & CPUCLOCK_THREAD)
		return p->tgid == current->tgid;
	return p == current || thread_group_leader(p);
}

static int read_cpu_clock(clockid_t clock, ktime_t *now)
{
	pid_t pid = CPUCLOCK_PID(clock);
	struct task_struct *p;
	int ret = -EINVAL;

	if (CPUCLOCK_WHICH(clock) > CPUCLOCK_SCHED)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	p = pid ? find_task_by_vpid(pid) : current;
	if (p && names_cpu_clock(p, clock)) {
		*now = cpu_clock_value(p, clock);
		ret = 0;
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

bool cpu_clock_names(clockid_t clock, pid_t *process, pid_t *thread)
{
	*(clock & CPUCLOCK_THREAD ? thread : process) = CPUCLOCK_PID(clock);
	if ((clock & CPUCLOCK_THREAD) && !*thread)
		*thread = current->pid;
	return CPUCLOCK_WHICH(clock) <= CPUCLOCK_SCHED;
}

bool cpu_clock_is_user(clockid_t clock)
{
	return clock < 0 && CPUCLOCK_WHICH(clock) == CPUCLOCK_VIRT;
}

int posix_clock_read(clockid_t clock, ktime_t *now)
{
	if (clock < 0)
		return read_cpu_clock(clock, now);
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*now = ktime_get_real();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*now = ktime_get();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		return read_cpu_clock((clockid_t)(~0U << 3 | CPUCLOCK_SCHED), now);
	case CLOCK_THREAD_CPUTIME_ID:
		*now = task_sched_runtime(current);
		return 0;
	}
	return -EINVAL;
}

long sys_clock_gettime(clockid_t clock, struct __kernel_timespec __user *ts)
{
	struct __kernel_timespec value;
	ktime_t now;

	if (posix_clock_read(clock, &now))
		return -EINVAL;
	value = ns_to_timespec(now);
	return copy_to_user(ts, &value, sizeof(value)) ? -EFAULT : 0;
}

long sys_clock_getres(clockid_t clock, struct __kernel_timespec __user *ts)
{
	bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
	struct __kernel_timespec value = ns_to_timespec(coarse ? TICK_NSEC : 1);
	ktime_t now;

	if (posix_clock_read(clock, &now))
		return -EINVAL;
	if (!ts)
		return 0;
	return copy_to_user(ts, &value, sizeof(value)) ? -EFAULT : 0;
}

/*
 * Set real time to @ns. -EPERM without CAP_SYS_TIME; -EINVAL for a time by which the machine would
 * have booted before 1970: clock_settime(2).
 */
static long set_real_time(ktime_t ns)
{
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (ns >= KTIME_MAX / 2 || ns < ktime_get())
		return -EINVAL;
	ktime_set_real(ns);
	return 0;
}

long sys_clock_settime(clockid_t clock, const struct __kernel_timespec __user *ts)
{
	struct __kernel_timespec value;
	ktime_t ns;

	/* Nobody may set the CPU clock of a process; other clocks do not know the operation. */
	if (clock != CLOCK_REALTIME)
		return clock < 0 && posix_clock_read(clock, &ns) == 0 ? -EPERM : -EINVAL;
	if (copy_from_user(&value, ts, sizeof(value)))
		return -EFAULT;
	if (timespec_to_ns(&value, &ns))
		return -EINVAL;
	return set_real_time(ns);
}

long sys_gettimeofday(struct __kernel_old_timeval __user *tv, void __user *tz)
{
	ktime_t now = ktime_get_real();
	struct __kernel_old_timeval value = {
		.tv_sec = (long)(now / NSEC_PER_SEC),
		.tv_usec = (long)(now % NSEC_PER_SEC / NSEC_PER_USEC),
	};

	if (tv && copy_to_user(tv, &value, sizeof(value)))
		return -EFAULT;
	if (tz && copy_to_user(tz, &sys_tz, sizeof(sys_tz)))
		return -EFAULT;
	return 0;
}

/* 0, or -EFAULT, -EINVAL, -EPERM; nothing is changed then. @ns is KTIME_MAX if no time was given. */
static long get_time_arg(const struct __kernel_old_timeval __user *tv, ktime_t *ns)
{
	struct __kernel_old_timeval value;

	*ns = KTIME_MAX;
	if (!tv)
		return 0;
	if (copy_from_user(&value, tv, sizeof(value)))
		return -EFAULT;
	if (value.tv_sec < 0 || value.tv_usec < 0 || value.tv_usec >= 1000000)
		return -EINVAL;
	if ((u64)value.tv_sec >= KTIME_MAX / 2 / NSEC_PER_SEC)
		return -EINVAL;
	*ns = (u64)value.tv_sec * NSEC_PER_SEC + (u64)value.tv_usec * NSEC_PER_USEC;
	return 0;
}

long sys_settimeofday(const struct __kernel_old_timeval __user *tv, const void __user *tz)
{
	struct timezone zone;
	ktime_t ns;
	long ret = get_time_arg(tv, &ns);

	if (ret)
		return ret;
	if (tz && copy_from_user(&zone, tz, sizeof(zone)))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz) {
		if (zone.tz_minuteswest > 15 * SECONDS_A_MINUTE || zone.tz_minuteswest < -15 * SECONDS_A_MINUTE)
			return -EINVAL;
		sys_tz = zone;
	}
	return tv ? set_real_time(ns) : 0;
}

long sys_time(long __user *tloc)
{
	long seconds = (long)(ktime_get_real() / NSEC_PER_SEC);

	if (tloc && put_user(seconds, tloc))
		return -EFAULT;
	return seconds;
}
