/*
 * pty.c - pseudo-terminals: terminals whose other end is a file. pty(7), ptmx(4), ioctl_tty(2).
 *
 * Opening /dev/ptmx makes a pair: the new file is the master, /dev/pts/N the slave, a terminal like
 * any other with its line discipline and job control. What is written to the master is input of the
 * slave; what the slave shows (programs' output and echo) waits in the pair's ring until the master
 * reads it. Both directions are bounded: writers wait, or get EAGAIN.
 *
 * The master closed: the slave's line is dead (tty_hangup()), its name goes. The last slave closed:
 * readers of the master get EIO after what is left in the ring, until a slave is opened again.
 *
 * A struct pty lives exactly as long as its terminal, which the master, the slaves' files and the
 * session hold. Its number is given back when the last file of either side is closed. Packet mode
 * (TIOCPKT) is refused with EINVAL.
 *
 * Locks: (t) the terminal's tty->lock; pty_lock the numbers.
 */
#include <arch/uaccess.h>
#include <tine/bitmap.h>
#include <tine/err.h>
#include <tine/fs.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "tty_internal.h"

#define MAX_PTYS	4096	/* pairs at a time: the default of Linux's /proc/sys/kernel/pty/max */
#define RING_SIZE	8192	/* power of two */
#define CHUNK		256	/* bytes moved at once through the kernel stack */

struct pty {
	struct tty_struct *tty;		/* constant: the slave, which owns this */
	struct dentry *node;		/* constant while the master is open */
	wait_queue_head_t read_wait;	/* of the master: there is output, or no slave any more */
	wait_queue_head_t write_wait;	/* of the master: the slave takes input again */
	bool locked;			/* (t) unlockpt(3) is still due */
	bool master_open;		/* (t) */
	bool slave_closed;		/* (t) a slave has been open, none is now */
	unsigned int slaves;		/* (t) open files */
	unsigned int head, tail;	/* (t) of the ring: only grow, taken modulo its size */
	unsigned char *ring;		/* (t) RING_SIZE bytes */
};

static DEFINE_SPINLOCK(pty_lock);
static DECLARE_BITMAP(numbers, MAX_PTYS);	/* pty_lock: in use */

static int take_number(void)
{
	unsigned long flags = spin_lock_irqsave(&pty_lock);
	unsigned long nr = find_next_zero_bit(numbers, MAX_PTYS, 0);

	if (nr < MAX_PTYS)
		set_bit(numbers, nr);
	spin_unlock_irqrestore(&pty_lock, flags);
	return nr < MAX_PTYS ? (int)nr : -ENOSPC;
}

static void give_number(int nr)
{
	unsigned long flags = spin_lock_irqsave(&pty_lock);

	clear_bit(numbers, (unsigned long)nr);
	spin_unlock_irqrestore(&pty_lock, flags);
}

/* Both sides are closed: the device number may lead to another pair. */
static void retire(struct pty *pty)
{
	tty_unlist(pty->tty);
	give_number(pty->tty->index);
}

/* ---- the slave: a driver below the line discipline ------------------------------------------ */

static unsigned int slave_write_room(struct tty_struct *tty)
{
	struct pty *pty = tty->driver_data;

	return RING_SIZE - (pty->head - pty->tail);
}

static void slave_write(struct tty_struct *tty, const char *text, size_t len)
{
	struct pty *pty = tty->driver_data;

	len = min_t(size_t, len, slave_write_room(tty));	/* flow control characters come unasked */
	for (size_t i = 0; i < len; i++)
		pty->ring[pty->head++ % RING_SIZE] = text[i];
	wake_up(&pty->read_wait);
}

static void slave_unthrottle(struct tty_struct *tty)
{
	struct pty *pty = tty->driver_data;

	wake_up(&pty->write_wait);
}

static int slave_open(struct tty_struct *tty)
{
	struct pty *pty = tty->driver_data;
	int err = 0;

	spin_lock_irq(&tty->lock);
	if (!pty->master_open || pty->locked) {
		err = -EIO;
	} else {
		pty->slaves++;
		pty->slave_closed = false;
	}
	spin_unlock_irq(&tty->lock);
	return err;
}

static void slave_close(struct tty_struct *tty)
{
	struct pty *pty = tty->driver_data;
	bool last, alone;

	spin_lock_irq(&tty->lock);
	last = --pty->slaves == 0;
	alone = last && !pty->master_open;
	pty->slave_closed = last;
	spin_unlock_irq(&tty->lock);
	if (alone)
		retire(pty);
	else if (last)
		wake_up_all(&pty->read_wait);
}

static void slave_free(struct tty_struct *tty)
{
	struct pty *pty = tty->driver_data;

	kfree(pty->ring);
	kfree(pty);
}

static const struct tty_driver slave_driver = {
	.name = "pts",
	.write = slave_write,
	.write_room = slave_write_room,
	.unthrottle = slave_unthrottle,
	.open = slave_open,
	.close = slave_close,
	.free = slave_free,
	.is_pty = true,
};

/* ---- a new pair ---------------------------------------------------------------------------- */

static struct pty *pty_alloc(void)
{
	struct pty *pty = kzalloc(sizeof(*pty), GFP_KERNEL);

	if (!pty)
		return NULL;
	pty->ring = kmalloc(RING_SIZE, GFP_KERNEL);
	if (!pty->ring) {
		kfree(pty);
		return NULL;
	}
	init_waitqueue_head(&pty->read_wait);
	init_waitqueue_head(&pty->write_wait);
	pty->locked = true;
	pty->master_open = true;
	return pty;
}

/* The pair number @nr, without a node yet. Its one reference is that of the terminal. */
static struct pty *pair_alloc(int nr)
{
	struct pty *pty = pty_alloc();
	struct tty_struct *tty;

	if (!pty)
		return NULL;
	tty = tty_alloc(&slave_driver, nr, PTS_DEV + (dev_t)nr, pty);
	if (!tty) {
		kfree(pty->ring);
		kfree(pty);
		return NULL;
	}
	/* nobody opens it before it is unlocked, so nobody has seen these yet */
	tty->termios.c_cflag &= ~HUPCL;
	pty->tty = tty;
	return pty;
}

static int ptmx_open(struct inode *inode, struct file *file)
{
	struct pty *pty;
	int nr = take_number();

	if (nr < 0)
		return nr;
	pty = pair_alloc(nr);
	if (!pty) {
		give_number(nr);
		return -ENOMEM;
	}
	pty->node = devpts_new((unsigned int)nr, pty->tty->dev);
	if (IS_ERR(pty->node)) {
		int err = PTR_ERR(pty->node);

		retire(pty);
		tty_put(pty->tty);
		return err;
	}
	file->private_data = pty;
	return 0;
}

static void ptmx_release(struct inode *inode, struct file *file)
{
	struct pty *pty = file->private_data;
	struct tty_struct *tty = pty->tty;
	bool alone;

	devpts_kill(pty->node);
	spin_lock_irq(&tty->lock);
	pty->master_open = false;
	tty->gone = true;
	alone = pty->slaves == 0;
	pty->head = pty->tail;		/* who waits for room is cut off, and finds it until then */
	spin_unlock_irq(&tty->lock);
	tty_hangup(tty, false);
	if (alone)
		retire(pty);
	tty_put(tty);
}

/* ---- the master as a file ------------------------------------------------------------------ */

/* Up to @size bytes of output; -EIO with none, and no slave that could make any; -EAGAIN with none yet. */
static ssize_t take_output(struct pty *pty, char *buf, size_t size)
{
	ssize_t ret = 0;

	spin_lock_irq(&pty->tty->lock);
	while ((size_t)ret < size && pty->tail != pty->head)
		buf[ret++] = pty->ring[pty->tail++ % RING_SIZE];
	if (!ret)
		ret = pty->slave_closed ? -EIO : -EAGAIN;
	spin_unlock_irq(&pty->tty->lock);
	return ret;
}

static unsigned int output_length(struct pty *pty)
{
	unsigned int n;

	spin_lock_irq(&pty->tty->lock);
	n = pty->head - pty->tail;
	spin_unlock_irq(&pty->tty->lock);
	return n;
}

static ssize_t ptmx_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct pty *pty = file->private_data;
	char chunk[CHUNK];
	size_t done = 0;
	ssize_t n = 0;

	while (done < count) {
		n = take_output(pty, chunk, min(count - done, sizeof(chunk)));
		if (n == -EAGAIN && !done && !(file->f_flags & O_NONBLOCK))
			n = wait_event_interruptible(pty->read_wait, output_length(pty) || READ_ONCE(pty->slave_closed));
		else if (n > 0 && copy_to_user(buf + done, chunk, (size_t)n))
			n = -EFAULT;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	if (done)
		tty_wakeup(pty->tty);
	return done ? (ssize_t)done : n;
}

/* Bytes that the slave took as input, which are less than @len only with *@err set. */
static size_t give_input(struct pty *pty, bool nonblock, const unsigned char *data, size_t len, int *err)
{
	size_t done = 0, n;

	while (done < len && !*err) {
		n = tty_input(pty->tty, data + done, len - done);
		done += n;
		if (n)
			continue;
		*err = -EAGAIN;
		if (!nonblock)
			*err = wait_event_interruptible(pty->write_wait, tty_input_room(pty->tty));
	}
	return done;
}

static ssize_t ptmx_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct pty *pty = file->private_data;
	unsigned char chunk[CHUNK];
	size_t done = 0;
	int err = 0;

	while (done < count && !err) {
		size_t n = min(count - done, sizeof(chunk));

		if (copy_from_user(chunk, buf + done, n))
			err = -EFAULT;
		else
			done += give_input(pty, file->f_flags & O_NONBLOCK, chunk, n, &err);
	}
	return done ? (ssize_t)done : err;
}

static unsigned int ptmx_poll(struct file *file, struct poll_table *pt)
{
	struct pty *pty = file->private_data;
	unsigned int mask = 0;

	poll_wait(file, &pty->read_wait, pt);
	poll_wait(file, &pty->write_wait, pt);
	if (output_length(pty))
		mask |= POLLIN | POLLRDNORM;
	if (READ_ONCE(pty->slave_closed))
		mask |= POLLHUP;
	if (tty_input_room(pty->tty))
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}

/* ---- requests ------------------------------------------------------------------------------ */

static int set_lock(struct pty *pty, const int __user *arg)
{
	int lock;

	if (get_user(lock, arg))
		return -EFAULT;
	spin_lock_irq(&pty->tty->lock);
	pty->locked = lock != 0;
	spin_unlock_irq(&pty->tty->lock);
	return 0;
}

/* TIOCGPTPEER: open the slave without needing its name. */
static int open_peer(struct pty *pty, int flags)
{
	struct file *file;
	int fd;

	if (flags & ~(O_ACCMODE | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = devpts_open(pty->node, flags);
	if (IS_ERR(file)) {
		put_unused_fd((unsigned int)fd);
		return PTR_ERR(file);
	}
	fd_install((unsigned int)fd, file);
	return fd;
}

static int set_packet_mode(const int __user *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	return on ? -EINVAL : 0;
}

/* TIOCSIG: a signal to the foreground group. */
static int signal_front(struct pty *pty, unsigned long sig)
{
	if (sig < 1 || sig > _NSIG)
		return -EINVAL;
	tty_signal_pgrp(pty->tty, (int)sig);
	return 0;
}

/* TCFLSH: the master's input is the ring. Its output has gone to the slave already. */
static int flush_master(struct pty *pty, unsigned long which)
{
	if (which != TCIFLUSH && which != TCOFLUSH && which != TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH) {
		spin_lock_irq(&pty->tty->lock);
		pty->tail = pty->head;
		spin_unlock_irq(&pty->tty->lock);
		tty_wakeup(pty->tty);
	}
	return 0;
}

/* What a master has of a terminal, most of it its slave's; job control does not concern it. */
static long terminal_ioctl(struct pty *pty, struct file *file, unsigned int cmd, unsigned long arg)
{
	int __user *p = (int __user *)arg;

	switch (cmd) {
	case TCGETS:
	case TCSETS:
	case TIOCGWINSZ:
	case TIOCSWINSZ:
	case TIOCGETD:
		return tty_mode_ioctl(pty->tty, cmd, arg);
	case TCSETSW:		/* what the master wrote has gone; it must not wait for what it shall read */
	case TCSETSF:
		if (cmd == TCSETSF)
			flush_master(pty, TCIFLUSH);
		return tty_mode_ioctl(pty->tty, TCSETS, arg);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	case TCFLSH:
		return flush_master(pty, arg);
	case FIONREAD:
		return put_user((int)output_length(pty), p);
	case TIOCOUTQ:
		return put_user(0, p);
	case TIOCGPGRP:
		return tiocgpgrp(pty->tty, p, true);
	case TIOCSPGRP:
		return tiocspgrp(pty->tty, p);
	case TIOCGSID:
		return tiocgsid(pty->tty, p, true);
	case TIOCSCTTY:
		return tiocsctty(pty->tty, file, arg);
	}
	return -ENOTTY;
}

static long ptmx_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pty *pty = file->private_data;
	int __user *p = (int __user *)arg;

	switch (cmd) {
	case TIOCGPTN:
		return put_user((unsigned int)pty->tty->index, (unsigned int __user *)p);
	case TIOCSPTLCK:
		return set_lock(pty, p);
	case TIOCGPTLCK:
		return put_user((int)READ_ONCE(pty->locked), p);
	case TIOCGPTPEER:
		return open_peer(pty, (int)arg);
	case TIOCPKT:
		return set_packet_mode(p);
	case TIOCGPKT:
		return put_user(0, p);
	case TIOCSIG:
		return signal_front(pty, arg);
	}
	return terminal_ioctl(pty, file, cmd, arg);
}

static const struct file_operations ptmx_file_operations = {
	.read = ptmx_read,
	.write = ptmx_write,
	.ioctl = ptmx_ioctl,
	.poll = ptmx_poll,
	.open = ptmx_open,
	.release = ptmx_release,
};

void pty_init(void)
{
	register_chrdev("ptmx", PTMX_DEV, 0666, &ptmx_file_operations);
	register_chrdev_range(PTS_DEV, MAX_PTYS, &tty_file_operations);
}
