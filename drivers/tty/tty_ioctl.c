/*
 * tty_ioctl.c - the requests of ioctl_tty(2).
 *
 * What changes a terminal is refused to background groups as SIGTTOU demands, see
 * tty_check_change(). Pure questions and SIGWINCH's sizes are free for all.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/sched.h>
#include <tine/string.h>

#include "tty_internal.h"

#define N_TTY_LDISC	0	/* number of the one line discipline there is */

static int get_termios(struct tty_struct *tty, struct termios __user *arg)
{
	struct termios copy;

	spin_lock_irq(&tty->lock);
	copy = tty->termios;
	spin_unlock_irq(&tty->lock);
	return copy_to_user(arg, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static unsigned int queue_length(struct tty_struct *tty, unsigned int cmd)
{
	unsigned int n;

	spin_lock_irq(&tty->lock);
	n = cmd == FIONREAD ? ldisc_inq(tty) : ldisc_outq(tty);
	spin_unlock_irq(&tty->lock);
	return n;
}

/* Wait until all output is sent. tcdrain(3) */
static int drain_output(struct tty_struct *tty)
{
	return wait_event_interruptible(tty->write_wait, queue_length(tty, TIOCOUTQ) == 0);
}

/* TCSETS at once; TCSETSW after all output; TCSETSF also forgets input. */
static int set_termios(struct tty_struct *tty, const struct termios __user *arg, unsigned int cmd)
{
	bool flush = cmd == TCSETSF;
	struct termios new;
	int err;

	if (copy_from_user(&new, arg, sizeof(new)))
		return -EFAULT;
	err = cmd == TCSETS ? 0 : drain_output(tty);
	if (err)
		return err;
	new.c_line = N_TTY_LDISC;
	spin_lock_irq(&tty->lock);
	if (flush)
		ldisc_flush_input(tty);
	ldisc_set_termios(tty, &new);
	spin_unlock_irq(&tty->lock);
	/* who waits may now have what it waits for */
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
	if (flush && tty->driver->unthrottle)
		tty->driver->unthrottle(tty);
	return 0;
}

static int get_winsize(struct tty_struct *tty, struct winsize __user *arg)
{
	struct winsize copy;

	spin_lock_irq(&tty->lock);
	copy = tty->winsize;
	spin_unlock_irq(&tty->lock);
	return copy_to_user(arg, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static int set_winsize(struct tty_struct *tty, const struct winsize __user *arg)
{
	struct winsize new;
	bool changed;

	if (copy_from_user(&new, arg, sizeof(new)))
		return -EFAULT;
	spin_lock_irq(&tty->lock);
	changed = memcmp(&new, &tty->winsize, sizeof(new)) != 0;
	tty->winsize = new;
	spin_unlock_irq(&tty->lock);
	if (changed)
		tty_signal_pgrp(tty, SIGWINCH);
	return 0;
}

/* TCFLSH: throw away what waits to be read, to be shown, or both. */
static int flush_queues(struct tty_struct *tty, unsigned long which)
{
	if (which != TCIFLUSH && which != TCOFLUSH && which != TCIOFLUSH)
		return -EINVAL;
	spin_lock_irq(&tty->lock);
	if (which != TCOFLUSH)
		ldisc_flush_input(tty);
	if (which != TCIFLUSH)
		ldisc_flush_output(tty);
	spin_unlock_irq(&tty->lock);
	if (which != TCOFLUSH && tty->driver->unthrottle)
		tty->driver->unthrottle(tty);
	return 0;
}

/* TCXONC: stop or start output here, or ask the other side to stop or start. */
static int flow_control(struct tty_struct *tty, unsigned long action)
{
	char c;

	if (action > TCION)
		return -EINVAL;
	spin_lock_irq(&tty->lock);
	if (action == TCOOFF) {
		ldisc_stop(tty);
	} else if (action == TCOON) {
		ldisc_start(tty);
	} else {
		c = tty->termios.c_cc[action == TCIOFF ? VSTOP : VSTART];
		if (c)
			tty->driver->write(tty, &c, 1);
	}
	spin_unlock_irq(&tty->lock);
	if (action == TCOON)
		wake_up_all(&tty->write_wait);
	return 0;
}

/* TIOCSTI: pretend that a byte was typed. */
static int simulate_input(struct tty_struct *tty, unsigned char __user *arg)
{
	unsigned char c;

	if (READ_ONCE(current->signal->tty) != tty && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	tty_input(tty, &c, 1);
	return 0;
}

/* Does the request change the terminal, so that SIGTTOU keeps background groups from it? */
static bool tty_changes(unsigned int cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCFLSH:
	case TCXONC:
	case TCSBRK:
	case TCSBRKP:
		return true;
	}
	return false;
}

long tty_mode_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case TCGETS:
		return get_termios(tty, p);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, p, cmd);
	case TIOCGWINSZ:
		return get_winsize(tty, p);
	case TIOCSWINSZ:
		return set_winsize(tty, p);
	case FIONREAD:
	case TIOCOUTQ:
		return put_user((int)queue_length(tty, cmd), (int __user *)p);
	case TCFLSH:
		return flush_queues(tty, arg);
	case TCXONC:
		return flow_control(tty, arg);
	case TCSBRK:
	case TCSBRKP:
		/* a break means nothing to the lines we have; tcdrain(3) comes here */
		return drain_output(tty);
	case TIOCGETD:
		return put_user(N_TTY_LDISC, (int __user *)p);
	case TIOCSTI:
		return simulate_input(tty, p);
	}
	return -ENOTTY;
}

long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	int __user *p = (int __user *)arg;
	int err;

	if (tty_hung_up(tf))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (cmd) {
	case TIOCGPGRP:
		return tiocgpgrp(tty, p, false);
	case TIOCSPGRP:
		return tiocspgrp(tty, p);
	case TIOCGSID:
		return tiocgsid(tty, p, false);
	case TIOCSCTTY:
		return tiocsctty(tty, file, arg);
	case TIOCNOTTY:
		return tiocnotty(tty);
	}
	err = tty_changes(cmd) ? tty_check_change(tty, SIGTTOU) : 0;
	return err ? err : tty_mode_ioctl(tty, cmd, arg);
}
