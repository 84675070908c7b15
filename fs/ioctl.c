/*
 * ioctl.c - ioctl(2): the requests that every file understands, then the driver's own.
 */
#include "internal.h"

static long ioctl_nonblock(struct file *file, const int __user *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	return file_set_flags(file, (file->f_flags & ~(unsigned int)O_NONBLOCK) | (on ? O_NONBLOCK : 0));
}

/* Bytes that can be read from a regular file. */
static long ioctl_fionread(struct file *file, int __user *arg)
{
	loff_t left = (loff_t)READ_ONCE(file->f_inode->i_data.size) - file->f_pos;

	return put_user((int)left, arg);
}

static long driver_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret = file->f_op->ioctl ? file->f_op->ioctl(file, cmd, arg) : -ENOTTY;

	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget(fd);
	long ret = 0;

	if (!f.file)
		return -EBADF;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		set_close_on_exec(fd, cmd == FIOCLEX);
		break;
	case FIONBIO:
		ret = ioctl_nonblock(f.file, (const int __user *)arg);
		break;
	case FIONREAD:
		if (S_ISREG(f.file->f_inode->i_mode)) {
			ret = ioctl_fionread(f.file, (int __user *)arg);
			break;
		}
		fallthrough;
	default:
		ret = driver_ioctl(f.file, cmd, arg);
	}
	fdput(f);
	return ret;
}
