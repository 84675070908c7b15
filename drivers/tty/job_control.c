/*
 * job_control.c - which session a terminal belongs to, and which of its groups is in front.
 *
 * A session leader acquires a free terminal by opening it or by TIOCSCTTY; from then on every
 * process of the session has it as signal->tty. The foreground group may use it; others are stopped
 * by SIGTTIN and SIGTTOU. credentials(7), setsid(2), tcsetpgrp(3), ioctl_tty(2).
 *
 * tty->session and tty->pgrp hold references and change together with the signal->tty of the
 * session's processes: under tasklist_lock, then siglock for signal->tty, then tty->lock.
 *
 * A session whose line dies under it loses its terminal at once, but the foreground group of that
 * moment (signal->tty_old_pgrp) is told only when the leader exits: a shell may want to tidy up first.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

#include "tty_internal.h"

static struct pid *task_pgrp(struct task_struct *p)
{
	return p->signal->pids[PIDTYPE_PGID];
}

static struct pid *task_session(struct task_struct *p)
{
	return p->signal->pids[PIDTYPE_SID];
}

void tty_signal_pgrp(struct tty_struct *tty, int sig)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	struct pid *pgrp = get_pid(tty->pgrp);

	spin_unlock_irqrestore(&tty->lock, flags);
	if (pgrp)
		kill_pgrp(pgrp, sig, 1);
	put_pid(pgrp);
}

/* ---- who owns the terminal ---------------------------------------------------------------- */

struct tty_struct *get_current_tty(void)
{
	struct tty_struct *tty;

	spin_lock_irq(&current->sighand->siglock);
	tty = tty_get(current->signal->tty);
	spin_unlock_irq(&current->sighand->siglock);
	return tty;
}

static void __proc_clear_tty(struct task_struct *p)
{
	struct tty_struct *tty;

	spin_lock(&p->sighand->siglock);
	tty = p->signal->tty;
	p->signal->tty = NULL;
	spin_unlock(&p->sighand->siglock);
	tty_put(tty);
}

void proc_clear_tty(struct task_struct *p)
{
	unsigned long flags = local_irq_save();

	__proc_clear_tty(p);
	local_irq_restore(flags);
}

/* Make @session and @pgrp, whose references are taken over, the owners. Irqs off. */
static void set_owner(struct tty_struct *tty, struct pid *session, struct pid *pgrp)
{
	struct pid *old_session, *old_pgrp;

	spin_lock(&tty->lock);
	old_session = tty->session;
	old_pgrp = tty->pgrp;
	tty->session = session;
	tty->pgrp = pgrp;
	spin_unlock(&tty->lock);
	put_pid(old_session);
	put_pid(old_pgrp);
}

/* No process of @session has a terminal any more. tasklist_lock held. */
static void session_clear_tty(struct pid *session)
{
	struct task_struct *p;

	pid_for_each_task(session, PIDTYPE_SID, p)
		__proc_clear_tty(p);
}

/* The running session leader takes @tty, which is free. tasklist_lock held. */
static void proc_set_tty(struct tty_struct *tty)
{
	struct pid *old_pgrp;

	set_owner(tty, get_pid(task_session(current)), get_pid(task_pgrp(current)));
	spin_lock(&current->sighand->siglock);
	current->signal->tty = tty_get(tty);
	old_pgrp = current->signal->tty_old_pgrp;
	current->signal->tty_old_pgrp = NULL;
	spin_unlock(&current->sighand->siglock);
	put_pid(old_pgrp);
}

void tty_open_ctty(struct tty_struct *tty)
{
	if (!current->signal->leader || current->signal->tty)
		return;
	spin_lock_irq(&tasklist_lock);
	if (!tty->session && !current->signal->tty)
		proc_set_tty(tty);
	spin_unlock_irq(&tasklist_lock);
}

/* tasklist_lock held. */
static int acquire_ctty(struct tty_struct *tty, bool readable, bool may_steal)
{
	if (current->signal->leader && task_session(current) == tty->session)
		return 0;
	if (!current->signal->leader || current->signal->tty)
		return -EPERM;
	if (!readable || (tty->session && !may_steal))
		return -EPERM;
	if (tty->session)
		session_clear_tty(tty->session);
	proc_set_tty(tty);
	return 0;
}

/* TIOCSCTTY: root may steal the terminal of another session with the argument 1. */
int tiocsctty(struct tty_struct *tty, struct file *file, unsigned long steal)
{
	bool admin = capable(CAP_SYS_ADMIN);
	int err;

	spin_lock_irq(&tasklist_lock);
	err = acquire_ctty(tty, (file->f_mode & FMODE_READ) || admin, steal == 1 && admin);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

/* @p of a session whose line is dead: the leader is told. tasklist_lock held. */
static void hangup_task(struct task_struct *p, struct pid *front)
{
	struct pid *old_pgrp;

	if (!p->signal->leader)
		return;
	group_send_sig_info(SIGHUP, SEND_SIG_PRIV, p);
	group_send_sig_info(SIGCONT, SEND_SIG_PRIV, p);
	spin_lock(&p->sighand->siglock);
	old_pgrp = p->signal->tty_old_pgrp;
	p->signal->tty_old_pgrp = get_pid(front);
	spin_unlock(&p->sighand->siglock);
	put_pid(old_pgrp);
}

void tty_hangup(struct tty_struct *tty, bool exiting)
{
	struct task_struct *p;

	tty_cut_off(tty);	/* first: who gets the signal finds the line dead */
	spin_lock_irq(&tasklist_lock);
	spin_lock(&tty->lock);
	tty->hangups++;			/* before anybody is told: who is may look at once */
	spin_unlock(&tty->lock);
	if (tty->session) {
		pid_for_each_task(tty->session, PIDTYPE_SID, p) {
			__proc_clear_tty(p);
			hangup_task(p, tty->pgrp);
		}
		if (exiting && tty->pgrp)
			__kill_pgrp_info(SIGHUP, SEND_SIG_PRIV, tty->pgrp);
	}
	set_owner(tty, NULL, NULL);
	spin_unlock_irq(&tasklist_lock);
}

/* The session leader exits after its terminal has gone. */
static void kill_old_pgrp(void)
{
	struct pid *pgrp;

	spin_lock_irq(&current->sighand->siglock);
	pgrp = current->signal->tty_old_pgrp;
	current->signal->tty_old_pgrp = NULL;
	spin_unlock_irq(&current->sighand->siglock);
	if (pgrp) {
		kill_pgrp(pgrp, SIGHUP, 1);
		kill_pgrp(pgrp, SIGCONT, 1);
	}
	put_pid(pgrp);
}

/* The running leader's session lets go of @tty, which lives on. */
static void leave_tty(struct tty_struct *tty, bool on_exit)
{
	tty_signal_pgrp(tty, SIGHUP);
	if (!on_exit)
		tty_signal_pgrp(tty, SIGCONT);
	spin_lock_irq(&tasklist_lock);
	session_clear_tty(task_session(current));
	set_owner(tty, NULL, NULL);
	spin_unlock_irq(&tasklist_lock);
}

void disassociate_ctty(bool on_exit)
{
	struct tty_struct *tty;

	if (!current->signal->leader)
		return;
	tty = get_current_tty();
	if (tty && on_exit && !tty->driver->is_pty)
		tty_hangup(tty, true);
	else if (tty)
		leave_tty(tty, on_exit);
	else if (on_exit)
		kill_old_pgrp();
	tty_put(tty);
}

/* vhangup(2): whoever has the caller's terminal open is cut off, for a login on a clean line. */
long sys_vhangup(void)
{
	struct tty_struct *tty;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = get_current_tty();
	if (tty)
		tty_hangup(tty, false);
	tty_put(tty);
	return 0;
}

/* TIOCNOTTY: give the terminal up; a session leader gives it up for all. */
int tiocnotty(struct tty_struct *tty)
{
	if (READ_ONCE(current->signal->tty) != tty)
		return -ENOTTY;
	disassociate_ctty(false);
	proc_clear_tty(current);
	return 0;
}

/* ---- foreground and background ------------------------------------------------------------- */

static bool sig_blocked_or_ignored(int sig)
{
	bool ignored;

	spin_lock_irq(&current->sighand->siglock);
	ignored = (current->blocked & sigmask(sig)) ||
		  sig_action(current->sighand, sig)->sa_handler == SIG_IGN;
	spin_unlock_irq(&current->sighand->siglock);
	return ignored;
}

int tty_check_change(struct tty_struct *tty, int sig)
{
	struct pid *pgrp, *front = READ_ONCE(tty->pgrp);

	/* pointers are only compared: a group that changes meanwhile may be seen before or after */
	if (READ_ONCE(current->signal->tty) != tty || !front || front == task_pgrp(current))
		return 0;
	if (sig_blocked_or_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (is_current_pgrp_orphaned())
		return -EIO;
	spin_lock_irq(&tasklist_lock);
	pgrp = get_pid(task_pgrp(current));
	spin_unlock_irq(&tasklist_lock);
	kill_pgrp(pgrp, sig, 1);
	put_pid(pgrp);
	return -ERESTARTSYS;
}

int tiocgpgrp(struct tty_struct *tty, int __user *arg, bool master)
{
	pid_t nr;

	if (!master && READ_ONCE(current->signal->tty) != tty)
		return -ENOTTY;
	spin_lock_irq(&tty->lock);
	nr = pid_nr(tty->pgrp);
	spin_unlock_irq(&tty->lock);
	return put_user(nr, arg);
}

/* The session of a group, through one of its members, or of a thread. tasklist_lock held. */
static struct pid *session_of_pgrp(struct pid *pgrp)
{
	struct task_struct *p = pid_task(pgrp, PIDTYPE_PGID);

	if (!p)
		p = pid_task(pgrp, PIDTYPE_PID);
	return p ? task_session(p) : NULL;
}

/* tasklist_lock held. */
static int set_foreground(struct tty_struct *tty, pid_t nr)
{
	struct pid *pgrp;

	if (current->signal->tty != tty || tty->session != task_session(current))
		return -ENOTTY;
	pgrp = find_pid(nr);
	if (!pgrp)
		return -ESRCH;
	if (session_of_pgrp(pgrp) != task_session(current))
		return -EPERM;
	set_owner(tty, get_pid(tty->session), get_pid(pgrp));
	return 0;
}

int tiocspgrp(struct tty_struct *tty, int __user *arg)
{
	int err = tty_check_change(tty, SIGTTOU);
	pid_t nr;

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user(nr, arg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	err = set_foreground(tty, nr);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

int tiocgsid(struct tty_struct *tty, int __user *arg, bool master)
{
	pid_t nr;

	if (!master && READ_ONCE(current->signal->tty) != tty)
		return -ENOTTY;
	spin_lock_irq(&tty->lock);
	nr = pid_nr(tty->session);
	spin_unlock_irq(&tty->lock);
	return nr ? put_user(nr, arg) : -ENOTTY;
}
