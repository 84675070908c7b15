/*
 * posix_timer.c - timers of a process with ids: timer_create(2), timer_settime(2),
 * timer_getoverrun(2), timer_delete(2).
 *
 * A timer owns the sigqueue with which it signals, so that expiring needs no memory. A periodic
 * timer that has fired is armed again when the program takes its signal (posix_timer_dequeued());
 * the periods that passed meanwhile are the overrun. So a program that does not take the signal
 * costs no interrupts.
 *
 * Timers of CPU time are looked at in each tick that hits the group, so they fire up to one tick
 * late.
 *
 * Locks: siglock of the group guards the list and each timer. The timer's function runs in
 * interrupt context and takes tasklist_lock before it, to find the group; exit_itimers() cancels
 * timers before the last thread goes.
 */
#include <arch/uaccess.h>
#include <tine/clock_timer.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#include "signal_internal.h"

struct k_itimer {
	struct list_head list;		/* (s) in signal->posix_timers */
	struct signal_struct *sig;	/* constant */
	int id;				/* constant */
	clockid_t clock;		/* constant */
	bool cpu;			/* constant: a clock of CPU time; timer.expires counts it, timer.timer is unused */
	int notify;			/* constant: SIGEV_* */
	struct pid *thread;		/* constant: SIGEV_THREAD_ID; counted */
	struct pid *clock_thread;	/* constant: whose CPU time counts, NULL: the group's; counted */
	struct sigqueue *q;		/* constant; NULL for SIGEV_NONE */
	struct clock_timer timer;	/* (s) */
	ktime_t interval;		/* (s) */
	bool active;			/* (s) armed */
	bool requeue_pending;		/* (s) fired; to be armed again when its signal is taken */
	s64 overrun, overrun_last;	/* (s) periods missed since the signal, before the last signal */
};

/* ---- time ---- */

/* CPU time as the clock of @t counts it. siglock held, @p of the group. */
static ktime_t cpu_timer_now(const struct k_itimer *t, struct task_struct *p)
{
	struct task_struct *thread = t->clock_thread ? pid_task(t->clock_thread, PIDTYPE_PID) : NULL;
	u64 user, system;

	if (t->clock_thread && !thread)
		return 0;
	if (thread)
		task_cputime(thread, &user, &system);
	else
		thread_group_cputime(p, &user, &system);
	return cpu_clock_is_user(t->clock) ? user : user + system;
}

static ktime_t timer_now(const struct k_itimer *t, struct task_struct *p)
{
	return t->cpu ? cpu_timer_now(t, p) : clock_timer_now(&t->timer);
}

static void arm(struct k_itimer *t)
{
	t->active = true;
	if (!t->cpu)
		clock_timer_start(&t->timer);
}

static void disarm(struct k_itimer *t)
{
	t->active = t->requeue_pending = false;
	if (!t->cpu)
		clock_timer_dequeue(&t->timer);
}

/* ---- expiry ---- */

/* The next period begins past @now. */
static void next_period(struct k_itimer *t, ktime_t now)
{
	t->overrun += (s64)clock_timer_forward(&t->timer, now, t->interval);
	arm(t);
}

/* @t is due: signal @target, NULL if that thread is gone. siglock held. */
static void expire(struct k_itimer *t, struct task_struct *target)
{
	enum pid_type type = t->thread ? PIDTYPE_PID : PIDTYPE_TGID;
	ktime_t now;

	t->active = false;
	t->requeue_pending = t->interval != 0;
	if (!target || send_sigqueue(t->q, target, type) || !t->interval)
		return;
	/* Ignored: nobody will take it. Do not let a short period keep the CPU busy with nothing. */
	t->requeue_pending = false;
	now = timer_now(t, target);
	next_period(t, t->interval < TICK_NSEC ? ktime_add(now, TICK_NSEC) : now);
}

static void timer_fire(struct timer *timer)
{
	struct k_itimer *t = container_of(timer, struct k_itimer, timer.timer);
	struct task_struct *p;

	spin_lock(&tasklist_lock);
	p = list_first_entry_or_null(&t->sig->thread_head, struct task_struct, thread_node);
	if (p && p->sighand) {
		struct sighand_struct *sighand = p->sighand;

		spin_lock(&sighand->siglock);
		/* a timer that was set anew while this was on its way is not due */
		if (t->active && clock_timer_now(&t->timer) >= t->timer.expires)
			expire(t, t->thread ? pid_task(t->thread, PIDTYPE_PID) : p);
		spin_unlock(&sighand->siglock);
	}
	spin_unlock(&tasklist_lock);
}

void posix_timers_tick(struct task_struct *curr)
{
	struct signal_struct *sig = curr->signal;
	struct k_itimer *t;

	list_for_each_entry(t, &sig->posix_timers, list) {
		if (t->cpu && t->active && t->q && cpu_timer_now(t, curr) >= t->timer.expires)
			expire(t, t->thread ? pid_task(t->thread, PIDTYPE_PID) : curr);
	}
}

void posix_timer_dequeued(struct k_itimer *t, siginfo_t *info)
{
	s64 overrun;

	if (!t->requeue_pending || !t->interval)
		return;
	t->requeue_pending = false;
	next_period(t, timer_now(t, current));
	t->overrun_last = t->overrun;
	t->overrun = -1;
	overrun = t->overrun_last + info->si_overrun;
	info->si_overrun = (int)min(overrun, (s64)INT32_MAX);
}

/* ---- making and removing ---- */

static void free_timer(struct k_itimer *t)
{
	put_pid(t->thread);
	put_pid(t->clock_thread);
	kfree(t);
}

/* Off the list, its signal nobody's: from now on nothing leads to @t but its running function. siglock held. */
static void unlink_timer(struct k_itimer *t)
{
	list_del_init(&t->list);
	disarm(t);
	if (t->cpu)
		t->sig->nr_cpu_timers--;
	if (t->q)
		sigqueue_disown(t->q);
}

static void destroy_timer(struct k_itimer *t)
{
	clock_timer_cancel(&t->timer);
	free_timer(t);
}

void posix_timers_exit(struct signal_struct *sig)
{
	struct k_itimer *t;

	if (list_empty(&sig->posix_timers))
		return;
	for (;;) {
		spin_lock_irq(&current->sighand->siglock);
		t = list_first_entry_or_null(&sig->posix_timers, struct k_itimer, list);
		if (t)
			unlink_timer(t);
		spin_unlock_irq(&current->sighand->siglock);
		if (!t)
			return;
		destroy_timer(t);
	}
}

/* A thread of ours by number, with a reference; NULL if it is none. */
static struct pid *get_own_thread(pid_t nr)
{
	struct task_struct *p;
	struct pid *pid = NULL;

	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(nr);
	if (p && p->signal == current->signal)
		pid = get_pid(p->thread_pid);
	spin_unlock_irq(&tasklist_lock);
	return pid;
}

/* What it is to count: 0, -EINVAL for no clock, -EOPNOTSUPP for one without timers. */
static int set_clock(struct k_itimer *t, clockid_t clock)
{
	pid_t thread = 0, process = 0;

	t->clock = clock;
	t->cpu = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
	if (!t->cpu)
		return clock_timer_check(clock);
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		thread = current->pid;
	else if (clock < 0 && !cpu_clock_names(clock, &process, &thread))
		return -EINVAL;
	if (thread)
		t->clock_thread = get_own_thread(thread);
	return (thread && !t->clock_thread) || (process && process != current->tgid) ? -EINVAL : 0;
}

/* 0 or -EINVAL: timer_create(2), sigevent(7). */
static int set_event(struct k_itimer *t, const struct sigevent *event)
{
	t->notify = event->sigev_notify;
	switch (event->sigev_notify) {
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		t->thread = get_own_thread(event->sigev_notify_thread_id);
		if (!t->thread)
			return -EINVAL;
		fallthrough;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		return event->sigev_signo > 0 && event->sigev_signo <= _NSIG ? 0 : -EINVAL;
	case SIGEV_NONE:
		return 0;
	default:
		return -EINVAL;
	}
}

static struct k_itimer *find_timer(int id)
{
	struct k_itimer *t;

	list_for_each_entry(t, &current->signal->posix_timers, list) {
		if (t->id == id)
			return t;
	}
	return NULL;
}

/* Choose an id and become findable. */
static void publish_timer(struct k_itimer *t, const struct sigevent *event)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	do {
		t->id = (int)(sig->next_timer_id++ & INT32_MAX);
	} while (find_timer(t->id));
	t->sig = sig;
	t->overrun = -1;
	if (t->q) {
		siginfo_t *info = &t->q->info;

		memset(info, 0, sizeof(*info));
		info->si_signo = event ? event->sigev_signo : SIGALRM;
		info->si_code = SI_TIMER;
		info->si_tid = t->id;
		if (event)
			info->si_value = event->sigev_value;
		else
			info->si_int = t->id;
	}
	list_add_tail(&t->list, &sig->posix_timers);
	if (t->cpu)
		sig->nr_cpu_timers++;
	spin_unlock_irq(&current->sighand->siglock);
}

static long remove_timer(int id)
{
	struct k_itimer *t;

	spin_lock_irq(&current->sighand->siglock);
	t = find_timer(id);
	if (t)
		unlink_timer(t);
	spin_unlock_irq(&current->sighand->siglock);
	if (!t)
		return -EINVAL;
	destroy_timer(t);
	return 0;
}

long sys_timer_create(clockid_t clock, struct sigevent __user *uevent, int __user *uid)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct k_itimer *t;
	int err, id;

	if (uevent && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -EAGAIN;
	clock_timer_init(&t->timer, timer_fire);
	err = set_clock(t, clock);
	if (!err)
		err = set_event(t, &event);
	if (!err && event.sigev_notify != SIGEV_NONE) {
		t->q = sigqueue_alloc_for(t);
		err = t->q ? 0 : -EAGAIN;
	}
	if (err) {
		free_timer(t);
		return err;
	}
	publish_timer(t, uevent ? &event : NULL);
	id = t->id;
	if (put_user(id, uid)) {
		remove_timer(id);
		return -EFAULT;
	}
	return 0;
}

long sys_timer_delete(int id)
{
	return remove_timer(id);
}

/* ---- setting and asking ---- */

/* siglock held. */
static void get_left(struct k_itimer *t, struct __kernel_itimerspec *left)
{
	bool silent = t->notify == SIGEV_NONE;
	ktime_t now;

	memset(left, 0, sizeof(*left));
	left->it_interval = ns_to_timespec(t->interval);
	if (!t->interval && !t->active && !silent)
		return;
	now = timer_now(t, current);
	if (t->interval && (t->requeue_pending || silent))
		t->overrun += (s64)clock_timer_forward(&t->timer, now, t->interval);
	if (t->timer.expires > now)
		left->it_value = ns_to_timespec(t->timer.expires - now);
	else if (!silent)	/* about to fire; zero would mean disarmed */
		left->it_value.tv_nsec = 1;
}

/* siglock held. */
static void set_timer(struct k_itimer *t, bool absolute, ktime_t value, ktime_t interval)
{
	disarm(t);
	t->overrun = -1;
	t->overrun_last = 0;
	t->interval = value ? interval : 0;
	if (t->cpu)
		t->timer.expires = absolute ? value : ktime_add(cpu_timer_now(t, current), value);
	else
		clock_timer_set(&t->timer, t->clock, absolute, value);
	if (!value)
		t->timer.expires = 0;
	else if (t->notify != SIGEV_NONE)
		arm(t);
}

long sys_timer_settime(int id, int flags, const struct __kernel_itimerspec __user *unew,
		       struct __kernel_itimerspec __user *uold)
{
	struct __kernel_itimerspec new, old;
	ktime_t value, interval;
	struct k_itimer *t;

	if (!unew)
		return -EINVAL;
	if (copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	if (timespec_to_ns(&new.it_value, &value) || timespec_to_ns(&new.it_interval, &interval))
		return -EINVAL;
	spin_lock_irq(&current->sighand->siglock);
	t = find_timer(id);
	if (t) {
		get_left(t, &old);
		set_timer(t, flags & TIMER_ABSTIME, value, interval);
	}
	spin_unlock_irq(&current->sighand->siglock);
	if (!t)
		return -EINVAL;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_timer_gettime(int id, struct __kernel_itimerspec __user *user)
{
	struct __kernel_itimerspec left;
	struct k_itimer *t;

	spin_lock_irq(&current->sighand->siglock);
	t = find_timer(id);
	if (t)
		get_left(t, &left);
	spin_unlock_irq(&current->sighand->siglock);
	if (!t)
		return -EINVAL;
	return copy_to_user(user, &left, sizeof(left)) ? -EFAULT : 0;
}

long sys_timer_getoverrun(int id)
{
	struct k_itimer *t;
	long overrun = -EINVAL;

	spin_lock_irq(&current->sighand->siglock);
	t = find_timer(id);
	if (t)
		overrun = (long)min(t->overrun_last, (s64)INT32_MAX);
	spin_unlock_irq(&current->sighand->siglock);
	return overrun;
}
