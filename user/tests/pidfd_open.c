/* pidfd_open(2): what it takes, what it refuses, and that the descriptor never names a stranger. */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>

#define PIDFD_NONBLOCK O_NONBLOCK

static char stack[65536] __attribute__((aligned(16)));
static volatile int tid, go;

static int thread(void *arg)
{
	tid = syscall(SYS_gettid);
	while (!go)
		syscall(SYS_sched_yield);
	syscall(SYS_exit, 0);
	return 0;
}

static int pidfd_open(pid_t pid, unsigned int flags)
{
	return syscall(SYS_pidfd_open, pid, flags);
}

static int send(int fd, int sig)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

static pid_t child_with_number(pid_t wanted)
{
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (unsigned long)&wanted, .set_tid_size = 1 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

int main(void)
{
	int fd, nonblock;
	pid_t pid;

	plan(22);
	fd = pidfd_open(getpid(), 0);
	ok(fd >= 0, "of oneself");
	same(fcntl(fd, F_GETFD), FD_CLOEXEC, "closed on exec");
	same(fcntl(fd, F_GETFL), O_RDWR, "open for reading and writing");
	same(send(fd, 0), 0, "it can be signalled");
	close(fd);
	nonblock = pidfd_open(getpid(), PIDFD_NONBLOCK);
	same(fcntl(nonblock, F_GETFL), O_RDWR | O_NONBLOCK, "PIDFD_NONBLOCK");
	close(nonblock);
	fails(pidfd_open(getpid(), 1), EINVAL, "an unknown flag: EINVAL");
	fails(pidfd_open(0, 0), EINVAL, "number 0: EINVAL");
	fails(pidfd_open(-1, 0), EINVAL, "a negative number: EINVAL");
	fails(pidfd_open(4000000, 0), ESRCH, "nobody's number: ESRCH");
	fails(pidfd_open(1 << 30, 0), ESRCH, "no possible number: ESRCH");
	need(clone(thread, stack + sizeof(stack), CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, NULL) > 0);
	while (!tid)
		sched_yield();
	fails(pidfd_open(tid, 0), EINVAL, "a thread that is not the first: EINVAL");
	go = 1;

	pid = must_fork();
	if (pid == 0)
		_exit(0);
	fd = pidfd_open(pid, 0);
	ok(fd >= 0, "of a child");
	need(waitid(P_PID, pid, NULL, WEXITED | WNOWAIT) == 0);
	same(send(fd, 0), 0, "a zombie can still be signalled");
	nonblock = pidfd_open(pid, 0);
	ok(nonblock >= 0, "and opened");
	close(nonblock);
	same(outcome(pid), 0, "it is waited for");
	fails(send(fd, 0), ESRCH, "then it names nobody: ESRCH");
	fails(pidfd_open(pid, 0), ESRCH, "its number: ESRCH");
	same(child_with_number(pid), pid, "another process gets the number");
	fails(send(fd, SIGKILL), ESRCH, "the old descriptor still names nobody");
	close(fd);
	fd = pidfd_open(pid, 0);
	same(send(fd, SIGKILL), 0, "a new one names the new process");
	same(outcome(pid), KILLED_BY(SIGKILL), "which it kills");
	close(fd);
	fails(send(fd, 0), EBADF, "closed: EBADF");
	return done();
}
