/*
 * rlimit.c - resource limits, one set for each process: getrlimit(2), prlimit(2).
 *
 * The group's siglock guards them; readers that need one value read it racily.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/syscalls.h>

/* 0 with the old limit in *old and *new (if any) set. @p: the running task, or tasklist_lock held. */
static int do_prlimit(struct task_struct *p, unsigned int resource, const struct rlimit64 *new, struct rlimit64 *old)
{
	struct rlimit64 *rlim;
	unsigned long flags;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (new && new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new && resource == RLIMIT_NOFILE && new->rlim_max > NR_OPEN_MAX)
		return -EPERM;
	rlim = &p->signal->rlim[resource];
	flags = spin_lock_irqsave(&p->sighand->siglock);
	if (new && new->rlim_max > rlim->rlim_max && !capable(CAP_SYS_RESOURCE))
		err = -EPERM;
	if (!err && old)
		*old = *rlim;
	if (!err && new)
		*rlim = *new;
	spin_unlock_irqrestore(&p->sighand->siglock, flags);
	return err;
}

/* prlimit(2): all user and group ids of the target must be the caller's real ones. */
static bool may_prlimit(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *theirs;
	bool same;

	if (p->signal == current->signal)
		return true;
	theirs = get_task_cred(p);
	same = mine->uid == theirs->euid && mine->uid == theirs->suid && mine->uid == theirs->uid &&
	       mine->gid == theirs->egid && mine->gid == theirs->sgid && mine->gid == theirs->gid;
	put_cred(theirs);
	return same || capable(CAP_SYS_RESOURCE);
}

static int prlimit_pid(pid_t pid, unsigned int resource, const struct rlimit64 *new, struct rlimit64 *old)
{
	struct task_struct *p;
	int err = -ESRCH;

	if (!pid || pid == current->tgid)
		return do_prlimit(current, resource, new, old);
	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(pid);
	if (p)
		err = may_prlimit(p) ? do_prlimit(p, resource, new, old) : -EPERM;
	spin_unlock_irq(&tasklist_lock);
	return err;
}

long sys_prlimit64(pid_t pid, unsigned int resource, const struct rlimit64 __user *unew,
		   struct rlimit64 __user *uold)
{
	struct rlimit64 new, old;
	int err;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	err = prlimit_pid(pid, resource, unew ? &new : NULL, &old);
	if (!err && uold && copy_to_user(uold, &old, sizeof(old)))
		err = -EFAULT;
	return err;
}

/* struct rlimit has the layout of struct rlimit64 on this machine. */
long sys_getrlimit(unsigned int resource, struct rlimit __user *rlim)
{
	struct rlimit64 old;
	int err = do_prlimit(current, resource, NULL, &old);

	return err ? err : copy_to_user(rlim, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_setrlimit(unsigned int resource, const struct rlimit __user *rlim)
{
	struct rlimit64 new;

	if (copy_from_user(&new, rlim, sizeof(new)))
		return -EFAULT;
	return do_prlimit(current, resource, &new, NULL);
}
