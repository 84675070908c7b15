/*
 * pidfd.c - a descriptor that names one process for good: pidfd_open(2), pidfd_send_signal(2),
 * CLONE_PIDFD of clone(2).
 *
 * The file holds a reference to the struct pid of the thread group's leader. The number may be
 * given again after the process is reaped; the struct pid never, so the descriptor then names
 * nobody, and not a stranger. It is readable for poll(2) when all threads have exited.
 *
 * Locks: tasklist_lock to look from the pid to the task. Order of poll: the caller is on wait_pidfd
 * before it looks; do_notify_parent() wakes that queue after exit_state is set.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/pidfd.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#include "signal_internal.h"

static void pidfd_release(struct inode *inode, struct file *file)
{
	put_pid(file->private_data);
}

static bool thread_group_exited(struct pid *pid)
{
	struct task_struct *p;
	bool exited;

	spin_lock_irq(&tasklist_lock);
	p = pid_task(pid, PIDTYPE_PID);
	exited = !p || (p->exit_state && thread_group_empty(p));
	spin_unlock_irq(&tasklist_lock);
	return exited;
}

static unsigned int pidfd_poll(struct file *file, struct poll_table *pt)
{
	struct pid *pid = file->private_data;

	poll_wait(file, &pid->wait_pidfd, pt);
	return thread_group_exited(pid) ? POLLIN | POLLRDNORM : 0;
}

/* -1: it has been waited for. */
static void pidfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct pid *pid = file->private_data;
	pid_t nr;

	spin_lock_irq(&tasklist_lock);
	nr = pid_task(pid, PIDTYPE_PID) ? pid_nr(pid) : -1;
	spin_unlock_irq(&tasklist_lock);
	seq_printf(m, "Pid:\t%d\nNSpid:\t%d\n", nr, nr);
}

static const struct file_operations pidfd_fops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.show_fdinfo = pidfd_show_fdinfo,
};

/* An open file for @pid, of which it takes a reference of its own. ERR_PTR(-ENOMEM). */
static struct file *pidfd_file(struct pid *pid, unsigned int flags)
{
	struct file *file = anon_inode_getfile("[pidfd]", &pidfd_fops, pid, O_RDWR | (flags & O_NONBLOCK));

	if (!IS_ERR(file))
		get_pid(pid);
	return file;
}

struct pid *pidfd_get_pid(unsigned int fd, unsigned int *flags)
{
	struct file *file = fget(fd);
	struct pid *pid = ERR_PTR(-EBADF);

	if (!file)
		return pid;
	if (file->f_op == &pidfd_fops) {
		pid = get_pid(file->private_data);
		*flags = READ_ONCE(file->f_flags);
	}
	fput(file);
	return pid;
}

/* ---- pidfd_open(2) ------------------------------------------------------------------------ */

/* The process with this number, with a reference. -ESRCH; -EINVAL for a thread that leads no group. */
static struct pid *get_process_pid(pid_t nr)
{
	struct pid *pid;

	spin_lock_irq(&tasklist_lock);
	pid = find_pid(nr);
	if (!pid)
		pid = ERR_PTR(-ESRCH);
	else if (!pid_task(pid, PIDTYPE_TGID))
		pid = ERR_PTR(-EINVAL);
	else
		get_pid(pid);
	spin_unlock_irq(&tasklist_lock);
	return pid;
}

long sys_pidfd_open(pid_t nr, unsigned int flags)
{
	struct file *file;
	struct pid *pid;
	int fd;

	if ((flags & ~(unsigned int)PIDFD_NONBLOCK) || nr <= 0)
		return -EINVAL;
	pid = get_process_pid(nr);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd >= 0) {
		file = pidfd_file(pid, flags);
		if (IS_ERR(file)) {
			put_unused_fd((unsigned int)fd);
			fd = (int)PTR_ERR(file);
		} else {
			fd_install((unsigned int)fd, file);
		}
	}
	put_pid(pid);
	return fd;
}

/* ---- pidfd_send_signal(2) ----------------------------------------------------------------- */

static int copy_pidfd_info(siginfo_t *info, const siginfo_t __user *uinfo, int sig, struct pid *pid)
{
	if (copy_from_user(info, uinfo, sizeof(*info)))
		return -EFAULT;
	if (info->si_signo != sig)
		return -EINVAL;
	/* nobody may pretend to be the kernel or kill(2) towards others */
	if (pid != current->thread_pid && (info->si_code >= 0 || info->si_code == SI_TKILL))
		return -EPERM;
	return 0;
}

long sys_pidfd_send_signal(int fd, int sig, siginfo_t __user *uinfo, unsigned int flags)
{
	siginfo_t info, *what = SEND_SIG_NOINFO;
	unsigned int fd_flags;
	struct pid *pid;
	int err = 0;

	if (flags)
		return -EINVAL;
	pid = pidfd_get_pid((unsigned int)fd, &fd_flags);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	if (uinfo) {
		err = copy_pidfd_info(&info, uinfo, sig, pid);
		what = &info;
	}
	if (!err) {
		spin_lock_irq(&tasklist_lock);
		err = send_checked(sig, what, pid_task(pid, PIDTYPE_PID), PIDTYPE_TGID);
		spin_unlock_irq(&tasklist_lock);
	}
	put_pid(pid);
	return err;
}

/* ---- CLONE_PIDFD -------------------------------------------------------------------------- */

int copy_pidfd(struct task_struct *p, const struct kernel_clone_args *args)
{
	int fd;

	p->pidfd_file = NULL;
	if (!(args->flags & CLONE_PIDFD))
		return 0;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	p->pidfd = (unsigned int)fd;
	p->pidfd_file = pidfd_file(p->thread_pid, 0);
	if (IS_ERR(p->pidfd_file)) {
		p->pidfd_file = NULL;
		put_unused_fd(p->pidfd);
		return -ENOMEM;
	}
	if (put_user(fd, args->pidfd)) {
		put_pidfd(p);
		return -EFAULT;
	}
	return 0;
}

void put_pidfd(struct task_struct *p)
{
	if (!p->pidfd_file)
		return;
	put_unused_fd(p->pidfd);
	fput(p->pidfd_file);
	p->pidfd_file = NULL;
}

void install_pidfd(struct task_struct *p)
{
	if (!p->pidfd_file)
		return;
	fd_install(p->pidfd, p->pidfd_file);
	p->pidfd_file = NULL;
}
