/*
 * prctl.c - operations on the calling process or thread: prctl(2). What is not listed here is
 * refused with EINVAL, as by a kernel that does not know it.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/signal.h>
#include <tine/string.h>
#include <tine/syscalls.h>

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

static long drop_bounding(unsigned long cap)
{
	struct cred *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_bset &= ~BIT(cap);
	return commit_creds(new);
}

static long set_pdeathsig(unsigned long sig)
{
	if (sig > _NSIG)
		return -EINVAL;
	current->pdeath_signal = sig;
	return 0;
}

long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_pdeathsig(a2);
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)a2);
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		return copy_to_user((void __user *)a2, current->comm, sizeof(current->comm)) ? -EFAULT : 0;
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(a2);
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->is_child_subreaper, (int __user *)a2);
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : !!(current_cred()->cap_bset & BIT(a2));
	case PR_CAPBSET_DROP:
		return drop_bounding(a2);
	case PR_GET_DUMPABLE:
		return 1;
	case PR_GET_SECUREBITS:
		return current_cred()->securebits;
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : 0;
	case PR_GET_TIMERSLACK:
		return 50000;
	case PR_SET_TIMERSLACK:		/* timers are exact here */
		return 0;
	default:
		return -EINVAL;
	}
}
