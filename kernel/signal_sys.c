/*
 * signal_sys.c - the system calls about signals. sigaction(2), sigprocmask(2), sigpending(2),
 * sigsuspend(2), sigwaitinfo(2), rt_sigqueueinfo(2), sigaltstack(2), kill(2), tkill(2), pause(2).
 */
#include <arch/uaccess.h>
#include <arch/ptrace.h>
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#include "signal_internal.h"

/* ---- actions and masks -------------------------------------------------------------------- */

#define SA_KNOWN	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | \
			 SA_RESETHAND | SA_EXPOSE_TAGBITS | SA_RESTORER)

/* siglock held. */
static void set_action(int sig, struct sigaction *act)
{
	act->sa_flags &= SA_KNOWN;
	act->sa_mask &= ~SIG_KERNEL_ONLY;
	if (memcmp(act, sig_action(current->sighand, sig), sizeof(*act)))
		*sig_action_own(current->sighand, sig) = *act;
	/* POSIX: setting a signal to be ignored drops what is pending of it, blocked or not */
	if (act->sa_handler == SIG_IGN || (act->sa_handler == SIG_DFL && (sigmask(sig) & SIG_KERNEL_IGNORE)))
		flush_ignored(current, sig);
}

long sys_rt_sigaction(int sig, const struct sigaction __user *uact, struct sigaction __user *uold, size_t size)
{
	struct sigaction act, old;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (uact && copy_from_user(&act, uact, sizeof(act)))
		return -EFAULT;
	if (!valid_signal(sig) || sig < 1 || (uact && (sigmask(sig) & SIG_KERNEL_ONLY)))
		return -EINVAL;
	spin_lock_irq(&current->sighand->siglock);
	old = *sig_action(current->sighand, sig);
	if (uact)
		set_action(sig, &act);
	spin_unlock_irq(&current->sighand->siglock);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_rt_sigprocmask(int how, const sigset_t __user *uset, sigset_t __user *uold, size_t size)
{
	sigset_t old = current->blocked, set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (uset) {
		if (get_user(set, uset))
			return -EFAULT;
		if (how == SIG_BLOCK)
			set |= old;
		else if (how == SIG_UNBLOCK)
			set = old & ~set;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		set_current_blocked(&set);
	}
	return uold ? put_user(old, uold) : 0;
}

long sys_rt_sigpending(sigset_t __user *uset, size_t size)
{
	sigset_t set;

	if (size > sizeof(sigset_t))
		return -EINVAL;
	spin_lock_irq(&current->sighand->siglock);
	set = (current->pending.signal | current->signal->shared_pending.signal) & current->blocked;
	spin_unlock_irq(&current->sighand->siglock);
	return copy_to_user(uset, &set, size) ? -EFAULT : 0;
}

int set_user_sigmask(const sigset_t __user *uset, size_t size)
{
	sigset_t set;

	if (!uset)
		return 0;
	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (get_user(set, uset))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	current->restore_sigmask = true;
	set_current_blocked(&set);
	return 0;
}

void restore_saved_sigmask_unless(bool interrupted)
{
	if (interrupted || !current->restore_sigmask)
		return;
	current->restore_sigmask = false;
	set_current_blocked(&current->saved_sigmask);
}

static long wait_for_signal(void)
{
	while (!signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!signal_pending(current))
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}

long sys_rt_sigsuspend(const sigset_t __user *uset, size_t size)
{
	sigset_t set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (get_user(set, uset))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	set_current_blocked(&set);
	current->restore_sigmask = true;
	return wait_for_signal();
}

long sys_pause(void)
{
	return wait_for_signal();
}

long sys_restart_syscall(void)
{
	struct restart_block *rb = &current->restart_block;

	return rb->fn ? rb->fn(rb) : -EINTR;
}

/* Take one of @wanted or wait for it until @expires; the signal, -EAGAIN or -EINTR. */
static int sigtimedwait(sigset_t wanted, siginfo_t *info, ktime_t expires)
{
	sigset_t others = ~wanted;
	bool late = expires == 0;
	int sig;

	spin_lock_irq(&current->sighand->siglock);
	sig = dequeue_signal(current, others, info);
	if (!sig && expires) {
		/* unblock them so that senders wake us; real_blocked keeps default actions away */
		current->real_blocked = current->blocked;
		current->blocked &= ~wanted;
		recalc_sigpending();
		__set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_irq(&current->sighand->siglock);
		late = schedule_timeout_until(expires);
		__set_current_state(TASK_RUNNING);
		spin_lock_irq(&current->sighand->siglock);
		current->blocked = current->real_blocked;
		current->real_blocked = 0;
		sig = dequeue_signal(current, others, info);
	}
	recalc_sigpending();
	spin_unlock_irq(&current->sighand->siglock);
	if (sig)
		return sig;
	return late ? -EAGAIN : -EINTR;
}

long sys_rt_sigtimedwait(const sigset_t __user *uset, siginfo_t __user *uinfo,
			 const struct __kernel_timespec __user *uts, size_t size)
{
	ktime_t expires = KTIME_MAX, timeout;
	struct __kernel_timespec ts;
	siginfo_t info;
	sigset_t set;
	int sig;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (get_user(set, uset))
		return -EFAULT;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (timespec_to_ns(&ts, &timeout))
			return -EINVAL;
		expires = timeout && timeout < KTIME_MAX ? ktime_get() + timeout : timeout;
	}
	sig = sigtimedwait(set & ~SIG_KERNEL_ONLY, &info, expires);
	if (sig > 0 && uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

/* ---- the alternate stack ------------------------------------------------------------------- */

static bool on_sig_stack(unsigned long sp)
{
	return sp - current->sas_ss_sp - 1 < current->sas_ss_size;
}

int set_altstack(const stack_t *ss)
{
	int mode = ss->ss_flags & ~(int)SS_AUTODISARM;

	if (on_sig_stack(current_pt_regs()->sp) && !(current->sas_ss_flags & SS_AUTODISARM))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		current->sas_ss_sp = current->sas_ss_size = 0;
	} else {
		if (ss->ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		current->sas_ss_sp = (unsigned long)ss->ss_sp;
		current->sas_ss_size = ss->ss_size;
	}
	current->sas_ss_flags = ss->ss_flags;
	return 0;
}

long sys_sigaltstack(const stack_t __user *uss, stack_t __user *uold)
{
	stack_t ss, old;
	int err = 0;

	memset(&old, 0, sizeof(old));
	old.ss_sp = (void *)current->sas_ss_sp;
	old.ss_size = current->sas_ss_size;
	old.ss_flags = current->sas_ss_flags & (int)SS_AUTODISARM;
	if (!current->sas_ss_size)
		old.ss_flags |= SS_DISABLE;
	else if (on_sig_stack(current_pt_regs()->sp) && !(current->sas_ss_flags & SS_AUTODISARM))
		old.ss_flags |= SS_ONSTACK;
	if (uss && copy_from_user(&ss, uss, sizeof(ss)))
		return -EFAULT;
	if (uss)
		err = set_altstack(&ss);
	if (!err && uold && copy_to_user(uold, &old, sizeof(old)))
		err = -EFAULT;
	return err;
}

/* ---- sending ------------------------------------------------------------------------------ */

static int check_kill(int sig, struct task_struct *p)
{
	if (!valid_signal(sig))
		return -EINVAL;
	if (p->signal == current->signal || kill_ok_by_cred(p))
		return 0;
	/* a shell may continue its jobs whoever they run as */
	if (sig == SIGCONT && p->signal->pids[PIDTYPE_SID] == current->signal->pids[PIDTYPE_SID])
		return 0;
	return -EPERM;
}

int send_checked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type)
{
	int err = p ? check_kill(sig, p) : -ESRCH;

	return err ? err : send_signal_info(sig, info, p, type);
}

/* 0 if any member could be signalled; -EPERM if some exist but none may be; -ESRCH if none exist. */
static int kill_group(int sig, struct pid *pgrp)
{
	struct task_struct *p;
	int ret = -ESRCH;

	if (!pgrp)
		return ret;
	pid_for_each_task(pgrp, PIDTYPE_PGID, p) {
		int err = send_checked(sig, SEND_SIG_NOINFO, p, PIDTYPE_TGID);

		if (!err)
			signal_forks(sig, p);
		if (!err || ret)
			ret = err;
	}
	return ret;
}

/* All but PID 1 and ourselves. Whom we may not signal is passed over: as on Linux that is no error. */
static int kill_everybody(int sig)
{
	struct task_struct *p;
	bool anybody = false;
	int ret = 0;

	for_each_process(p) {
		int err;

		if (p->pid <= 1 || p->signal == current->signal || (p->flags & PF_KTHREAD))
			continue;
		err = send_checked(sig, SEND_SIG_NOINFO, p, PIDTYPE_TGID);
		if (!err)
			signal_forks(sig, p);
		anybody = true;
		if (err != -EPERM)
			ret = err;
	}
	return anybody ? ret : -ESRCH;
}

long sys_kill(pid_t pid, int sig)
{
	int ret;

	if (pid == INT32_MIN)
		return -ESRCH;
	spin_lock_irq(&tasklist_lock);
	if (pid > 0)
		ret = send_checked(sig, SEND_SIG_NOINFO, pid_task(find_pid(pid), PIDTYPE_PID), PIDTYPE_TGID);
	else if (pid == -1)
		ret = kill_everybody(sig);
	else
		ret = kill_group(sig, pid ? find_pid(-pid) : current->signal->pids[PIDTYPE_PGID]);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/* To one thread; @tgid 0: of whatever group. */
static int send_to_thread(pid_t tgid, pid_t pid, int sig, siginfo_t *info)
{
	struct task_struct *p;
	int ret = -ESRCH;

	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(pid);
	if (p && (!tgid || p->tgid == tgid))
		ret = send_checked(sig, info, p, PIDTYPE_PID);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

static void tkill_info(siginfo_t *info, int sig)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = SI_TKILL;
	info->si_pid = current->tgid;
	info->si_uid = current_uid();
}

long sys_tgkill(pid_t tgid, pid_t pid, int sig)
{
	siginfo_t info;

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	tkill_info(&info, sig);
	return send_to_thread(tgid, pid, sig, &info);
}

long sys_tkill(pid_t pid, int sig)
{
	siginfo_t info;

	if (pid <= 0)
		return -EINVAL;
	tkill_info(&info, sig);
	return send_to_thread(0, pid, sig, &info);
}

static int copy_queue_info(siginfo_t *info, const siginfo_t __user *uinfo, int sig, pid_t target)
{
	if (copy_siginfo_from_user(info, uinfo))
		return -EFAULT;
	info->si_signo = sig;
	/* nobody may pretend to be the kernel or kill(2) towards others: rt_sigqueueinfo(2) */
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && target != current->pid)
		return -EPERM;
	return 0;
}

long sys_rt_sigqueueinfo(pid_t pid, int sig, siginfo_t __user *uinfo)
{
	siginfo_t info;
	int ret = copy_queue_info(&info, uinfo, sig, pid);

	if (ret)
		return ret;
	spin_lock_irq(&tasklist_lock);
	ret = send_checked(sig, &info, pid > 0 ? pid_task(find_pid(pid), PIDTYPE_PID) : NULL, PIDTYPE_TGID);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, int sig, siginfo_t __user *uinfo)
{
	siginfo_t info;
	int ret;

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	ret = copy_queue_info(&info, uinfo, sig, pid);
	return ret ? ret : send_to_thread(tgid, pid, sig, &info);
}
