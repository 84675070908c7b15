/* poll(2) on a pidfd: readable from the moment on at which all threads have exited. */
#include "ktap.h"
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

static char stack[65536] __attribute__((aligned(16)));

static int pidfd_open(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	need(fd >= 0);
	return fd;
}

static int events(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&p, 1, timeout) == 1 ? p.revents : 0;
}

/* Waits on a pipe whose other end the parent holds. */
static pid_t child_until(struct gate *g)
{
	pid_t pid = must_fork();
	char byte;

	if (pid == 0) {
		close(g->fd[1]);
		read(g->fd[0], &byte, 1);
		_exit(3);
	}
	return pid;
}

static int slow_thread(void *arg)
{
	struct timespec ts = { .tv_nsec = 10000000 };

	syscall(SYS_nanosleep, &ts, NULL);
	syscall(SYS_exit, 0);
	return 0;
}

int main(void)
{
	struct gate g = gate_new();
	int fd, second;
	pid_t pid;

	plan(13);
	pid = child_until(&g);
	fd = pidfd_open(pid);
	same(events(fd, 0), 0, "a living child: not readable");
	same(events(fd, 5), 0, "not within 5 ms");
	gate_open(&g);
	same(events(fd, -1), POLLIN, "it exits: readable, and the wait ends");
	same(events(fd, 0), POLLIN, "readable while it is a zombie");
	second = pidfd_open(pid);
	same(events(second, 0), POLLIN, "through a later descriptor as well");
	same(outcome(pid), 3, "it is waited for");
	same(events(fd, 0), POLLIN, "readable ever after");
	close(second);
	close(fd);

	pid = must_fork();
	if (pid == 0) {
		need(clone(slow_thread, stack + sizeof(stack), CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, NULL) > 0);
		syscall(SYS_exit, 0);
	}
	fd = pidfd_open(pid);
	same(events(fd, 2), 0, "the first thread has left, another has not: not readable");
	same(events(fd, -1), POLLIN, "readable when both have");
	same(outcome(pid), 0, "it is waited for");
	close(fd);

	signal(SIGCHLD, SIG_IGN);
	pid = child_until(&g);
	fd = pidfd_open(pid);
	gate_open(&g);
	same(events(fd, -1), POLLIN, "a child that nobody waits for");
	close(fd);
	signal(SIGCHLD, SIG_DFL);

	/* a stranger: the child of a child */
	need(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
	fd = pidfd_open(getppid());
	same(events(fd, 0), 0, "one's parent: not readable");
	close(fd);
	fd = pidfd_open(getpid());
	same(events(fd, 0), 0, "oneself: not readable");
	close(fd);
	return done();
}
