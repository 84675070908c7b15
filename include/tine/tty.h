/*
 * tty.h - terminals: a line discipline between a device and the processes that read it.
 *
 * termios(3), ioctl_tty(2). The device calls tty_input() from its interrupt handler and offers
 * write(). Locks: tty->lock (irqs off) guards everything that is not constant; taken after
 * tasklist_lock, before siglock is ever needed signals are sent with it released.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/pid.h>
#include <tine/spinlock.h>
#include <tine/uapi.h>
#include <tine/wait.h>

struct file_operations;
struct tty_struct;

#define TTY_BUF_SIZE	4096

struct tty_driver {
	const char *name;
	void (*write)(struct tty_struct *tty, const char *text, size_t len);	/* any context */
	unsigned int (*write_room)(struct tty_struct *tty);	/* bytes it takes now; NULL: any number */
};

struct tty_struct {
	const struct tty_driver *driver;	/* constant */
	int index;				/* constant; ttyS<index> */
	dev_t dev;				/* constant */
	refcount_t count;
	spinlock_t lock;
	struct termios termios;
	struct winsize winsize;
	struct pid *session;			/* with references */
	struct pid *pgrp;			/* the foreground group */
	bool stopped;				/* ^S */
	bool hung_up;
	/* Input ring: [tail, canon) are whole lines or raw bytes to read, [canon, head) the line being edited. */
	unsigned int head, canon, tail;
	unsigned char buf[TTY_BUF_SIZE];
	unsigned long eof_map[TTY_BUF_SIZE / 64];	/* this byte ends a line without being read (^D) */
	unsigned int column;			/* output column, for tabs and erasing */
	bool lnext;				/* the next byte is literal (^V) */
	wait_queue_head_t read_wait, write_wait;
	void *driver_data;			/* constant */
};

extern const struct file_operations tty_file_operations;

void tty_init(void);
struct tty_struct *tty_alloc(const struct tty_driver *driver, int index, dev_t dev);
/* Bytes from the device, in interrupt context. */
void tty_input(struct tty_struct *tty, const unsigned char *data, size_t len);
/* The terminal behind /dev/console. */
struct tty_struct *console_tty(void);
void set_console_tty(struct tty_struct *tty);
struct tty_struct *tty_get(struct tty_struct *tty);
void tty_put(struct tty_struct *tty);
/* The session leader exits, or TIOCNOTTY: the terminal belongs to nobody; SIGHUP and SIGCONT to its foreground group. */
void disassociate_ctty(bool on_exit);
/* fork: the child shares the controlling terminal; setsid: it has none. */
struct tty_struct *get_current_tty(void);	/* with a reference, or NULL */
