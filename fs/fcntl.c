/*
 * fcntl.c - close(2), dup(2), fcntl(2).
 */
#include "internal.h"

long sys_close(unsigned int fd)
{
	return close_fd(fd);
}

static long dup_from(struct file *file, unsigned int from, unsigned int flags)
{
	int fd = get_unused_fd_from(from, flags);

	if (fd >= 0)
		fd_install((unsigned int)fd, get_file(file));
	return fd;
}

long sys_dup(unsigned int fd)
{
	struct fd f = fdget_raw(fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = dup_from(f.file, 0, 0);
	fdput(f);
	return ret;
}

long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	struct fd f;
	long ret;

	if ((flags & ~O_CLOEXEC) || oldfd == newfd)
		return -EINVAL;
	f = fdget_raw(oldfd);
	if (!f.file)
		return -EBADF;
	ret = replace_fd(newfd, f.file, (unsigned int)flags);
	fdput(f);
	return ret;
}

long sys_dup2(unsigned int oldfd, unsigned int newfd)
{
	struct fd f;

	if (oldfd != newfd)
		return sys_dup3(oldfd, newfd, 0);
	f = fdget_raw(oldfd);
	if (!f.file)
		return -EBADF;
	fdput(f);
	return (long)newfd;
}

#define SETFL_MASK	(O_APPEND | O_NONBLOCK | O_NOATIME | FASYNC)

int file_set_flags(struct file *file, unsigned int flags)
{
	if ((flags & O_DIRECT) && !(file->f_flags & O_DIRECT))
		return -EINVAL;
	if ((flags & O_NOATIME) && !(file->f_flags & O_NOATIME) && !inode_owner_or_capable(file->f_inode))
		return -EPERM;
	WRITE_ONCE(file->f_flags, (flags & SETFL_MASK) | (file->f_flags & ~(unsigned int)SETFL_MASK));
	return 0;
}

/* F_SETOWN: a process, or with a minus sign a process group; 0: nobody. */
static long set_owner(struct file *file, long who)
{
	struct pid *pid = NULL, *old;
	bool found = true;

	if (who) {
		spin_lock_irq(&tasklist_lock);
		pid = get_pid(find_pid((pid_t)(who < 0 ? -who : who)));
		spin_unlock_irq(&tasklist_lock);
		found = pid != NULL;
	}
	if (!found)
		return -ESRCH;
	old = xchg(&file->f_owner, pid);
	put_pid(old);
	return 0;
}

/* What O_PATH descriptors can do as well; open(2), "O_PATH". */
static bool allowed_on_path(unsigned int cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC || cmd == F_GETFD || cmd == F_SETFD || cmd == F_GETFL;
}

static long dup_at_least(struct file *file, unsigned long from, unsigned int flags)
{
	if (from >= rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	return dup_from(file, (unsigned int)from, flags);
}

static long do_fcntl(unsigned int fd, struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
		return dup_at_least(file, arg, 0);
	case F_DUPFD_CLOEXEC:
		return dup_at_least(file, arg, O_CLOEXEC);
	case F_GETFD:
		return get_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_close_on_exec(fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return (long)file->f_flags;
	case F_SETFL:
		return file_set_flags(file, (unsigned int)arg);
	case F_GETLK:
		return fcntl_getlk(file, (struct flock __user *)arg);
	case F_SETLK:
	case F_SETLKW:
		return fcntl_setlk(fd, file, cmd, (const struct flock __user *)arg);
	case F_GETOWN:
		return pid_nr(READ_ONCE(file->f_owner));
	case F_SETOWN:
		return set_owner(file, (int)arg);
	case F_GETPIPE_SZ:
		return pipe_get_size(file);
	case F_SETPIPE_SZ:
		return pipe_set_size(file, arg);
	default:
		return -EINVAL;
	}
}

long sys_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget_raw(fd);
	long ret = -EBADF;

	if (!f.file)
		return -EBADF;
	if (!(f.file->f_mode & FMODE_PATH) || allowed_on_path(cmd))
		ret = do_fcntl(fd, f.file, cmd, arg);
	fdput(f);
	return ret;
}
