/*
 * signalfd.c - pending signals read from a descriptor: signalfd(2).
 *
 * A file holds nothing but a mask. Who reads or polls it sees the signals that are pending for the
 * reader, whoever opened it. Senders wake sighand->signalfd_wqh.
 */
#include "internal.h"

#include <tine/signal.h>
#include <tine/wait.h>

struct signalfd {
	sigset_t mask;			/* atomic; what is wanted */
};

/* A pending signal of ours that @s wants; 0: none. */
static int signalfd_take(struct signalfd *s, siginfo_t *info)
{
	int sig;

	spin_lock_irq(&current->sighand->siglock);
	sig = dequeue_signal(current, ~READ_ONCE(s->mask), info);
	spin_unlock_irq(&current->sighand->siglock);
	return sig;
}

/* Which fields of the siginfo count depends on where the signal came from: sigaction(2). */
static void fill_by_source(struct signalfd_siginfo *to, const siginfo_t *info)
{
	switch (siginfo_layout(info->si_signo, info->si_code)) {
	case SIL_KILL:
		to->ssi_pid = (u32)info->si_pid;
		to->ssi_uid = info->si_uid;
		break;
	case SIL_TIMER:
		to->ssi_tid = (u32)info->si_tid;
		to->ssi_overrun = (u32)info->si_overrun;
		to->ssi_ptr = (u64)info->si_ptr;
		to->ssi_int = info->si_int;
		break;
	case SIL_POLL:
		to->ssi_band = (u32)info->si_band;
		to->ssi_fd = info->si_fd;
		break;
	case SIL_FAULT:
		to->ssi_addr = (u64)info->si_addr;
		break;
	case SIL_CHLD:
		to->ssi_pid = (u32)info->si_pid;
		to->ssi_uid = info->si_uid;
		to->ssi_status = info->si_status;
		to->ssi_utime = (u64)info->si_utime;
		to->ssi_stime = (u64)info->si_stime;
		break;
	case SIL_RT:
		to->ssi_pid = (u32)info->si_pid;
		to->ssi_uid = info->si_uid;
		to->ssi_ptr = (u64)info->si_ptr;
		to->ssi_int = info->si_int;
		break;
	}
}

static int put_info(struct signalfd_siginfo __user *user, const siginfo_t *info)
{
	struct signalfd_siginfo to;

	memset(&to, 0, sizeof(to));
	to.ssi_signo = (u32)info->si_signo;
	to.ssi_errno = info->si_errno;
	to.ssi_code = info->si_code;
	fill_by_source(&to, info);
	return copy_to_user(user, &to, sizeof(to)) ? -EFAULT : 0;
}

/* Wait for the first only; what else is there comes along. */
static ssize_t signalfd_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct signalfd_siginfo __user *user = (struct signalfd_siginfo __user *)buf;
	struct signalfd *s = file->private_data;
	size_t room = count / sizeof(*user), done;
	siginfo_t info;
	int err = 0;

	if (!room)
		return -EINVAL;
	for (done = 0; done < room && !err; done++) {
		if (!signalfd_take(s, &info)) {
			if (done)
				break;
			if (file->f_flags & O_NONBLOCK)
				return -EAGAIN;
			err = wait_event_interruptible(current->sighand->signalfd_wqh, signalfd_take(s, &info));
			if (err)
				return err;
		}
		err = put_info(&user[done], &info);
		if (err)
			break;
	}
	return done ? (ssize_t)(done * sizeof(*user)) : err;
}

static unsigned int signalfd_poll(struct file *file, struct poll_table *pt)
{
	struct signalfd *s = file->private_data;
	sigset_t pending;

	poll_wait(file, &current->sighand->signalfd_wqh, pt);
	spin_lock_irq(&current->sighand->siglock);
	pending = current->pending.signal | current->signal->shared_pending.signal;
	spin_unlock_irq(&current->sighand->siglock);
	return pending & READ_ONCE(s->mask) ? POLLIN : 0;
}

static void signalfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
}

static void signalfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct signalfd *s = file->private_data;

	seq_printf(m, "sigmask:\t%016lx\n", READ_ONCE(s->mask));
}

static const struct file_operations signalfd_fops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.show_fdinfo = signalfd_show_fdinfo,
	.llseek = noop_llseek,
};

static int signalfd_new(sigset_t mask, int flags)
{
	struct signalfd *s = kmalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->mask = mask;
	return anon_inode_getfd("[signalfd]", &signalfd_fops, s, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
}

/* Another mask for a file that there is. */
static int signalfd_change(int fd, sigset_t mask)
{
	struct fd f = fdget((unsigned int)fd);
	int ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	if (f.file->f_op == &signalfd_fops) {
		struct signalfd *s = f.file->private_data;

		WRITE_ONCE(s->mask, mask);
		wake_up_all(&current->sighand->signalfd_wqh);
		ret = fd;
	}
	fdput(f);
	return ret;
}

long sys_signalfd4(int fd, const sigset_t __user *umask, size_t size, int flags)
{
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, umask))
		return -EFAULT;
	if (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	mask &= ~SIG_KERNEL_ONLY;
	return fd == -1 ? signalfd_new(mask, flags) : signalfd_change(fd, mask);
}

long sys_signalfd(int fd, const sigset_t __user *umask, size_t size)
{
	return sys_signalfd4(fd, umask, size, 0);
}
