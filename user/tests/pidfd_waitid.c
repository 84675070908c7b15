/* waitid(2) with P_PIDFD: as by number, and EAGAIN instead of waiting for a descriptor that does not block. */
#include "ktap.h"

#define PIDFD_NONBLOCK O_NONBLOCK
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int pidfd_open(pid_t pid, unsigned int flags)
{
	return syscall(SYS_pidfd_open, pid, flags);
}

static int wait_fd(int fd, siginfo_t *info, int options)
{
	return waitid(P_PIDFD, fd, info, options);
}

static pid_t child_until(struct gate *g)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(g);
		_exit(3);
	}
	return pid;
}

static int by_stranger(void)
{
	int fd = pidfd_open(getppid(), 0);

	return wait_fd(fd, NULL, WEXITED | WNOHANG) == -1 ? errno : 0;
}

/* The arguments are all wrong, and still what waitid(2) names is made zero. */
static int zeroed(int which, pid_t id, int options)
{
	siginfo_t info;
	char *bytes = (char *)&info;

	memset(&info, 0x55, sizeof(info));
	if (waitid(which, id, &info, options) != -1)
		return 0;
	return !info.si_signo && !info.si_errno && !info.si_code && !info.si_pid && !info.si_uid && !info.si_status &&
	       bytes[12] == 0x55 && bytes[28] == 0x55 && bytes[127] == 0x55;
}

int main(void)
{
	struct gate g = gate_new();
	siginfo_t info;
	int fd, other;
	pid_t pid;

	plan(24);
	pid = child_until(&g);
	fd = pidfd_open(pid, PIDFD_NONBLOCK);
	fails(wait_fd(fd, &info, WEXITED), EAGAIN, "a living child, a descriptor that does not block: EAGAIN");
	same(wait_fd(fd, &info, WEXITED | WNOHANG), 0, "with WNOHANG: no news");
	same(info.si_pid, 0, "and no number");
	other = pidfd_open(pid, 0);
	same(wait_fd(other, &info, WEXITED | WNOHANG), 0, "a descriptor that blocks, WNOHANG: no news");
	gate_open(&g);
	memset(&info, 0, sizeof(info));
	same(wait_fd(other, &info, WEXITED | WNOWAIT), 0, "it waits for the exit");
	same(info.si_pid, pid, "of this child");
	same(info.si_signo, SIGCHLD, "tells SIGCHLD");
	same(info.si_code, CLD_EXITED, "how it ended");
	same(info.si_status, 3, "and its code");
	same(wait_fd(fd, &info, WEXITED), 0, "it is waited for, without blocking");
	fails(wait_fd(fd, &info, WEXITED), ECHILD, "then there is no child: ECHILD");
	fails(wait_fd(other, &info, WEXITED), ECHILD, "through neither descriptor");
	close(other);
	close(fd);
	fails(wait_fd(fd, &info, WEXITED), EBADF, "a closed descriptor: EBADF");
	fails(wait_fd(0, &info, WEXITED), EBADF, "a file: EBADF");
	fails(wait_fd(-1, &info, WEXITED), EINVAL, "no descriptor: EINVAL");
	same(in_child(by_stranger), ECHILD, "somebody who is no child: ECHILD");

	pid = child_until(&g);
	fd = pidfd_open(pid, 0);
	kill(pid, SIGSTOP);
	same(wait_fd(fd, &info, WSTOPPED), 0, "a stop");
	same(info.si_code, CLD_STOPPED, "is told");
	kill(pid, SIGCONT);
	same(wait_fd(fd, &info, WCONTINUED), 0, "a continuation, too");
	gate_open(&g);
	same(wait_fd(fd, &info, WEXITED), 0, "and the end");
	close(fd);
	ok(zeroed(P_ALL, 0, WEXITED), "after ECHILD the fields of siginfo are zero, and only those");
	ok(zeroed(P_PID, 0, WEXITED), "after EINVAL as well");
	ok(zeroed(P_ALL, 0, 0), "without any event to wait for");
	ok(zeroed(77, 0, WEXITED), "for a kind that does not exist");
	return done();
}
