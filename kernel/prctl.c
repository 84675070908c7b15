/*
 * prctl.c - operations on the calling process or thread: prctl(2). What is not listed here is
 * refused with EINVAL, as by a kernel that does not know it. Those about privileges are in
 * prctl_cred.c.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/signal.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#include "prctl.h"

static long set_name(const char __user *uname)
{
	char name[sizeof(current->comm)] = "";
	long n = strncpy_from_user(name, uname, sizeof(name) - 1);

	if (n < 0)
		return n;
	task_lock(current);
	strscpy(current->comm, name, sizeof(current->comm));
	task_unlock(current);
	return 0;
}

static long set_subreaper(bool on)
{
	struct task_struct *p;

	current->signal->is_child_subreaper = on;
	if (!on)
		return 0;
	/* children that exist already have one now, too */
	spin_lock_irq(&tasklist_lock);
	for_each_process(p) {
		for (struct task_struct *up = p->real_parent; up && up->pid; up = up->real_parent) {
			if (up->signal == current->signal) {
				p->signal->has_child_subreaper = true;
				break;
			}
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return 0;
}

static long set_pdeathsig(unsigned long sig)
{
	if (sig > _NSIG)
		return -EINVAL;
	current->pdeath_signal = sig;
	return 0;
}

/* Timers are exact here: the value is kept for who asks. */
static long set_timerslack(unsigned long ns)
{
	current->timer_slack = ns && (long)ns > 0 ? ns : TIMER_SLACK_DEFAULT;
	return 0;
}

/* 2, readable by root only, is the kernel's to set: suid_dumpable, proc(5). */
static long set_dumpable(unsigned long value)
{
	if (value > 1)
		return -EINVAL;
	current->signal->dumpable = value;
	return 0;
}

/* Options that must have no further arguments. */
static long prctl_plain(int option, unsigned long a2, bool more)
{
	switch (option) {
	case PR_SET_THP_DISABLE:	/* there are no huge pages to keep away */
		if (more)
			return -EINVAL;
		current->signal->thp_disabled = a2;
		return 0;
	case PR_GET_THP_DISABLE:
		return a2 || more ? -EINVAL : current->signal->thp_disabled;
	case PR_MCE_KILL_GET:
		return a2 || more ? -EINVAL : PR_MCE_KILL_DEFAULT;
	default:
		return -EINVAL;
	}
}

long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	long ret = prctl_cred(option, a2, a3, a4, a5);

	if (ret != -ENOSYS)
		return ret;
	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_pdeathsig(a2);
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)a2);
	case PR_GET_DUMPABLE:
		return current->signal->dumpable;
	case PR_SET_DUMPABLE:
		return set_dumpable(a2);
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		return copy_to_user((void __user *)a2, current->comm, sizeof(current->comm)) ? -EFAULT : 0;
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(a2);
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->is_child_subreaper, (int __user *)a2);
	case PR_GET_TIMERSLACK:
		return current->timer_slack;
	case PR_SET_TIMERSLACK:
		return set_timerslack(a2);
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return a2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TSC:
		return put_user(PR_TSC_ENABLE, (int __user *)a2);
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, (int __user *__user *)a2);
	default:
		return prctl_plain(option, a2, a3 || a4 || a5);
	}
}
