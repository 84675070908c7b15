/*
 * signal.c - the receiving side: handlers, default actions, stop and continue.
 *
 * TIF_SIGPENDING says that the way back to user space has something to do; it may be set without
 * need, never missing. What is pending, and its order, is sigqueue.c's.
 *
 * Group stop: the thread that takes a stop signal sets stop_pending in every thread and
 * group_stop_count to their number; each counts down when it stops, and the last tells the
 * parent. SIGCONT clears all of it at the time it is sent.
 *
 * Locks: siglock (irqs off) guards all of this; tasklist_lock before it to tell parents.
 * signal(7), sigaction(2).
 */
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/tty.h>

#include "signal_internal.h"

struct kmem_cache *signal_cachep;

void signal_init(void)
{
	signal_cachep = kmem_cache_create("signal", sizeof(struct signal_struct), 0);
	sighand_init();
	sigqueue_init();
}

/* ---- is there work? ------------------------------------------------------------------------ */

static bool has_pending(struct task_struct *p)
{
	return p->stop_pending || (p->signal->flags & (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)) ||
	       ((p->pending.signal | p->signal->shared_pending.signal) & ~p->blocked);
}

void recalc_sigpending_tsk(struct task_struct *p)
{
	if (has_pending(p))
		set_tsk_thread_flag(p, TIF_SIGPENDING);
	else if (p == current)	/* another task may be about to look: let it find out by itself */
		clear_tsk_thread_flag(p, TIF_SIGPENDING);
}

void recalc_sigpending(void)
{
	recalc_sigpending_tsk(current);
}

bool signal_pending(struct task_struct *p)
{
	return test_tsk_thread_flag(p, TIF_SIGPENDING);
}

bool fatal_signal_pending(struct task_struct *p)
{
	return signal_pending(p) && (p->pending.signal & sigmask(SIGKILL));
}

/* ---- group stop --------------------------------------------------------------------------- */

bool leave_group_stop(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	p->stop_pending = false;
	if (!sig->group_stop_count || --sig->group_stop_count)
		return false;
	sig->flags = (sig->flags & SIGNAL_UNKILLABLE) | SIGNAL_STOP_STOPPED;
	return true;
}

void join_group_stop(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	if (sig->group_stop_count)
		sig->group_stop_count++;
	else if (!(sig->flags & SIGNAL_STOP_STOPPED))
		return;
	p->stop_pending = true;
	set_tsk_thread_flag(p, TIF_SIGPENDING);
}

/* Every thread that runs has to stop. siglock held. */
static void start_group_stop(int signr)
{
	struct signal_struct *sig = current->signal;
	struct task_struct *t;

	sig->group_exit_code = signr;
	sig->group_stop_count = 0;
	for_each_thread(current, t) {
		if ((t->flags & PF_EXITING) || (t->state & TASK_STOPPED_BIT))
			continue;
		t->stop_pending = true;
		sig->group_stop_count++;
		if (t != current)
			signal_wake_up(t, false);
	}
}

/*
 * Stop here until SIGCONT or a fatal signal. siglock held; released. @signr is the signal that
 * began it, 0 if another thread took it.
 */
static void do_signal_stop(int signr)
{
	bool last;

	if (signr)
		start_group_stop(signr);
	last = leave_group_stop(current);
	__set_current_state(TASK_STOPPED);
	spin_unlock_irq(&current->sighand->siglock);
	if (last) {
		spin_lock_irq(&tasklist_lock);
		do_notify_parent_cldstop(current, CLD_STOPPED);
		spin_unlock_irq(&tasklist_lock);
	}
	schedule();
}

/* SIGCONT came and the parent has not been told yet. siglock held; released. */
static void report_continued(void)
{
	struct signal_struct *sig = current->signal;
	int why = sig->flags & SIGNAL_CLD_CONTINUED ? CLD_CONTINUED : CLD_STOPPED;

	sig->flags &= ~(SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED);
	spin_unlock_irq(&current->sighand->siglock);
	spin_lock_irq(&tasklist_lock);
	do_notify_parent_cldstop(current, why);
	spin_unlock_irq(&tasklist_lock);
}

/* ---- taking a signal ---------------------------------------------------------------------- */

/* The handler to run into *ksig, with SA_RESETHAND done; false: default action or ignored. */
static bool take_handler(struct ksignal *ksig, const struct sigaction *ka)
{
	if (ka->sa_handler == SIG_IGN || ka->sa_handler == SIG_DFL)
		return false;
	ksig->ka = *ka;
	if (ka->sa_flags & SA_RESETHAND)
		sig_action_own(current->sighand, ksig->sig)->sa_handler = SIG_DFL;
	return true;
}

/*
 * SIGTSTP and the like stop nobody for ever: without a shell to continue the group, they are
 * dropped. To see that takes tasklist_lock, so siglock is released meanwhile: what comes then and
 * cancels stops (SIGCONT, SIGKILL, another thread's exec) cancels this one, too.
 */
static bool stop_is_futile(void)
{
	struct sighand_struct *sighand = current->sighand;
	bool orphaned;

	current->stop_dequeued = true;
	spin_unlock_irq(&sighand->siglock);
	orphaned = is_current_pgrp_orphaned();
	spin_lock_irq(&sighand->siglock);
	return orphaned || !current->stop_dequeued;
}

static __noreturn void die_of(int sig)
{
	current->flags |= PF_SIGNALED;
	do_group_exit(sig);
}

/*
 * One signal that has no handler. siglock held; released if true is returned, which means: take
 * the lock and look again.
 */
static bool default_action(int sig)
{
	sigset_t mask = sigmask(sig);

	if (mask & SIG_KERNEL_IGNORE)
		return false;
	if ((current->signal->flags & SIGNAL_UNKILLABLE) && !(mask & SIG_KERNEL_ONLY))
		return false;
	if (mask & SIG_KERNEL_STOP) {
		if (sig != SIGSTOP && stop_is_futile())
			return false;
		do_signal_stop(sig);
		return true;
	}
	spin_unlock_irq(&current->sighand->siglock);
	die_of(sig);
}

bool get_signal(struct ksignal *ksig)
{
	struct sighand_struct *sighand = current->sighand;
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&sighand->siglock);
	for (;;) {
		const struct sigaction *ka;

		if ((sig->flags & SIGNAL_GROUP_EXIT) || (sig->group_exec_task && sig->group_exec_task != current)) {
			spin_unlock_irq(&sighand->siglock);
			die_of(sig->flags & SIGNAL_GROUP_EXIT ? sig->group_exit_code : SIGKILL);
		}
		if (sig->flags & (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)) {
			report_continued();
			spin_lock_irq(&sighand->siglock);
			continue;
		}
		if (current->stop_pending) {
			do_signal_stop(0);
			spin_lock_irq(&sighand->siglock);
			continue;
		}
		ksig->sig = dequeue_for_action(current, current->blocked, &ksig->info);
		if (!ksig->sig)
			break;
		ka = sig_action(sighand, ksig->sig);
		if (take_handler(ksig, ka))
			break;
		if (ka->sa_handler == SIG_DFL && default_action(ksig->sig))
			spin_lock_irq(&sighand->siglock);
	}
	spin_unlock_irq(&sighand->siglock);
	return ksig->sig != 0;
}

/*
 * Without the lock: only for a thread that is alone, since what it blocks need not be offered to others. Either
 * we see what is sent meanwhile, or complete_signal(), which has a barrier too, sees what we do not block
 * any more. A TIF_SIGPENDING without need does no harm.
 */
static void set_blocked_alone(struct task_struct *p, sigset_t wanted)
{
	WRITE_ONCE(p->blocked, wanted);
	smp_mb();
	if (unlikely((READ_ONCE(p->pending.signal) | READ_ONCE(p->signal->shared_pending.signal)) & ~wanted))
		set_tsk_thread_flag(p, TIF_SIGPENDING);
}

void set_current_blocked(const sigset_t *set)
{
	sigset_t wanted = *set & ~SIG_KERNEL_ONLY;
	struct task_struct *p = current;

	if (p->blocked == wanted)
		return;
	if (likely(p->signal->nr_threads == 1)) {
		set_blocked_alone(p, wanted);
		return;
	}
	spin_lock_irq(&p->sighand->siglock);
	if (wanted & ~p->blocked)
		retarget_shared_pending(p, wanted & ~p->blocked);
	p->blocked = wanted;
	recalc_sigpending();
	spin_unlock_irq(&p->sighand->siglock);
}

void signal_delivered(struct ksignal *ksig)
{
	sigset_t blocked = current->blocked | ksig->ka.sa_mask;

	current->restore_sigmask = false;	/* the frame holds the mask to go back to */
	if (!(ksig->ka.sa_flags & SA_NODEFER))
		blocked |= sigmask(ksig->sig);
	set_current_blocked(&blocked);
	if (current->sas_ss_flags & SS_AUTODISARM)	/* the frame remembers it: sigaltstack(2) */
		sas_ss_reset(current);
}

/* ---- stage of copy_process ------------------------------------------------------------------ */

fork_path int copy_signal(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct signal_struct *sig;

	if (args->flags & CLONE_THREAD) {
		refcount_inc(&current->signal->sigcnt);
		return 0;
	}
	sig = kmem_cache_alloc(signal_cachep, GFP_KERNEL);
	if (!sig)
		return -ENOMEM;
	memset(sig, 0, offsetof(struct signal_struct, rlim));
	refcount_set(&sig->sigcnt, 1);
	INIT_LIST_HEAD(&sig->thread_head);
	INIT_LIST_HEAD(&sig->multiprocess);
	init_waitqueue_head(&sig->wait_chldexit);
	init_sigpending(&sig->shared_pending);
	itimers_init(sig);
	sig->dumpable = current->signal->dumpable;
	sig->thp_disabled = current->signal->thp_disabled;
	spin_lock_irq(&current->sighand->siglock);
	memcpy(sig->rlim, current->signal->rlim, sizeof(sig->rlim));
	spin_unlock_irq(&current->sighand->siglock);
	p->signal = sig;
	return 0;
}

void put_signal(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	p->signal = NULL;
	if (refcount_dec_and_test(&sig->sigcnt)) {
		tty_put(sig->tty);
		put_pid(sig->tty_old_pgrp);
		kmem_cache_free(signal_cachep, sig);
	}
}
