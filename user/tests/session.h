/*
 * session.h - what the tests of terminals and job control share: sessions on a pseudo-terminal of their own.
 *
 * The test itself keeps the master and reports; a child leads the session and leaves its findings in found[],
 * which all processes share.
 */
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include "ktap.h"

static volatile int *found;		/* shared: what the processes of the session have seen */
static int master = -1;
static char slave_name[64];

/* A result of doing(): stopped by this signal. */
#define STOPPED_BY(sig) (2000 + (sig))

static __unused_fn void new_master(void)
{
	if (!found)
		found = map_shared(PAGE);
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	need(master >= 0 && unlockpt(master) == 0 && ptsname_r(master, slave_name, sizeof(slave_name)) == 0);
}

static __unused_fn int open_slave(int flags)
{
	int fd = open(slave_name, flags);

	need(fd >= 0);
	return fd;
}

/* Raw output, no echo: only what programs write comes out at the master. */
static __unused_fn void quiet(int fd)
{
	struct termios t;

	need(tcgetattr(fd, &t) == 0);
	t.c_lflag &= ~ECHO;
	t.c_oflag &= ~OPOST;
	need(tcsetattr(fd, TCSANOW, &t) == 0);
}

/* The leader of a new session on the slave runs @fn with the terminal's descriptor and exits with its result. */
static __unused_fn pid_t start_session(int (*fn)(int tty))
{
	pid_t pid = must_fork();

	if (pid == 0) {
		int fd;

		need(setsid() == getpid());
		fd = open_slave(O_RDWR);
		close(master);
		_exit(fn(fd));
	}
	return pid;
}

static __unused_fn pid_t session_done(pid_t leader)
{
	int result = outcome(leader);

	close(master);
	return result;
}

/* A new child, in a group of its own or in @pgrp, that runs @fn(tty). */
static __unused_fn pid_t start_job(int (*fn)(int tty), int tty, pid_t pgrp)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		setpgid(0, pgrp);
		_exit(fn(tty));
	}
	setpgid(pid, pgrp);
	return pid;
}

/* What becomes of a child next: as outcome(), or STOPPED_BY(). */
static __unused_fn int doing(pid_t pid)
{
	int status;

	need(waitpid(pid, &status, WUNTRACED) == pid);
	if (WIFSTOPPED(status))
		return STOPPED_BY(WSTOPSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

static __unused_fn void put_down(pid_t pid)
{
	kill(pid, SIGKILL);
	need(outcome(pid) == KILLED_BY(SIGKILL));
}

/* The fate of a job in the background. */
static __unused_fn int in_background(int (*fn)(int tty), int tty)
{
	pid_t pid = start_job(fn, tty, 0);
	int fate = doing(pid);

	if (fate >= STOPPED_BY(0))
		put_down(pid);
	return fate;
}

static __unused_fn void type(const char *keys)
{
	need(write(master, keys, strlen(keys)) == (ssize_t)strlen(keys));
}
