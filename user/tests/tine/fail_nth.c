/*
 * Ours alone: every fallible act of mmap, pipe, open, wait, chdir and some others is made to fail, one after the other.
 * Each time the call must give an errno that its manual page knows, leave the ledger as it was, and work when
 * nothing fails. Calls that make tasks: fail_nth_clone; execve: fail_nth_exec.
 */
#include "fail_nth.h"
#include <poll.h>

static const int memory_errors[] = { ENOMEM, EAGAIN, 0 };
static const int file_errors[] = { ENOMEM, ENFILE, EMFILE, EFAULT, 0 };
static const int copy_errors[] = { EFAULT, ENOMEM, 0 };

static enum verdict done_with(long result, int error, const int *errors)
{
	tally_error = error;
	return judge(result, error, errors, 0);
}

/* A mapping in the middle of another: that one is split, then mended. */
static enum verdict try_mmap(int n, const void *arg)
{
	static char *area;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, error;
	char *p;

	if (!area)
		area = map_private(16 * PAGE);
	arm(n);
	p = mmap(area + 4 * PAGE, 4 * PAGE, PROT_READ, flags, -1, 0);
	error = errno;
	need(mmap(area, 16 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == area);
	return done_with(p == MAP_FAILED ? -1 : 0, error, memory_errors);
}

static enum verdict try_pipe(int n, const void *arg)
{
	int fds[2], error;
	long result;

	arm(n);
	result = syscall(SYS_pipe, fds);
	error = errno;
	if (result == 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return done_with(result, error, file_errors);
}

static enum verdict try_open(int n, const void *arg)
{
	int error;
	long fd;

	arm(n);
	fd = syscall(SYS_open, "/etc/passwd", O_RDONLY);
	error = errno;
	if (fd >= 0)
		close(fd);
	return done_with(fd, error, file_errors);
}

/* wait4 that cannot hand over the status still takes the child away. */
static enum verdict try_wait(int n, const void *arg)
{
	pid_t pid = must_fork();
	enum verdict verdict;
	int status;
	long result;

	if (pid == 0)
		_exit(0);
	arm(n);
	result = syscall(SYS_wait4, pid, &status, 0, NULL);
	verdict = done_with(result, errno, copy_errors);
	waitpid(pid, NULL, 0);
	return verdict;
}

static enum verdict try_waitid(int n, const void *arg)
{
	pid_t pid = must_fork();
	enum verdict verdict;
	siginfo_t info;
	char usage[256];
	long result;

	if (pid == 0)
		_exit(0);
	arm(n);
	result = syscall(SYS_waitid, P_PID, pid, &info, WEXITED, usage);
	verdict = done_with(result, errno, copy_errors);
	waitpid(pid, NULL, 0);
	return verdict;
}

static enum verdict try_pidfd_open(int n, const void *arg)
{
	int error;
	long fd;

	arm(n);
	fd = syscall(SYS_pidfd_open, 1, 0);
	error = errno;
	if (fd >= 0)
		close(fd);
	return done_with(fd, error, file_errors);
}

static enum verdict try_poll(int n, const void *arg)
{
	static struct pollfd p = { .fd = -1, .events = POLLIN };
	long result;

	if (p.fd < 0)
		p.fd = syscall(SYS_pidfd_open, getpid(), 0);
	arm(n);
	result = syscall(SYS_poll, &p, 1, 0);
	return done_with(result, errno, copy_errors);
}

/* Where the process is, and its actions, are shared with a child until the change. chdir needs memory, sigaction none. */
static enum verdict while_shared(int n, long (*call)(void), const int *errors)
{
	pid_t pid = must_fork();
	enum verdict verdict;
	int error;
	long result;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	arm(n);
	result = call();
	error = errno;
	verdict = done_with(result, error, errors);
	kill(pid, SIGKILL);
	outcome(pid);
	return verdict;
}

static long call_chdir(void)
{
	return syscall(SYS_chdir, "/tmp");
}

static long call_sigaction(void)
{
	static unsigned long act[4] = { 1 };		/* the kernel's struct sigaction: SIG_IGN and another mask each time */

	act[3] ^= 1;
	return syscall(SYS_rt_sigaction, SIGUSR1, act, NULL, 8);
}

static enum verdict try_chdir(int n, const void *arg)
{
	return while_shared(n, call_chdir, copy_errors);
}

static enum verdict try_sigaction(int n, const void *arg)
{
	static const int errors[] = { EFAULT, 0 };

	return while_shared(n, call_sigaction, errors);
}

int main(void)
{
	open_control();
	plan(9);
	sweep(try_mmap, NULL, "mmap");
	sweep(try_pipe, NULL, "pipe");
	sweep(try_open, NULL, "open");
	sweep(try_wait, NULL, "wait4");
	sweep(try_waitid, NULL, "waitid");
	sweep(try_pidfd_open, NULL, "pidfd_open");
	sweep(try_poll, NULL, "poll of a pidfd");
	sweep(try_chdir, NULL, "chdir from a place that a child shares");
	sweep(try_sigaction, NULL, "sigaction where a child shares the actions");
	return done();
}
