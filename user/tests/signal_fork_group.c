/*
 * A process forks, with a pidfd each time, while signals to its group arrive in the middle: each fork succeeds once and
 * leaves nothing behind. signal(7), clone(2): CLONE_PIDFD
 */
#include "ktap.h"

#include <sys/stat.h>

#define FORKS	400

static volatile int caught;

static void handler(int sig)
{
	caught++;
}

/* Sends to the group of its parent, that is to itself as well. */
static int sender(pid_t parent)
{
	struct timespec pause = { 0, 30000 };

	signal(SIGUSR1, SIG_IGN);
	while (getppid() == parent) {
		kill(0, SIGURG);	/* ignored by all */
		nanosleep(&pause, NULL);
		kill(0, SIGUSR1);	/* caught by the parent */
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int open_files(void)
{
	int count = 0;
	struct stat st;

	for (int fd = 0; fd < 100; fd++)
		count += fstat(fd, &st) == 0;
	return count;
}

static void *ballast;

/* A child with its pidfd in *fd. */
static pid_t fork_pidfd(int *fd)
{
	*fd = -1;
	return (pid_t)syscall(SYS_clone, 0x1000 /* CLONE_PIDFD */ | SIGCHLD, 0, fd, 0, 0);
}

int main(void)
{
	int before, good = 0, same_fd = 0, first = -1, fd;
	pid_t pid, helper;

	plan(5);
	ballast = map_private(512 * PAGE);	/* so that a fork takes a while */
	for (unsigned long at = 0; at < 512; at++)
		((volatile char *)ballast)[at * PAGE] = 1;
	setpgid(0, 0);
	signal(SIGUSR1, handler);
	before = open_files();
	helper = must_fork();
	if (helper == 0)
		_exit(sender(getppid()));
	for (int i = 0; i < FORKS; i++) {
		pid = fork_pidfd(&fd);
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			break;
		if (first < 0)
			first = fd;
		same_fd += fd == first;
		good += outcome(pid) == 0;
		close(fd);
	}
	kill(helper, SIGKILL);
	need(outcome(helper) == KILLED_BY(SIGKILL));
	same(good, FORKS, "every fork succeeds, and every child ends");
	ok(caught > 0, "signals came meanwhile");
	same(same_fd, FORKS, "the pidfd has the lowest number each time");
	same(open_files(), before, "no descriptor is left");
	same(wait(NULL), -1, "nor a child");
	return done();
}
