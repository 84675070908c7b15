/*
 * signal_send.c - the sending side: who gets a signal, and what sending alone already does.
 *
 * Sending has effects of its own: SIGCONT wakes stopped threads and cancels pending stops, stop
 * signals cancel a pending SIGCONT, and a signal that would kill the process starts its group
 * exit at once, so that no thread runs on until it happens to look.
 *
 * Locks: to reach another task's sighand the sender holds tasklist_lock (interrupts off; timers
 * send from interrupts), then siglock. kill(2), signal(7).
 */
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/string.h>

#include "fork.h"
#include "signal_internal.h"

/* ---- is it wanted? ------------------------------------------------------------------------ */

bool sig_ignored(struct task_struct *p, int sig, bool force)
{
	const struct sigaction *ka = sig_action(p->sighand, sig);

	/* a blocked signal stays pending: its handler may be another when it is unblocked */
	if ((p->blocked | p->real_blocked) & sigmask(sig))
		return false;
	if ((p->signal->flags & SIGNAL_UNKILLABLE) && ka->sa_handler == SIG_DFL && !force)
		return true;
	return ka->sa_handler == SIG_IGN || (ka->sa_handler == SIG_DFL && (sigmask(sig) & SIG_KERNEL_IGNORE));
}

void flush_ignored(struct task_struct *p, int sig)
{
	struct task_struct *t;

	if (!sig_ignored(p, sig, true) && sig_action(p->sighand, sig)->sa_handler != SIG_IGN)
		return;
	flush_mask(&p->signal->shared_pending, sigmask(sig));
	for_each_thread(p, t)
		flush_mask(&t->pending, sigmask(sig));
}

static void flush_group(struct task_struct *p, sigset_t mask)
{
	struct task_struct *t;

	flush_mask(&p->signal->shared_pending, mask);
	for_each_thread(p, t)
		flush_mask(&t->pending, mask);
}

/* SIGCONT: undo a group stop, finished or not. siglock held. */
static void continue_group(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	unsigned int why = 0;
	struct task_struct *t;

	flush_group(p, SIG_KERNEL_STOP);
	if (sig->flags & SIGNAL_STOP_STOPPED)
		why = SIGNAL_CLD_CONTINUED | SIGNAL_STOP_CONTINUED;
	else if (sig->group_stop_count)
		why = SIGNAL_CLD_STOPPED;
	for_each_thread(p, t) {
		t->stop_pending = t->stop_dequeued = false;
		wake_up_state(t, TASK_STOPPED_BIT);
	}
	if (why) {
		sig->flags = (sig->flags & SIGNAL_UNKILLABLE) | why;
		sig->group_stop_count = 0;
		sig->group_exit_code = 0;
	}
}

/* What sending does before the signal is queued; false: it need not be queued. siglock held. */
static bool prepare_signal(int sig, struct task_struct *p, bool force)
{
	if (p->signal->flags & SIGNAL_GROUP_EXIT)
		return sig == SIGKILL;
	if (sigmask(sig) & SIG_KERNEL_STOP)
		flush_group(p, sigmask(SIGCONT));
	else if (sig == SIGCONT)
		continue_group(p);
	return !sig_ignored(p, sig, force);
}

/* ---- who takes it? ------------------------------------------------------------------------ */

void signal_wake_up(struct task_struct *p, bool fatal)
{
	set_tsk_thread_flag(p, TIF_SIGPENDING);
	if (p != current)	/* whoever runs is awake */
		wake_up_state(p, TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL : 0));
}

static bool wants_signal(int sig, struct task_struct *p)
{
	if ((p->blocked & sigmask(sig)) || (p->flags & PF_EXITING))
		return false;
	return sig == SIGKILL || !(p->state & TASK_STOPPED_BIT);
}

static struct task_struct *choose_thread(int sig, struct task_struct *p, enum pid_type type)
{
	struct task_struct *t;

	if (wants_signal(sig, p))
		return p;
	if (type == PIDTYPE_PID)
		return NULL;
	for_each_thread(p, t) {
		if (wants_signal(sig, t))
			return t;
	}
	return NULL;
}

/* Will @sig certainly end @p's process when @p takes it? */
static bool sig_fatal(struct task_struct *p, int sig)
{
	return sig_action(p->sighand, sig)->sa_handler == SIG_DFL &&
	       !(sigmask(sig) & (SIG_KERNEL_IGNORE | SIG_KERNEL_STOP));
}

/* Every thread of the group gets SIGKILL of its own. siglock held. */
static void start_group_exit(struct task_struct *p, int sig)
{
	struct task_struct *t;

	p->signal->flags = (p->signal->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
	p->signal->group_exit_code = sig;
	p->signal->group_stop_count = 0;
	for_each_thread(p, t) {
		t->stop_pending = t->stop_dequeued = false;
		t->pending.signal |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
}

void retarget_shared_pending(struct task_struct *p, sigset_t set)
{
	struct task_struct *t;

	set &= p->signal->shared_pending.signal;
	if (likely(!set))
		return;
	for_each_thread(p, t) {
		if (t == p || (t->flags & PF_EXITING) || !(set & ~t->blocked))
			continue;
		set &= t->blocked;
		signal_wake_up(t, false);
		if (!set)
			break;
	}
}

static void complete_signal(int sig, struct task_struct *p, enum pid_type type, bool force)
{
	struct task_struct *t;

	smp_mb();	/* between what is pending and what is blocked: see set_blocked_alone() */
	t = choose_thread(sig, p, type);
	if (!t)		/* it stays pending until somebody unblocks it */
		return;
	if (sig_fatal(p, sig) && (force || !(p->signal->flags & SIGNAL_UNKILLABLE)) &&
	    !(t->real_blocked & sigmask(sig)) && !(p->signal->flags & SIGNAL_GROUP_EXIT)) {
		start_group_exit(p, sig);
		return;
	}
	signal_wake_up(t, sig == SIGKILL);
}

/* Who reads a signalfd(2) wants to know of blocked signals, too. */
static void signalfd_notify(struct task_struct *p)
{
	if (waitqueue_active(&p->sighand->signalfd_wqh))
		wake_up_all(&p->sighand->signalfd_wqh);
}

static bool is_special(const siginfo_t *info)
{
	return info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV;
}

/* Standard signals from the kernel and kill(2) are queued beyond RLIMIT_SIGPENDING: there are few. */
static bool past_limit(int sig, const siginfo_t *info)
{
	return sig < SIGRTMIN && (is_special(info) || info->si_code >= 0);
}

static void fill_siginfo(siginfo_t *dst, int sig, const siginfo_t *info)
{
	if (!is_special(info)) {
		*dst = *info;
		return;
	}
	memset(dst, 0, sizeof(*dst));
	dst->si_signo = sig;
	dst->si_code = info == SEND_SIG_PRIV ? SI_KERNEL : SI_USER;
	if (info == SEND_SIG_NOINFO) {
		dst->si_pid = current->tgid;
		dst->si_uid = current_uid();
	}
}

int send_signal_locked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type, bool force)
{
	struct sigpending *pending = type == PIDTYPE_PID ? &p->pending : &p->signal->shared_pending;
	struct sigqueue *q;

	if (!prepare_signal(sig, p, force))
		return 0;
	if (sig < SIGRTMIN && (pending->signal & sigmask(sig)))
		return 0;	/* a standard signal is pending once or not at all */
	q = sig == SIGKILL ? NULL : sigqueue_alloc(p, past_limit(sig, info));
	if (q) {
		fill_siginfo(&q->info, sig, info);
		list_add_tail(&q->list, &pending->list);
	} else if (sig >= SIGRTMIN && !is_special(info) && info->si_code != SI_USER) {
		return -EAGAIN;		/* its value would be lost: sigqueue(3) */
	}
	signalfd_notify(p);
	pending->signal |= sigmask(sig);
	complete_signal(sig, p, type, force);
	return 0;
}

bool send_sigqueue(struct sigqueue *q, struct task_struct *p, enum pid_type type)
{
	struct sigpending *pending = type == PIDTYPE_PID ? &p->pending : &p->signal->shared_pending;
	int sig = q->info.si_signo;

	if (!prepare_signal(sig, p, false))
		return false;
	if (!list_empty(&q->list)) {	/* not taken since the last time */
		q->info.si_overrun++;
		return true;
	}
	q->info.si_overrun = 0;
	list_add_tail(&q->list, &pending->list);
	signalfd_notify(p);
	pending->signal |= sigmask(sig);
	complete_signal(sig, p, type, false);
	return true;
}

/* ---- ways in ------------------------------------------------------------------------------ */

/* tasklist_lock held: @p's sighand is there unless it was released. */
int send_signal_info(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type)
{
	unsigned long flags;
	int ret;

	if (!p->sighand)
		return -ESRCH;
	if (!sig)
		return 0;
	flags = spin_lock_irqsave(&p->sighand->siglock);
	ret = send_signal_locked(sig, info, p, type, info == SEND_SIG_PRIV);
	spin_unlock_irqrestore(&p->sighand->siglock, flags);
	return ret;
}

int group_send_sig_info(int sig, siginfo_t *info, struct task_struct *p)
{
	return send_signal_info(sig, info, p, PIDTYPE_TGID);
}

int send_sig(int sig, struct task_struct *p, int priv)
{
	unsigned long flags = spin_lock_irqsave(&tasklist_lock);
	int ret = send_signal_info(sig, priv ? SEND_SIG_PRIV : SEND_SIG_NOINFO, p, PIDTYPE_PID);

	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ret;
}

fork_path void collect_signals(struct multiprocess_signals *delayed)
{
	delayed->signal = 0;
	spin_lock_irq(&current->sighand->siglock);
	list_add(&delayed->node, &current->signal->multiprocess);
	spin_unlock_irq(&current->sighand->siglock);
}

void forget_signals(struct multiprocess_signals *delayed)
{
	spin_lock_irq(&current->sighand->siglock);
	list_del_init(&delayed->node);
	spin_unlock_irq(&current->sighand->siglock);
}

void signal_forks(int sig, struct task_struct *p)
{
	struct multiprocess_signals *delayed;
	unsigned long flags;

	if (!sig)
		return;
	flags = spin_lock_irqsave(&p->sighand->siglock);
	list_for_each_entry(delayed, &p->signal->multiprocess, node) {
		/* a stop and a continuation cancel each other, as when they are sent */
		if (sig == SIGCONT)
			delayed->signal &= ~SIG_KERNEL_STOP;
		else if (sigmask(sig) & SIG_KERNEL_STOP)
			delayed->signal &= ~sigmask(SIGCONT);
		delayed->signal |= sigmask(sig);
	}
	spin_unlock_irqrestore(&p->sighand->siglock, flags);
}

int __kill_pgrp_info(int sig, siginfo_t *info, struct pid *pgrp)
{
	struct task_struct *p;
	int ret = -ESRCH;

	pid_for_each_task(pgrp, PIDTYPE_PGID, p) {
		ret = group_send_sig_info(sig, info, p);
		signal_forks(sig, p);
	}
	return ret;
}

int kill_pgrp(struct pid *pgrp, int sig, int priv)
{
	unsigned long flags = spin_lock_irqsave(&tasklist_lock);
	int ret = __kill_pgrp_info(sig, priv ? SEND_SIG_PRIV : SEND_SIG_NOINFO, pgrp);

	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ret;
}

/* Past blocking, ignoring and PID 1's immunity: the program cannot go on as it is. */
static void force_sig_info(int sig, siginfo_t *info)
{
	struct sighand_struct *sighand = current->sighand;
	unsigned long flags = spin_lock_irqsave(&sighand->siglock);

	if (sig_action(sighand, sig)->sa_handler == SIG_IGN || (current->blocked & sigmask(sig))) {
		sig_action_own(sighand, sig)->sa_handler = SIG_DFL;
		current->blocked &= ~sigmask(sig);
	}
	if (sig_action(sighand, sig)->sa_handler == SIG_DFL)
		current->signal->flags &= ~SIGNAL_UNKILLABLE;
	send_signal_locked(sig, info, current, PIDTYPE_PID, true);
	recalc_sigpending();
	spin_unlock_irqrestore(&sighand->siglock, flags);
}

void force_sig(int sig)
{
	force_sig_info(sig, SEND_SIG_PRIV);
}

void force_sig_fault(int sig, int code, unsigned long addr)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = (void *)addr;
	force_sig_info(sig, &info);
}

/* A signal frame could not be built or read: a handler for SIGSEGV itself would fail again. */
void force_sigsegv(int sig)
{
	if (sig == SIGSEGV) {
		spin_lock_irq(&current->sighand->siglock);
		sig_action_own(current->sighand, SIGSEGV)->sa_handler = SIG_DFL;
		spin_unlock_irq(&current->sighand->siglock);
	}
	force_sig(SIGSEGV);
}

int zap_other_threads(struct task_struct *p)
{
	struct task_struct *t;
	int count = 0;

	p->signal->group_stop_count = 0;
	for_each_thread(p, t) {
		t->stop_pending = t->stop_dequeued = false;
		if (t == p)
			continue;
		count++;
		if (t->exit_state)
			continue;
		t->pending.signal |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
	return count;
}

/* ---- parents ------------------------------------------------------------------------------ */

static void child_info(siginfo_t *info, struct task_struct *p)
{
	u64 utime, stime;

	thread_group_cputime(p, &utime, &stime);
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = p->pid;
	info->si_uid = p->real_cred->uid;
	info->si_utime = utime / (NSEC_PER_SEC / USER_HZ);
	info->si_stime = stime / (NSEC_PER_SEC / USER_HZ);
}

static void exit_info(siginfo_t *info, struct task_struct *p)
{
	int status = p->signal->flags & SIGNAL_GROUP_EXIT ? p->signal->group_exit_code : p->exit_code;

	child_info(info, p);
	info->si_status = status & 0x7f;
	if (status & 0x80)
		info->si_code = CLD_DUMPED;
	else if (status & 0x7f)
		info->si_code = CLD_KILLED;
	else {
		info->si_code = CLD_EXITED;
		info->si_status = status >> 8;
	}
}

bool do_notify_parent(struct task_struct *p, int sig)
{
	struct sighand_struct *psig = p->parent->sighand;
	const struct sigaction *ka;
	bool autoreap = false;
	siginfo_t info;

	/* a parent that has changed its program since must not get a signal of the child's choice */
	if (sig != SIGCHLD && p->parent_exec_id != p->parent->self_exec_id)
		sig = SIGCHLD;
	exit_info(&info, p);
	info.si_signo = sig;
	spin_lock(&psig->siglock);
	ka = sig_action(psig, SIGCHLD);
	if (sig == SIGCHLD && (ka->sa_handler == SIG_IGN || (ka->sa_flags & SA_NOCLDWAIT))) {
		autoreap = true;	/* wait(2), "Linux notes": such children leave no zombie */
		if (ka->sa_handler == SIG_IGN)
			sig = 0;
	}
	if (sig > 0 && sig <= _NSIG)
		send_signal_locked(sig, &info, p->parent, PIDTYPE_TGID, false);
	/* Who waits went onto the queue before it looked under tasklist_lock, which we hold: no lock to see it. */
	if (waitqueue_active(&p->parent->signal->wait_chldexit))
		wake_up_all(&p->parent->signal->wait_chldexit);
	spin_unlock(&psig->siglock);
	if (waitqueue_active(&p->thread_pid->wait_pidfd))
		wake_up_all(&p->thread_pid->wait_pidfd);
	return autoreap;
}

void do_notify_parent_cldstop(struct task_struct *p, int why)
{
	struct task_struct *leader = p->group_leader, *parent = leader->real_parent;
	struct sighand_struct *psig = parent->sighand;
	const struct sigaction *ka;
	siginfo_t info;

	child_info(&info, leader);
	info.si_code = why;
	info.si_status = why == CLD_CONTINUED ? SIGCONT : leader->signal->group_exit_code & 0x7f;
	spin_lock(&psig->siglock);
	ka = sig_action(psig, SIGCHLD);
	if (ka->sa_handler != SIG_IGN && !(ka->sa_flags & SA_NOCLDSTOP))
		send_signal_locked(SIGCHLD, &info, parent, PIDTYPE_TGID, false);
	/* even without a signal: somebody may wait for it */
	wake_up_all(&parent->signal->wait_chldexit);
	spin_unlock(&psig->siglock);
}
