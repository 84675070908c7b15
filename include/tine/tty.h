/*
 * tty.h - terminals: a line discipline between a device and the processes that read it.
 *
 * termios(3), ioctl_tty(2). The device calls tty_input() from its interrupt handler and offers
 * write(). Locks: tty->lock (irqs off) guards everything that is not constant; it is taken after
 * tasklist_lock and siglock, and signals are sent with it released.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/list.h>
#include <tine/pid.h>
#include <tine/spinlock.h>
#include <tine/uapi.h>
#include <tine/wait.h>

struct file_operations;
struct task_struct;
struct tty_struct;

#define TTY_BUF_SIZE	4096
#define TTY_ECHO_SIZE	256

struct tty_driver {
	const char *name;
	void (*write)(struct tty_struct *tty, const char *text, size_t len);	/* any context; tty->lock held */
	/* Bytes it takes now; NULL: any number. When it grows from 0: tty_wakeup(). tty->lock held */
	unsigned int (*write_room)(struct tty_struct *tty);
	unsigned int (*chars_in_buffer)(struct tty_struct *tty);	/* taken, not sent; NULL: 0. tty->lock held */
	void (*flush_buffer)(struct tty_struct *tty);	/* forget those; may be NULL. tty->lock held */
	void (*unthrottle)(struct tty_struct *tty);	/* tty_input_room() has grown; may be NULL */
	/* For each file that is opened on it and closed again: 0 or -errno. NULL: nothing to do. */
	int (*open)(struct tty_struct *tty);
	void (*close)(struct tty_struct *tty);
	void (*free)(struct tty_struct *tty);	/* the terminal itself goes; any context; may be NULL */
	bool is_pty;				/* the end of its session does not cut it off */
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
	unsigned int hangups;			/* files opened before the last one are cut off */
	bool gone;				/* for ever: there is no other end */
	/* Input ring: [tail, canon) are whole lines or raw bytes to read, [canon, head) the line being edited. */
	unsigned int head, canon, tail;
	unsigned char buf[TTY_BUF_SIZE];
	unsigned long eol_map[TTY_BUF_SIZE / 64];	/* this byte ends a line */
	unsigned long eof_map[TTY_BUF_SIZE / 64];	/* this byte ends a line without being read (^D) */
	unsigned int column;			/* output column, for tabs and erasing */
	unsigned int canon_column;		/* where the echo of the line being edited starts */
	/* Echo that could not be shown yet: ^S, or no room in the driver. */
	unsigned char echo_buf[TTY_ECHO_SIZE];
	unsigned int echo_len;
	bool lnext;				/* the next byte is literal (^V) */
	wait_queue_head_t read_wait, write_wait;
	void *driver_data;			/* constant */
	struct list_head link;			/* all terminals; lock of drivers/tty/tty.c */
};

extern const struct file_operations tty_file_operations;

/* Registers /dev/tty and /dev/console: after devfs_init(), before the first terminal driver. */
void tty_init(void);
void pty_init(void);	/* /dev/ptmx and the terminals behind /dev/pts: after devpts_init() */
/* A terminal with Linux's default modes, found under @dev from now on; one reference. NULL without memory. */
struct tty_struct *tty_alloc(const struct tty_driver *driver, int index, dev_t dev, void *driver_data);
/* It is no longer found: @dev may be given to another. */
void tty_unlist(struct tty_struct *tty);
/*
 * Bytes from the device, from any context with tty->lock free. Returns how many were taken: all,
 * unless the reader is slow and the ring full; the driver then keeps the rest until unthrottle().
 */
size_t tty_input(struct tty_struct *tty, const unsigned char *data, size_t len);
/* How many bytes tty_input() would surely take. */
unsigned int tty_input_room(struct tty_struct *tty);
/* The driver has room again, or has sent all: wake writers, show delayed echo. Any context, tty->lock free. */
void tty_wakeup(struct tty_struct *tty);
/* The terminal behind /dev/console. */
struct tty_struct *console_tty(void);
void set_console_tty(struct tty_struct *tty);	/* keeps a reference */
/*
 * Open descriptors 0, 1 and 2 of the running task on /dev/console. For PID 1, which has no others.
 * 0 or -errno: -ENODEV without a console.
 */
int console_open_std(void);
struct tty_struct *tty_get(struct tty_struct *tty);	/* NULL is allowed, in tty_put() too */
void tty_put(struct tty_struct *tty);
/* The session leader exits, or TIOCNOTTY: the terminal belongs to nobody, and its foreground group is told by SIGHUP. */
void disassociate_ctty(bool on_exit);
/* setsid: no controlling terminal any more. Takes siglock. */
void proc_clear_tty(struct task_struct *p);
/* The controlling terminal with a reference, or NULL. fork: the child shares it (tty_get()). */
struct tty_struct *get_current_tty(void);
