/*
 * tty_internal.h - what the files of drivers/tty share.
 */
#pragma once

#include <tine/tty.h>

struct file;

/* Device numbers of Documentation/admin-guide/devices.txt, in the encoding of MKDEV. */
#define TTY_DEV		MKDEV(5, 0)	/* /dev/tty */
#define CONSOLE_DEV	MKDEV(5, 1)	/* /dev/console */
#define PTMX_DEV	MKDEV(5, 2)	/* /dev/ptmx */
#define PTS_DEV		MKDEV(136, 0)	/* /dev/pts/0, and the others by their number from there */

/* An open terminal: file->private_data. */
struct tty_file {
	struct tty_struct *tty;		/* constant; with a reference */
	unsigned int hangups;		/* constant: tty->hangups at open */
	bool console;			/* constant: /dev/console survives hangups and has no job control */
};

static inline bool tty_hung_up(const struct tty_file *tf)
{
	return !tf->console && READ_ONCE(tf->tty->hangups) != tf->hangups;
}

/* ---- ldisc.c: tty->lock held in all of them ---- */

/* How many input bytes find room for sure. */
unsigned int ldisc_room(const struct tty_struct *tty);
/* Digest one byte of input; returns the signal it means for the foreground group, or 0. */
int ldisc_receive(struct tty_struct *tty, unsigned char c);
/* Is there a line to read, or in raw mode at least @minimum bytes? */
bool ldisc_readable(const struct tty_struct *tty, unsigned int minimum);
/* Take up to @size bytes of one line, or raw ones; *@end says that a line ended with the last. */
size_t ldisc_read(struct tty_struct *tty, char *buf, size_t size, bool *end);
/* A read filled its buffer in the middle of a line: if only ^D follows there, it is used up. */
void ldisc_skip_eof(struct tty_struct *tty);
/* Send text to the driver, processed as c_oflag says; returns how many bytes were taken. */
size_t ldisc_write(struct tty_struct *tty, const char *text, size_t len);
bool ldisc_writable(const struct tty_struct *tty);
void ldisc_set_termios(struct tty_struct *tty, const struct termios *new);
void ldisc_flush_input(struct tty_struct *tty);
void ldisc_flush_output(struct tty_struct *tty);
void ldisc_stop(struct tty_struct *tty);
void ldisc_start(struct tty_struct *tty);
/* Bytes that read(2) could return now. FIONREAD */
unsigned int ldisc_inq(const struct tty_struct *tty);
/* Bytes of output that are not sent yet. TIOCOUTQ */
unsigned int ldisc_outq(struct tty_struct *tty);

/* ---- tty.c ---- */
/*
 * After tty->hangups has grown, which cuts off every open file except the console's (end of file for readers, EIO
 * for writers): drop what is on its way, and wake who waits.
 */
void tty_cut_off(struct tty_struct *tty);

/* ---- job_control.c ---- */
/*
 * May the running task read (@sig SIGTTIN) or change (SIGTTOU) @tty? 0; -ERESTARTSYS after @sig
 * was sent to its background group; -EIO where the signal could do no good.
 */
int tty_check_change(struct tty_struct *tty, int sig);
/* A session leader without a terminal opened a free one: it becomes its controlling terminal. */
void tty_open_ctty(struct tty_struct *tty);
int tiocsctty(struct tty_struct *tty, struct file *file, unsigned long steal);
int tiocnotty(struct tty_struct *tty);
/* @master: asked through the master of a pseudo-terminal, which may know without belonging to the session. */
int tiocgpgrp(struct tty_struct *tty, int __user *arg, bool master);
int tiocspgrp(struct tty_struct *tty, int __user *arg);
int tiocgsid(struct tty_struct *tty, int __user *arg, bool master);
/* From the kernel to the foreground group, if there is one; tty->lock free. */
void tty_signal_pgrp(struct tty_struct *tty, int sig);
/*
 * The line is dead: SIGHUP and SIGCONT to the leader of the session, which loses its terminal, and every
 * open file is cut off. @exiting: the leader is the running task on its way out, whose foreground group
 * gets SIGHUP now; else that happens when the leader exits.
 */
void tty_hangup(struct tty_struct *tty, bool exiting);

/* ---- tty_ioctl.c ---- */
long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
/* Requests about modes and queues, after those for which tty_changes() holds were allowed. */
long tty_mode_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg);
