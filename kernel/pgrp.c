/*
 * pgrp.c - process ids, process groups and sessions: getpid(2), getppid(2), setpgid(2),
 * setsid(2), credentials(7).
 *
 * Groups and sessions are lists on a struct pid, changed and read under tasklist_lock.
 */
#include <tine/sched.h>
#include <tine/syscalls.h>
#include <tine/tty.h>

long sys_getpid(void)
{
	return current->tgid;
}

long sys_gettid(void)
{
	return current->pid;
}

long sys_getppid(void)
{
	return READ_ONCE(current->ppid);	/* a number, not the parent: that may be gone before it is read */
}

static long get_id(pid_t nr, enum pid_type type)
{
	struct task_struct *p;
	long ret = -ESRCH;

	spin_lock_irq(&tasklist_lock);
	p = nr ? find_task_by_vpid(nr) : current;
	if (p)
		ret = pid_nr(p->signal->pids[type]);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

long sys_getpgid(pid_t pid)
{
	return get_id(pid, PIDTYPE_PGID);
}

long sys_getpgrp(void)
{
	return get_id(0, PIDTYPE_PGID);
}

long sys_getsid(pid_t pid)
{
	return get_id(pid, PIDTYPE_SID);
}

/* May the caller move @p to another group at all? tasklist_lock held. */
static int check_setpgid(struct task_struct *p)
{
	struct task_struct *self = current->group_leader;

	if (!p || !thread_group_leader(p))
		return p ? -EINVAL : -ESRCH;
	if (p->real_parent->signal == self->signal) {
		if (p->signal->pids[PIDTYPE_SID] != self->signal->pids[PIDTYPE_SID])
			return -EPERM;
		if (!(p->flags & PF_FORKNOEXEC))	/* it has begun a life of its own */
			return -EACCES;
	} else if (p != self) {
		return -ESRCH;
	}
	return p->signal->leader ? -EPERM : 0;
}

/* tasklist_lock held. */
static int do_setpgid(struct task_struct *p, pid_t pgid)
{
	struct pid *group = p->thread_pid;
	int err = check_setpgid(p);

	if (err)
		return err;
	if (pgid != p->pid) {
		struct task_struct *member;

		group = find_pid(pgid);
		member = pid_task(group, PIDTYPE_PGID);
		if (!member || member->signal->pids[PIDTYPE_SID] != current->signal->pids[PIDTYPE_SID])
			return -EPERM;
	}
	change_pid(p, PIDTYPE_PGID, group);
	return 0;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
	struct task_struct *p;
	int err = -ESRCH;

	if (pgid < 0)
		return -EINVAL;
	if (!pid)
		pid = current->tgid;
	if (!pgid)
		pgid = pid;
	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(pid);
	if (p)
		err = do_setpgid(p, pgid);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

long sys_setsid(void)
{
	struct task_struct *self = current->group_leader;
	struct tty_struct *tty = NULL;
	long ret = -EPERM;

	spin_lock_irq(&tasklist_lock);
	/* a group of this number may still have members: then it cannot be a new session's */
	if (!self->signal->leader && !pid_task(self->thread_pid, PIDTYPE_PGID)) {
		spin_lock(&current->sighand->siglock);
		self->signal->leader = true;
		tty = self->signal->tty;
		self->signal->tty = NULL;
		spin_unlock(&current->sighand->siglock);
		change_pid(self, PIDTYPE_SID, self->thread_pid);
		change_pid(self, PIDTYPE_PGID, self->thread_pid);
		ret = self->pid;
	}
	spin_unlock_irq(&tasklist_lock);
	tty_put(tty);
	return ret;
}
