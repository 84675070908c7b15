/*
 * tty.c - terminals as files, and the way of input from a driver to a reader.
 *
 * A driver owns a tty_struct and calls tty_input(); programs hold tty_files, one for each open.
 * The line discipline (ldisc.c) runs under tty->lock and only computes; this file sleeps, wakes
 * and moves bytes to and from user memory, always with the lock released. A pseudo-terminal is
 * another tty_driver, whose write() fills the ring of its master (pty.c).
 *
 * Hanging up (vhangup(2), the session leader's exit) bumps tty->hangups: files opened before then
 * read end of file and refuse to write, files opened later work. /dev/console is exempt.
 *
 * Locks: ttys_lock guards the list of terminals. tty->lock: see tty.h.
 */
#include <arch/uaccess.h>
#include <tine/err.h>
#include <tine/fs.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "tty_internal.h"

#define CHUNK	256	/* bytes moved at once through the kernel stack */

static DEFINE_SPINLOCK(ttys_lock);
static LIST_HEAD(ttys);

/* As a line comes up on Linux: termios(3), "Canonical and noncanonical mode", and stty(1). */
static const struct termios default_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = 'C' & 0x1f, [VQUIT] = '\\' & 0x1f, [VERASE] = 0x7f, [VKILL] = 'U' & 0x1f,
		[VEOF] = 'D' & 0x1f, [VTIME] = 0, [VMIN] = 1, [VSTART] = 'Q' & 0x1f, [VSTOP] = 'S' & 0x1f,
		[VSUSP] = 'Z' & 0x1f, [VREPRINT] = 'R' & 0x1f, [VDISCARD] = 'O' & 0x1f,
		[VWERASE] = 'W' & 0x1f, [VLNEXT] = 'V' & 0x1f,
	},
};

/* ---- terminals ---------------------------------------------------------------------------- */

struct tty_struct *tty_alloc(const struct tty_driver *driver, int index, dev_t dev, void *driver_data)
{
	struct tty_struct *tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	unsigned long flags;

	if (!tty)
		return NULL;
	tty->driver = driver;
	tty->index = index;
	tty->dev = dev;
	tty->driver_data = driver_data;
	refcount_set(&tty->count, 1);
	spin_lock_init(&tty->lock);
	tty->termios = default_termios;
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	flags = spin_lock_irqsave(&ttys_lock);
	list_add_tail(&tty->link, &ttys);
	spin_unlock_irqrestore(&ttys_lock, flags);
	return tty;
}

struct tty_struct *tty_get(struct tty_struct *tty)
{
	if (tty)
		refcount_inc(&tty->count);
	return tty;
}

void tty_unlist(struct tty_struct *tty)
{
	unsigned long flags = spin_lock_irqsave(&ttys_lock);

	list_del_init(&tty->link);
	spin_unlock_irqrestore(&ttys_lock, flags);
}

void tty_put(struct tty_struct *tty)
{
	if (!tty || !refcount_dec_and_test(&tty->count))
		return;
	tty_unlist(tty);
	put_pid(tty->session);
	put_pid(tty->pgrp);
	if (tty->driver->free)
		tty->driver->free(tty);
	kfree(tty);
}

static struct tty_struct *find_tty(dev_t dev)
{
	struct tty_struct *tty, *found = NULL;
	unsigned long flags = spin_lock_irqsave(&ttys_lock);

	list_for_each_entry(tty, &ttys, link) {
		if (tty->dev == dev && refcount_inc_not_zero(&tty->count)) {
			found = tty;
			break;
		}
	}
	spin_unlock_irqrestore(&ttys_lock, flags);
	return found;
}

/* ---- from and to the driver --------------------------------------------------------------- */

unsigned int tty_input_room(struct tty_struct *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	unsigned int room = ldisc_room(tty);

	spin_unlock_irqrestore(&tty->lock, flags);
	return room;
}

/* Digest input until it ends, no room is left, or a signal is due (returned in *@sig). */
static size_t receive_some(struct tty_struct *tty, const unsigned char *data, size_t len, int *sig)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	bool was_stopped = tty->stopped, wake_writers, wake_readers;
	size_t n = 0;

	for (*sig = 0; n < len && !*sig && ldisc_room(tty); n++)
		*sig = ldisc_receive(tty, data[n]);
	wake_writers = was_stopped && !tty->stopped;
	wake_readers = ldisc_readable(tty, 1);
	spin_unlock_irqrestore(&tty->lock, flags);

	if (wake_writers)
		wake_up(&tty->write_wait);
	if (wake_readers)
		wake_up(&tty->read_wait);
	return n;
}

size_t tty_input(struct tty_struct *tty, const unsigned char *data, size_t len)
{
	size_t taken = 0, n;
	int sig;

	do {
		n = receive_some(tty, data + taken, len - taken, &sig);
		taken += n;
		if (sig)
			tty_signal_pgrp(tty, sig);
	} while (n && taken < len);
	return taken;
}

void tty_wakeup(struct tty_struct *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);

	if (!tty->stopped)
		ldisc_start(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	wake_up(&tty->write_wait);
}

void tty_cut_off(struct tty_struct *tty)
{
	spin_lock_irq(&tty->lock);
	ldisc_flush_input(tty);
	ldisc_flush_output(tty);
	ldisc_start(tty);
	spin_unlock_irq(&tty->lock);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
	if (tty->driver->unthrottle)
		tty->driver->unthrottle(tty);
}

/* ---- open and close ----------------------------------------------------------------------- */

/* The terminal that a device number leads to, with a reference; ENXIO without one. tty(4), console(4) */
static struct tty_struct *tty_of_device(dev_t dev)
{
	struct tty_struct *tty;

	if (dev == TTY_DEV)
		tty = get_current_tty();
	else if (dev == CONSOLE_DEV)
		tty = tty_get(console_tty());
	else
		tty = find_tty(dev);
	return tty ? tty : ERR_PTR(-ENXIO);
}

static int tty_open(struct inode *inode, struct file *file)
{
	struct tty_struct *tty = tty_of_device(inode->i_rdev);
	struct tty_file *tf;
	int err = 0;

	if (IS_ERR(tty))
		return PTR_ERR(tty);
	tf = kmalloc(sizeof(*tf), GFP_KERNEL);
	if (!tf)
		err = -ENOMEM;
	else if (tty->driver->open)
		err = tty->driver->open(tty);
	if (err) {
		kfree(tf);
		tty_put(tty);
		return err;
	}
	tf->tty = tty;
	tf->hangups = READ_ONCE(tty->hangups);
	tf->console = inode->i_rdev == CONSOLE_DEV;
	file->private_data = tf;
	if (!tf->console && !(file->f_flags & O_NOCTTY) && (file->f_mode & FMODE_READ))
		tty_open_ctty(tty);
	return 0;
}

static void tty_release(struct inode *inode, struct file *file)
{
	struct tty_file *tf = file->private_data;

	if (tf->tty->driver->close)
		tf->tty->driver->close(tf->tty);
	tty_put(tf->tty);
	kfree(tf);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* @last: nothing more will be read after @size bytes. */
static size_t take_input(struct tty_struct *tty, char *buf, size_t size, bool last, bool *end)
{
	unsigned int before, after;
	size_t n;

	spin_lock_irq(&tty->lock);
	before = ldisc_room(tty);
	n = ldisc_read(tty, buf, size, end);
	if (last && n == size && !*end)
		ldisc_skip_eof(tty);
	after = ldisc_room(tty);
	spin_unlock_irq(&tty->lock);
	if (after > before && tty->driver->unthrottle)
		tty->driver->unthrottle(tty);
	return n;
}

static bool tty_readable(struct tty_struct *tty, unsigned int minimum)
{
	bool readable;

	spin_lock_irq(&tty->lock);
	readable = ldisc_readable(tty, minimum);
	spin_unlock_irq(&tty->lock);
	return readable;
}

/*
 * Until when a read that began at @start and has @done bytes goes on waiting for more: a time, 0
 * for not at all, KTIME_MAX for ever. termios(3), MIN and TIME.
 */
static ktime_t read_deadline(const struct tty_struct *tty, size_t done, ktime_t start)
{
	unsigned char minimum = tty->termios.c_cc[VMIN];
	ktime_t time = tty->termios.c_cc[VTIME] * (NSEC_PER_SEC / 10);

	if (tty->termios.c_lflag & ICANON)
		return done ? 0 : KTIME_MAX;
	if (!minimum)
		return done || !time ? 0 : start + time;
	if (done >= minimum)
		return 0;
	return done && time ? ktime_get() + time : KTIME_MAX;
}

/* 0 when there is input or a hang-up; -ETIME at @deadline, -ERESTARTSYS for a signal. */
static int wait_for_input(struct tty_file *tf, ktime_t deadline)
{
	struct tty_struct *tty = tf->tty;
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait(&tty->read_wait, &wait, TASK_INTERRUPTIBLE);
		if (tty_readable(tty, 1) || tty_hung_up(tf))
			break;
		if (signal_pending(current))
			err = -ERESTARTSYS;
		else if (schedule_timeout_until(deadline))
			err = -ETIME;
		if (err)
			break;
	}
	finish_wait(&tty->read_wait, &wait);
	return err;
}

/* Read into @buf until a line ends or what termios demands is there; bytes done, or -errno. */
static ssize_t read_input(struct tty_file *tf, bool nonblock, char __user *buf, size_t count)
{
	ktime_t start = ktime_get(), deadline;
	char chunk[CHUNK];
	size_t done = 0, n;
	bool end = false;
	int err = 0;

	while (done < count && !end && !err && !tty_hung_up(tf)) {
		n = min(count - done, sizeof(chunk));
		n = take_input(tf->tty, chunk, n, n == count - done, &end);
		if (copy_to_user(buf + done, chunk, n)) {
			err = -EFAULT;
		} else if (n || end) {
			done += n;
		} else {
			deadline = read_deadline(tf->tty, done, start);
			if (!deadline)
				break;
			err = nonblock ? -EAGAIN : wait_for_input(tf, deadline);
		}
	}
	if (done)
		return done;
	if (!err && READ_ONCE(tf->tty->gone))
		err = -EIO;		/* only for who has waited: later reads are at the end */
	return err == -ETIME ? 0 : err;
}

static ssize_t tty_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct tty_file *tf = file->private_data;
	int err;

	if (tty_hung_up(tf))
		return 0;
	err = tf->console ? 0 : tty_check_change(tf->tty, SIGTTIN);
	return err ? err : read_input(tf, file->f_flags & O_NONBLOCK, buf, count);
}

/* ---- writing ------------------------------------------------------------------------------ */

static size_t put_output(struct tty_struct *tty, const char *text, size_t len)
{
	size_t n;

	spin_lock_irq(&tty->lock);
	n = ldisc_write(tty, text, len);
	spin_unlock_irq(&tty->lock);
	return n;
}

static bool tty_writable(struct tty_struct *tty)
{
	bool writable;

	spin_lock_irq(&tty->lock);
	writable = ldisc_writable(tty);
	spin_unlock_irq(&tty->lock);
	return writable;
}

/* Bytes written, which are less than @len only with *@err set. */
static size_t write_chunk(struct tty_file *tf, bool nonblock, const char *text, size_t len, int *err)
{
	struct tty_struct *tty = tf->tty;
	size_t done = 0, n;

	while (done < len && !*err) {
		n = put_output(tty, text + done, len - done);
		done += n;
		if (n)
			continue;
		if (nonblock)
			*err = -EAGAIN;
		else
			*err = wait_event_interruptible(tty->write_wait, tty_writable(tty) || tty_hung_up(tf));
		if (tty_hung_up(tf))
			*err = -EIO;
	}
	return done;
}

static ssize_t tty_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct tty_file *tf = file->private_data;
	bool nonblock = file->f_flags & O_NONBLOCK;
	char chunk[CHUNK];
	size_t done = 0;
	int err = 0;

	if (tty_hung_up(tf))
		return -EIO;
	if (!tf->console && (tf->tty->termios.c_lflag & TOSTOP))
		err = tty_check_change(tf->tty, SIGTTOU);
	while (done < count && !err) {
		size_t n = min(count - done, sizeof(chunk));

		if (copy_from_user(chunk, buf + done, n))
			err = -EFAULT;
		else
			done += write_chunk(tf, nonblock, chunk, n, &err);
	}
	return done ? (ssize_t)done : err;
}

/* ---- poll --------------------------------------------------------------------------------- */

static unsigned int tty_poll(struct file *file, struct poll_table *pt)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	const unsigned char *cc = tty->termios.c_cc;
	unsigned int mask = 0;

	poll_wait(file, &tty->read_wait, pt);
	poll_wait(file, &tty->write_wait, pt);
	if (tty_hung_up(tf))
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
	/* a read that would wait for VMIN bytes without a timer is not ready before */
	if (tty_readable(tty, !cc[VTIME] && cc[VMIN] ? cc[VMIN] : 1))
		mask |= POLLIN | POLLRDNORM;
	if (tty_writable(tty))
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}

const struct file_operations tty_file_operations = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.open = tty_open,
	.release = tty_release,
};
