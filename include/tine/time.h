/*
 * time.h - clocks and timers.
 *
 * Time is nanoseconds since boot (monotonic) or since 1970 (real), both from the TSC. Timers sit
 * in one red-black tree per CPU and fire in interrupt context; the clock-event device is
 * programmed one-shot for the nearest of them and the next tick.
 */
#pragma once

#include <tine/list.h>
#include <tine/rbtree.h>
#include <tine/uapi.h>

#define NSEC_PER_SEC	1000000000UL
#define NSEC_PER_MSEC	1000000UL
#define NSEC_PER_USEC	1000UL
#define HZ		250			/* scheduler ticks a second */
#define TICK_NSEC	(NSEC_PER_SEC / HZ)
#define USER_HZ		100			/* unit of times(2) and of /proc */
#define KTIME_MAX	((ktime_t)INT64_MAX)

ktime_t ktime_get(void);		/* monotonic */
ktime_t ktime_get_real(void);
void ktime_set_real(ktime_t now);	/* settimeofday(2); wakes those who sleep until a real time */

static inline struct __kernel_timespec ns_to_timespec(ktime_t ns)
{
	return (struct __kernel_timespec){ (__kernel_time64_t)(ns / NSEC_PER_SEC), (long long)(ns % NSEC_PER_SEC) };
}
/* -EINVAL unless 0 <= tv_nsec < 10^9 and tv_sec >= 0; too large a time becomes KTIME_MAX. */
int timespec_to_ns(const struct __kernel_timespec *ts, ktime_t *ns);

/* For points in time: what would be later than KTIME_MAX is KTIME_MAX. */
static inline ktime_t ktime_add(ktime_t a, ktime_t b)
{
	return a + b < a || a + b > KTIME_MAX ? KTIME_MAX : a + b;
}

struct timer {
	struct rb_node node;		/* (b) */
	ktime_t expires;		/* (b) monotonic */
	void (*function)(struct timer *t);	/* constant; in interrupt context, base unlocked */
	bool queued;			/* (b) */
	unsigned int cpu;		/* (b) whose base */
};
/* (b) lock of the CPU's timer base */

void timer_init(struct timer *t, void (*function)(struct timer *t));
void timer_start(struct timer *t, ktime_t expires);	/* also restarts */
/* Make sure it is not queued and, unless called from its function, not running. True if it was queued. */
bool timer_cancel(struct timer *t);
/* Take it off the queue if it is there, without waiting for its function: from any context. */
bool timer_dequeue(struct timer *t);

void time_init(void);
/* arch's timer interrupt calls this: run what is due, tick, reprogram. Interrupts off. */
void timer_interrupt(bool user_mode);
/* The idle loop, interrupts off: do without the tick until the next timer; take it up again. */
void tick_idle_enter(void);
void tick_idle_exit(void);
/* Sleep in the state set by the caller until @expires (monotonic; KTIME_MAX: for ever) or woken.
 * Returns true if the time came. */
bool schedule_timeout_until(ktime_t expires);
/* The same for a real time, also when the clock is set meanwhile (which may wake early, too). */
bool schedule_timeout_until_real(ktime_t expires);

/* Of a negative clock id: the process or thread that it names (0: the caller); false: it names none. */
bool cpu_clock_names(clockid_t clock, pid_t *process, pid_t *thread);
bool cpu_clock_is_user(clockid_t clock);		/* user time only */

/* ---- kernel/itimer.c, kernel/posix_timer.c: alarm(2), setitimer(2), RLIMIT_CPU; timer_create(2) ---- */
struct signal_struct;
struct task_struct;
/* A timer that counts CPU time of a thread group, in ns; expires is 0 if it is not armed. */
struct cpu_itimer {
	u64 expires, incr;
};
/* No timer armed: a new thread group. */
void itimers_init(struct signal_struct *sig);
/* Disarm all of them: the last thread of the running task's group exits. No lock held. */
void exit_itimers(struct signal_struct *sig);
/* Delete what timer_create(2) made: exec, and exit of the last thread. No lock held. */
void posix_timers_exit(struct signal_struct *sig);
/* At each tick that hits a user task: look at what counts CPU time. Interrupts off. */
void itimer_tick(struct task_struct *curr);
/* The part of it that timer_create(2) made. siglock held as well. */
void posix_timers_tick(struct task_struct *curr);

/* arch: the clock-event device and the cycle counter. */
void clockevent_program(ktime_t expires);
ktime_t clock_read(void);		/* ns since the counter was calibrated */
ktime_t rtc_read(void);			/* ns since 1970, whole seconds */

/* CPU time of everything, for /proc/stat, in ns. */
struct cpu_times { u64 user, system, idle; };
void cpu_times_read(unsigned int cpu, struct cpu_times *out);
