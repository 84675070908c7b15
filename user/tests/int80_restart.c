/* Signals meet calls made by int 0x80: restart, EINTR, and a signal frame of a 64-bit program. */
#include "int80.h"
#include <poll.h>

static int fds[2], fds2[2];
static char buf[8];
static volatile int handled;
static struct pollfd polled[1];

static void handler(int sig)
{
	handled++;
}

static void catch_usr1(int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	handled = 0;
	need(sigaction(SIGUSR1, &sa, NULL) == 0);
}

/* A child that signals us when we sleep, then does as told. */
static pid_t disturber(int sig, int then_write, int then_cont)
{
	pid_t pid = must_fork(), parent = getppid();

	if (pid)
		return pid;
	parent = getppid();
	sleep_ms(20);
	kill(parent, sig);
	sleep_ms(20);
	if (then_cont)
		kill(parent, SIGCONT);
	if (then_write)
		need(write(fds[1], "hello", then_write) == then_write);
	_exit(0);
}

/* In a child, so that it can be stopped: poll by int 0x80 over a stop. */
static int poll_over_stop(void)
{
	pid_t pid = disturber(SIGSTOP, 1, 1);
	long ret;

	polled[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	ret = int80(poll, polled, 1, 10000);
	outcome(pid);
	return ret == 1 && polled[0].revents == POLLIN ? 0 : ret < 0 ? -ret : 1;
}

int main(void)
{
	pid_t pid;

	plan(13);
	need(pipe(fds) == 0 && pipe(fds2) == 0);
	catch_usr1(SA_RESTART);
	pid = disturber(SIGUSR1, 3, 0);
	same(int80(read, fds[0], buf, 8), 3, "SA_RESTART: read goes on after the handler");
	ok(memcmp(buf, "hel", 3) == 0, "and reads");
	same(handled, 1, "the handler has run");
	same(outcome(pid), 0, "the other process is done");

	catch_usr1(0);
	pid = disturber(SIGUSR1, 0, 0);
	same(int80(read, fds2[0], buf, 8), -EINTR, "without SA_RESTART: EINTR");
	same(handled, 1, "the handler has run");
	same(outcome(pid), 0, "the other process is done");

	catch_usr1(SA_RESTART);
	pid = disturber(SIGUSR1, 0, 0);
	same(int80(pause), -EINTR, "pause is never restarted after a handler");
	outcome(pid);
	pid = disturber(SIGUSR1, 0, 0);
	same(int80(waitpid, pid, 0, 0), pid, "waitpid with SA_RESTART");
	same(handled, 2, "the handler has run");
	pid = disturber(SIGUSR1, 0, 0);
	polled[0] = (struct pollfd){ .fd = fds2[0], .events = POLLIN };
	same(int80(poll, polled, 1, 10000), -EINTR, "poll ends with EINTR after a handler");
	outcome(pid);
	same(in_child(poll_over_stop), 0, "poll goes on after a stop, by i386's restart_syscall");
	same(int80(restart_syscall), -EINTR, "restart_syscall with nothing to restart");
	return done();
}
