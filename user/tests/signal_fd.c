/* signalfd: what can be read for each source, poll and blocking, a mask that changes, inherited by fork. */
#include "ktap.h"

#include <poll.h>
#include <sys/signalfd.h>

static struct signalfd_siginfo got[4];

static int take(int fd, int n)
{
	ssize_t size;

	memset(got, 0x55, sizeof(got));
	size = read(fd, got, n * sizeof(got[0]));
	return size < 0 ? -errno : (int)(size / sizeof(got[0]));
}

static int ready(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	return poll(&p, 1, ms) == 1 ? p.revents : 0;
}

static int make(int fd, int a, int b, int flags)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	return syscall(SYS_signalfd4, fd, &set, 8, flags);
}

static void errors(int fd)
{
	unsigned long set = 1;

	fails(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL, "another size of set");
	fails(syscall(SYS_signalfd4, -1, 1, 8, 0), EFAULT, "bad set");
	fails(syscall(SYS_signalfd4, -1, &set, 8, 1), EINVAL, "unknown flag");
	fails(syscall(SYS_signalfd4, STDOUT_FILENO, &set, 8, 0), EINVAL, "no signalfd");
	fails(syscall(SYS_signalfd4, 999, &set, 8, 0), EBADF, "no file");
	fails(read(fd, got, 127), EINVAL, "too little room");
	fails(write(fd, got, 128), EINVAL, "not to be written");
}

static void sources(int fd)
{
	pid_t pid;

	kill(getpid(), SIGUSR1);
	same(ready(fd, 0), POLLIN, "one is pending");
	ok(take(fd, 4) == 1 && got[0].ssi_signo == SIGUSR1 && got[0].ssi_code == SI_USER &&
	   got[0].ssi_pid == (unsigned)getpid() && got[0].ssi_uid == 0 && got[0].ssi_int == 0, "kill");
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 78 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 79 });
	ok(make(fd, SIGUSR1, SIGRTMIN + 1, 0) == fd, "another mask");
	same(take(fd, 2), 2, "as many as there is room for");
	ok(got[0].ssi_int == 77 && got[1].ssi_int == 78 && got[1].ssi_code == SI_QUEUE, "in order");
	same(take(fd, 4), 1, "then the rest");
	same(got[0].ssi_int, 79, "of the same number");
	make(fd, SIGCHLD, SIGCHLD, 0);
	pid = must_fork();
	if (pid == 0)
		_exit(5);
	ok(ready(fd, 1000) == POLLIN && take(fd, 1) == 1, "a child's end");
	ok(got[0].ssi_signo == SIGCHLD && got[0].ssi_code == CLD_EXITED && got[0].ssi_status == 5 &&
	   got[0].ssi_pid == (unsigned)pid, "with pid and status");
	waitpid(pid, NULL, 0);
}

int main(void)
{
	struct gate g = gate_new();
	int fd, slow;
	sigset_t all;
	pid_t pid;

	plan(24);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	fd = make(-1, SIGUSR1, SIGUSR1, SFD_NONBLOCK | SFD_CLOEXEC);
	slow = make(-1, SIGUSR2, SIGKILL, 0);
	need(fd >= 0 && slow >= 0);
	same(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK, "SFD_NONBLOCK");
	errors(fd);
	same(take(fd, 1), -EAGAIN, "nothing pending");
	kill(getpid(), SIGUSR2);
	same(take(fd, 1), -EAGAIN, "another signal is not for it");
	same(take(slow, 1), 1, "but for the other");
	sources(fd);
	pid = must_fork();
	if (pid == 0) {
		gate_open(&g);
		_exit(take(slow, 1) == 1 && got[0].ssi_pid == (unsigned)getppid() ? 0 : 1);
	}
	gate_wait(&g);
	kill(pid, SIGUSR2);
	same(outcome(pid), 0, "a child reads its own, waiting for it");
	pid = must_fork();
	if (pid == 0) {
		gate_open(&g);
		_exit(ready(slow, 1000) == POLLIN ? 0 : 1);
	}
	gate_wait(&g);
	sleep_ms(2);
	kill(pid, SIGUSR2);
	same(outcome(pid), 0, "poll wakes");
	same(ready(slow, 0), 0, "none of it was the parent's");
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	same(take(fd, 1), -EAGAIN, "unblocked there is nothing left");
	return done();
}
