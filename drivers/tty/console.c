/*
 * console.c - /dev/console and /dev/tty, and the first descriptors of PID 1.
 *
 * /dev/console is another name for one terminal, chosen by its driver at boot. Files opened by that
 * name know no job control and survive hang-ups (see struct tty_file), so that PID 1 keeps its
 * voice when a session on the same terminal ends. console(4), tty(4).
 */
#include <tine/err.h>
#include <tine/fs.h>

#include "tty_internal.h"

static struct tty_struct *console;	/* constant once a driver has set it */

struct tty_struct *console_tty(void)
{
	return console;
}

void set_console_tty(struct tty_struct *tty)
{
	console = tty_get(tty);
}

int console_open_std(void)
{
	struct file *file;
	int err = 0;

	if (!console)
		return -ENODEV;
	file = filp_open("/dev/console", O_RDWR, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	for (int i = 0; i < 3 && !err; i++) {
		int fd = get_unused_fd_flags(0);

		if (fd < 0)
			err = fd;
		else
			fd_install(fd, get_file(file));
	}
	fput(file);		/* what was opened before an error goes with PID 1 */
	return err;
}

void tty_init(void)
{
	register_chrdev("tty", TTY_DEV, 0666, &tty_file_operations);
	register_chrdev("console", CONSOLE_DEV, 0600, &tty_file_operations);
	pty_init();
}
