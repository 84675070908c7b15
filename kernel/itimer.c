/*
 * itimer.c - interval timers of a process, and its CPU time limit. setitimer(2), getrlimit(2).
 *
 * ITIMER_REAL is a struct timer inside signal_struct. Its function runs in interrupt context and
 * finds the group through the structure that holds the timer: exit_itimers() stops the timer
 * before the last thread goes, so while it can fire the group has threads. What counts is
 * it_real_expires under siglock: setitimer(2) changes it and restarts or dequeues the timer; a
 * function call that was already on its way sees that its time has not come and does nothing.
 *
 * ITIMER_VIRTUAL, ITIMER_PROF and RLIMIT_CPU are looked at in each tick that hits the group, so they
 * fire up to one tick late.
 *
 * Lock order: tasklist_lock, siglock, timer base.
 */

#include <tine/sched.h>
#include <tine/syscalls.h>
#include <arch/uaccess.h>

/* A periodic timer never comes sooner than this after the last time, or a program could keep the
 * CPU busy with nothing but interrupts. */
#define MIN_REARM	(50 * NSEC_PER_USEC)

/* The next time of a periodic timer: skip those that have passed. */
static ktime_t next_expiry(ktime_t expires, ktime_t incr, ktime_t now)
{
	if (ktime_add(expires, incr) <= now)
		expires += (now - expires) / incr * incr;
	return max(ktime_add(expires, incr), now + MIN_REARM);
}

/* Send SIGALRM and rearm, unless setitimer(2) was faster. tasklist_lock and siglock not held. */
static void it_real_fn(struct timer *t)
{
	struct signal_struct *sig = container_of(t, struct signal_struct, real_timer);
	struct task_struct *p;
	ktime_t now = ktime_get();
	bool due;

	spin_lock(&tasklist_lock);
	p = list_first_entry_or_null(&sig->thread_head, struct task_struct, thread_node);
	if (!p || !p->sighand) {
		spin_unlock(&tasklist_lock);
		return;
	}
	spin_lock(&p->sighand->siglock);
	due = sig->it_real_expires && sig->it_real_expires <= now;
	if (due && sig->it_real_incr) {
		sig->it_real_expires = next_expiry(sig->it_real_expires, sig->it_real_incr, now);
		timer_start(t, sig->it_real_expires);
	} else if (due) {
		sig->it_real_expires = 0;
	}
	spin_unlock(&p->sighand->siglock);
	if (due)
		group_send_sig_info(SIGALRM, SEND_SIG_PRIV, p);
	spin_unlock(&tasklist_lock);
}

void itimers_init(struct signal_struct *sig)
{
	timer_init(&sig->real_timer, it_real_fn);
	sig->it_real_expires = sig->it_real_incr = 0;
	sig->it_cpu[0] = sig->it_cpu[1] = (struct cpu_itimer){ 0, 0 };
	INIT_LIST_HEAD(&sig->posix_timers);
	sig->next_timer_id = sig->nr_cpu_timers = 0;
}

void exit_itimers(struct signal_struct *sig)
{
	spin_lock_irq(&current->sighand->siglock);
	sig->it_real_expires = sig->it_real_incr = 0;
	sig->it_cpu[0] = sig->it_cpu[1] = (struct cpu_itimer){ 0, 0 };
	spin_unlock_irq(&current->sighand->siglock);
	timer_cancel(&sig->real_timer);
	posix_timers_exit(sig);
}

/* ---- CPU time, from the tick ---- */

/* True if the timer has expired; then it is rearmed or off. */
static bool cpu_itimer_due(struct cpu_itimer *it, u64 used)
{
	if (!it->expires || used < it->expires)
		return false;
	if (it->incr)
		it->expires += ((used - it->expires) / it->incr + 1) * it->incr;
	else
		it->expires = 0;
	return true;
}

/* SIGXCPU each second beyond the soft limit, SIGKILL at the hard one; 0: neither. */
static int cpu_limit_signal(struct rlimit64 *limit, u64 used)
{
	u64 seconds = used / NSEC_PER_SEC;

	if (seconds >= READ_ONCE(limit->rlim_max))
		return SIGKILL;
	if (seconds < READ_ONCE(limit->rlim_cur))
		return 0;
	WRITE_ONCE(limit->rlim_cur, seconds + 1);
	return SIGXCPU;
}

void itimer_tick(struct task_struct *curr)
{
	struct signal_struct *sig = curr->signal;
	struct rlimit64 *limit;
	bool limited, virtual, prof;
	int over = 0;
	u64 user, system;

	if (unlikely(curr->exit_state))	/* only it sets that itself: before, it has signal and sighand */
		return;
	limit = &sig->rlim[RLIMIT_CPU];
	limited = READ_ONCE(limit->rlim_cur) != RLIM64_INFINITY;
	if (likely(!limited && !READ_ONCE(sig->it_cpu[0].expires) && !READ_ONCE(sig->it_cpu[1].expires) &&
		   !READ_ONCE(sig->nr_cpu_timers)))
		return;
	spin_lock(&curr->sighand->siglock);
	thread_group_cputime(curr, &user, &system);
	virtual = cpu_itimer_due(&sig->it_cpu[ITIMER_VIRTUAL - 1], user);
	prof = cpu_itimer_due(&sig->it_cpu[ITIMER_PROF - 1], user + system);
	if (limited)
		over = cpu_limit_signal(limit, user + system);
	if (sig->nr_cpu_timers)
		posix_timers_tick(curr);
	spin_unlock(&curr->sighand->siglock);
	if (virtual)
		group_send_sig_info(SIGVTALRM, SEND_SIG_PRIV, curr);
	if (prof)
		group_send_sig_info(SIGPROF, SEND_SIG_PRIV, curr);
	if (over)
		group_send_sig_info(over, SEND_SIG_PRIV, curr);
}

/* ---- system calls ---- */

/* What is left until @expires: never 0 for a timer that is armed. */
static u64 time_left(u64 expires, u64 now)
{
	if (!expires)
		return 0;
	return expires > now ? max(expires - now, NSEC_PER_USEC) : NSEC_PER_USEC;
}

/* Time that ITIMER_VIRTUAL or ITIMER_PROF has counted. siglock held. */
static u64 cpu_time_of(int which)
{
	u64 user, system;

	thread_group_cputime(current, &user, &system);
	return which == ITIMER_VIRTUAL ? user : user + system;
}

/* What is left and the interval, in @old. siglock held. */
static void get_timer(int which, struct cpu_itimer *old)
{
	struct signal_struct *sig = current->signal;

	if (which == ITIMER_REAL) {
		old->expires = time_left(sig->it_real_expires, ktime_get());
		old->incr = sig->it_real_incr;
	} else {
		old->incr = sig->it_cpu[which - 1].incr;
		old->expires = time_left(sig->it_cpu[which - 1].expires, cpu_time_of(which));
	}
}

/* Arm with new->expires as the time from now, 0: disarm. siglock held. */
static void set_timer(int which, const struct cpu_itimer *new)
{
	struct signal_struct *sig = current->signal;
	u64 now = which == ITIMER_REAL ? ktime_get() : cpu_time_of(which);
	u64 expires = new->expires ? ktime_add(now, new->expires) : 0;

	if (which != ITIMER_REAL) {
		sig->it_cpu[which - 1].expires = expires;
		sig->it_cpu[which - 1].incr = expires ? new->incr : 0;
		return;
	}
	sig->it_real_expires = expires;
	sig->it_real_incr = expires ? new->incr : 0;
	if (expires)
		timer_start(&sig->real_timer, expires);
	else
		timer_dequeue(&sig->real_timer);
}

/* @old and @new in ns, relative to now. */
static void exchange_timer(int which, const struct cpu_itimer *new, struct cpu_itimer *old)
{
	spin_lock_irq(&current->sighand->siglock);
	get_timer(which, old);
	set_timer(which, new);
	spin_unlock_irq(&current->sighand->siglock);
}

/* Whole seconds left of the previous alarm, rounded to the nearest but never down to 0. */
long sys_alarm(unsigned int seconds)
{
	struct cpu_itimer new = { .expires = seconds * NSEC_PER_SEC }, old;

	exchange_timer(ITIMER_REAL, &new, &old);
	if (old.expires && old.expires < NSEC_PER_SEC)
		return 1;
	return (long)((old.expires + NSEC_PER_SEC / 2) / NSEC_PER_SEC);
}

static int timeval_to_ns(const struct __kernel_old_timeval *tv, u64 *ns)
{
	struct __kernel_timespec ts = { .tv_sec = tv->tv_sec };

	if (tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return -EINVAL;
	ts.tv_nsec = tv->tv_usec * (long)NSEC_PER_USEC;
	return timespec_to_ns(&ts, ns);
}

static struct __kernel_old_timeval ns_to_timeval(u64 ns)
{
	return (struct __kernel_old_timeval){ .tv_sec = (long)(ns / NSEC_PER_SEC),
					      .tv_usec = (long)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

static long put_itimer(struct __kernel_old_itimerval __user *to, const struct cpu_itimer *it)
{
	struct __kernel_old_itimerval value = {
		.it_interval = ns_to_timeval(it->incr),
		.it_value = ns_to_timeval(it->expires),
	};

	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : 0;
}

/* A null @value disarms, as on Linux (setitimer(2), "BUGS"). */
long sys_setitimer(int which, const struct __kernel_old_itimerval __user *value,
		   struct __kernel_old_itimerval __user *old)
{
	struct __kernel_old_itimerval arg = { 0 };
	struct cpu_itimer new, before;

	if (value && copy_from_user(&arg, value, sizeof(arg)))
		return -EFAULT;
	if (timeval_to_ns(&arg.it_value, &new.expires) || timeval_to_ns(&arg.it_interval, &new.incr))
		return -EINVAL;
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	exchange_timer(which, &new, &before);
	return old ? put_itimer(old, &before) : 0;
}

long sys_getitimer(int which, struct __kernel_old_itimerval __user *value)
{
	struct cpu_itimer now;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	spin_lock_irq(&current->sighand->siglock);
	get_timer(which, &now);
	spin_unlock_irq(&current->sighand->siglock);
	return put_itimer(value, &now);
}
