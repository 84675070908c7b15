/*
 * exit.c - how a task ends.
 *
 *   do_exit()
 *      mm_release()        vfork parent wakes, thread id in user memory is cleared
 *      put_stages(EXIT)    memory first, then files and file system context
 *      exit_notify()       children get a new parent, our parent is told: now a zombie
 *      schedule()          for the last time; finish_task_switch() drops the stack
 *   release_task()         the parent has waited (or nobody will): lists, pid, the rest
 *
 * Invariants: a zombie has no memory, files or stack in use; it keeps its pid, its exit code and
 * signal_struct until released. Each task is released exactly once: whoever moves exit_state from
 * EXIT_ZOMBIE to EXIT_DEAD under tasklist_lock does it.
 *
 * Locks: tasklist_lock for the family tree, then siglock. _exit(2), wait(2), "Notes" of exit(3).
 */
#include <arch/irq.h>
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/syscalls.h>
#include <tine/tty.h>

#include "fork.h"

/* ---- release ------------------------------------------------------------------------------ */

/* Add what a thread used to what its group used. siglock held. */
static void account_thread(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	u64 utime, stime;

	task_cputime(p, &utime, &stime);
	sig->utime += utime;
	sig->stime += stime;
	sig->nvcsw += p->nvcsw;
	sig->nivcsw += p->nivcsw;
	sig->min_flt += p->min_flt;
	sig->maj_flt += p->maj_flt;
	sig->nr_threads--;
	if (sig->notify_count > 0 && --sig->notify_count == 0)
		wake_up_process(sig->group_exec_task);	/* exec waits for all others to be gone */
}

/* Take @p out of every list that leads to it. tasklist_lock held. */
static void unhash_process(struct task_struct *p)
{
	nr_threads--;
	detach_pid(p, PIDTYPE_PID);
	if (thread_group_leader(p)) {
		detach_pid(p, PIDTYPE_TGID);
		detach_pid(p, PIDTYPE_PGID);
		detach_pid(p, PIDTYPE_SID);
		list_del_init(&p->tasks);
		list_del_init(&p->sibling);
	}
	list_del_init(&p->thread_node);
}

/*
 * The last other thread of a group whose leader is a zombie already: only now is the process
 * dead, and the leader's parent is told. True if nobody will wait for the leader.
 */
static bool leader_may_go(struct task_struct *leader)
{
	bool autoreap;

	if (!thread_group_empty(leader) || leader->exit_state != EXIT_ZOMBIE)
		return false;
	autoreap = do_notify_parent(leader, leader->exit_signal);
	if (autoreap)
		leader->exit_state = EXIT_DEAD;
	return autoreap;
}

static void release_one(struct task_struct *p, struct task_struct **next)
{
	struct task_struct *leader;

	spin_lock_irq(&tasklist_lock);
	leader = p->group_leader;
	spin_lock(&p->sighand->siglock);
	account_thread(p);
	flush_sigqueue(&p->pending);
	if (p == leader)
		flush_sigqueue(&p->signal->shared_pending);
	unhash_process(p);
	spin_unlock(&p->sighand->siglock);
	*next = p != leader && leader_may_go(leader) ? leader : NULL;
	spin_unlock_irq(&tasklist_lock);

	put_stages(p, PUT_AT_REAP);
	put_task_struct(p);
}

void release_task(struct task_struct *p)
{
	while (p) {
		struct task_struct *next;

		release_one(p, &next);
		p = next;
	}
}

/* ---- the family --------------------------------------------------------------------------- */

/* A thread of @p's group that does not exit, or NULL. tasklist_lock held. */
static struct task_struct *alive_thread(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread(p, t) {
		if (!(t->flags & PF_EXITING))
			return t;
	}
	return NULL;
}

/*
 * Who takes over the children of @father: another thread of his, else the nearest ancestor that
 * asked for it (PR_SET_CHILD_SUBREAPER), else PID 1. tasklist_lock held. NULL: nobody is left.
 */
static struct task_struct *find_new_reaper(struct task_struct *father)
{
	struct task_struct *init = find_task_by_vpid(1);
	struct task_struct *reaper = alive_thread(father);

	if (reaper)
		return reaper;
	if (father->signal->has_child_subreaper) {
		for (struct task_struct *p = father->real_parent; p && p != init && p->pid; p = p->real_parent) {
			if (p->signal->is_child_subreaper && (reaper = alive_thread(p)))
				return reaper;
		}
	}
	return init && init->group_leader != father->group_leader ? alive_thread(init) : NULL;
}

/*
 * Has the group no member left whose parent is in another group of the same session? Then nobody
 * could continue its stopped processes. @ignored exits and does not count. tasklist_lock held.
 * POSIX, "Orphaned Process Group".
 */
static bool will_become_orphaned(struct pid *pgrp, struct task_struct *ignored)
{
	struct task_struct *p;

	pid_for_each_task(pgrp, PIDTYPE_PGID, p) {
		struct signal_struct *parent = p->real_parent->signal;

		if (p == ignored || (p->exit_state && thread_group_empty(p)) || p->real_parent->pid <= 1)
			continue;
		if (parent->pids[PIDTYPE_PGID] != pgrp &&
		    parent->pids[PIDTYPE_SID] == p->signal->pids[PIDTYPE_SID])
			return false;
	}
	return true;
}

bool is_current_pgrp_orphaned(void)
{
	bool orphaned;

	spin_lock_irq(&tasklist_lock);
	orphaned = will_become_orphaned(current->signal->pids[PIDTYPE_PGID], NULL);
	spin_unlock_irq(&tasklist_lock);
	return orphaned;
}

static bool has_stopped_jobs(struct pid *pgrp)
{
	struct task_struct *p;

	pid_for_each_task(pgrp, PIDTYPE_PGID, p) {
		if (p->signal->flags & SIGNAL_STOP_STOPPED)
			return true;
	}
	return false;
}

/*
 * A link between @p's group and its parent's is gone: @p exits (@parent NULL) or has just lost
 * @parent. If it was the last one, hang up and continue what is stopped. tasklist_lock held.
 */
static void kill_orphaned_pgrp(struct task_struct *p, struct task_struct *parent)
{
	struct pid *pgrp = p->signal->pids[PIDTYPE_PGID];
	struct task_struct *ignored = p;

	if (!parent)
		parent = p->real_parent;
	else
		ignored = NULL;
	if (parent->signal->pids[PIDTYPE_PGID] == pgrp ||
	    parent->signal->pids[PIDTYPE_SID] != p->signal->pids[PIDTYPE_SID])
		return;
	if (will_become_orphaned(pgrp, ignored) && has_stopped_jobs(pgrp)) {
		__kill_pgrp_info(SIGHUP, SEND_SIG_PRIV, pgrp);
		__kill_pgrp_info(SIGCONT, SEND_SIG_PRIV, pgrp);
	}
}

/*
 * The child of a process that is gone: strangers are told of its end by SIGCHLD, whatever it had
 * asked for (clone(2)); if it is a zombie already they are told now, and it goes onto @dead if
 * they will not wait. tasklist_lock held.
 */
static void reparent_leader(struct task_struct *father, struct task_struct *child, struct list_head *dead)
{
	if (child->real_parent->signal == father->signal)
		return;
	child->exit_signal = SIGCHLD;
	if (child->exit_state == EXIT_ZOMBIE && thread_group_empty(child) &&
	    do_notify_parent(child, child->exit_signal)) {
		child->exit_state = EXIT_DEAD;
		list_move_tail(&child->sibling, dead);
	}
	kill_orphaned_pgrp(child, father);
}

/* tasklist_lock held. */
static void forget_original_parent(struct task_struct *father, struct list_head *dead)
{
	struct task_struct *reaper, *child, *next, *t;

	if (list_empty(&father->children))
		return;
	reaper = find_new_reaper(father);
	if (!reaper)		/* PID 1 itself goes: the machine stops before anybody notices */
		return;
	list_for_each_entry_safe(child, next, &father->children, sibling) {
		for_each_thread(child, t) {
			set_real_parent(t, reaper);
			if (t->pdeath_signal)
				group_send_sig_info(t->pdeath_signal, SEND_SIG_NOINFO, t);
		}
		list_move_tail(&child->sibling, &reaper->children);
		reparent_leader(father, child, dead);
	}
}

/* Become a zombie, or go at once if nobody will wait. */
static void exit_notify(struct task_struct *p, bool group_dead)
{
	struct task_struct *child, *next;
	LIST_HEAD(dead);
	bool autoreap;

	spin_lock_irq(&tasklist_lock);
	forget_original_parent(p, &dead);
	if (group_dead)
		kill_orphaned_pgrp(p->group_leader, NULL);
	p->exit_state = EXIT_ZOMBIE;
	if (thread_group_leader(p))
		autoreap = thread_group_empty(p) && do_notify_parent(p, p->exit_signal);
	else
		autoreap = true;
	if (autoreap)
		p->exit_state = EXIT_DEAD;
	if (p->signal->notify_count < 0 && p->signal->group_exec_task)
		wake_up_process(p->signal->group_exec_task);	/* exec waits for the leader to be a zombie */
	spin_unlock_irq(&tasklist_lock);

	list_for_each_entry_safe(child, next, &dead, sibling)
		release_task(child);
	if (autoreap)
		release_task(p);
}

/* ---- do_exit ------------------------------------------------------------------------------ */

/* PID 1 is the reason for the machine to run. */
static __noreturn void init_exited(long code)
{
	int status = (code >> 8) & 0xff;

	if (code & 0x7f)
		printk("PID 1 (%s) was killed by signal %ld: stopping\n", current->comm, code & 0x7f);
	else
		printk("PID 1 (%s) exited with status %d: stopping\n", current->comm, status);
	machine_power_off(code ? EXIT_FAILURE_STATUS : EXIT_SUCCESS_STATUS);
}

static void update_maxrss(struct task_struct *p)
{
	unsigned long rss = p->mm ? get_mm_rss(p->mm) * (PAGE_SIZE / 1024) : 0;

	if (p->signal->maxrss < rss)
		p->signal->maxrss = rss;
}

/*
 * From now on no signal is delivered to @p, and a group stop does not wait for it. True for the last thread
 * of its group: the process ends with its code, whatever the leader's was, unless a signal or exit_group has
 * set one.
 */
static bool exit_signals(struct task_struct *p, int code)
{
	struct signal_struct *sig = p->signal;
	bool stopped = false, group_dead;

	spin_lock_irq(&tasklist_lock);
	spin_lock(&p->sighand->siglock);
	p->flags |= PF_EXITING;
	if (p->stop_pending)
		stopped = leave_group_stop(p);
	group_dead = atomic_dec_and_test(&sig->live);
	if (!group_dead) {
		retarget_shared_pending(p, ~p->blocked);
	} else if (!(sig->flags & SIGNAL_GROUP_EXIT)) {
		sig->flags = (sig->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
		sig->group_exit_code = code;
		sig->group_stop_count = 0;
	}
	spin_unlock(&p->sighand->siglock);
	if (stopped)
		do_notify_parent_cldstop(p, CLD_STOPPED);
	spin_unlock_irq(&tasklist_lock);
	return group_dead;
}

void do_exit(long code)
{
	struct task_struct *p = current;
	bool group_dead;

	assert(!in_interrupt() && p->pid != 0);
	group_dead = exit_signals(p, code);
	update_maxrss(p);
	if (group_dead && p->tgid == 1)
		init_exited(code);
	if (group_dead)
		exit_itimers(p->signal);
	p->exit_code = code;
	mm_release(p);
	put_stages(p, PUT_AT_EXIT);
	if (group_dead && p->signal->leader)
		disassociate_ctty(true);
	sched_exit(p);
	/* the parent that is woken now runs when we are off the CPU, not between here and there */
	preempt_disable();
	exit_notify(p, group_dead);
	do_task_dead();
}

void do_group_exit(int code)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	if (sig->flags & SIGNAL_GROUP_EXIT) {
		code = sig->group_exit_code;
	} else if (sig->group_exec_task) {
		code = 0;		/* not the group ends but this thread, which exec does not need */
	} else {
		sig->group_exit_code = code;
		sig->flags = (sig->flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
		zap_other_threads(current);
	}
	spin_unlock_irq(&current->sighand->siglock);
	do_exit(code);
}

long sys_exit(int code)
{
	do_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	do_group_exit((code & 0xff) << 8);
}
