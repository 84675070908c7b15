/* pidfd_send_signal(2): to the process behind the descriptor, with or without siginfo. */
#include "ktap.h"

static volatile sig_atomic_t count, value;
static volatile pid_t sender;

static void handler(int sig, siginfo_t *info, void *context)
{
	count++;
	sender = info->si_pid;
	value = info->si_value.sival_int;
}

static int pidfd_open(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	need(fd >= 0);
	return fd;
}

static int send(int fd, int sig, siginfo_t *info, unsigned int flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

static int target;

static int not_mine(void)
{
	need(setuid(1000) == 0);
	return send(target, SIGKILL, NULL, 0) == -1 ? errno : 0;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	siginfo_t info;
	int self, fd;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	plan(18);
	self = pidfd_open(getpid());
	same(send(self, SIGUSR1, NULL, 0), 0, "to oneself");
	same(count, 1, "it arrives");
	same(sender, getpid(), "with the sender's number");
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_pid = 4711;
	info.si_value.sival_int = 42;
	same(send(self, SIGUSR1, &info, 0), 0, "with siginfo");
	same(value, 42, "its value arrives");
	same(sender, 4711, "and what it says of the sender");
	fails(send(self, SIGUSR2, &info, 0), EINVAL, "siginfo of another signal: EINVAL");
	fails(send(self, SIGUSR1, (siginfo_t *)8, 0), EFAULT, "siginfo that cannot be read: EFAULT");
	fails(send(self, 65, NULL, 0), EINVAL, "no signal: EINVAL");
	fails(send(self, -1, NULL, 0), EINVAL, "a negative one: EINVAL");
	fails(send(self, SIGUSR1, NULL, 1), EINVAL, "flags: EINVAL");
	fails(send(0, SIGUSR1, NULL, 0), EBADF, "a file: EBADF");
	fails(send(999, SIGUSR1, NULL, 0), EBADF, "no descriptor: EBADF");

	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	fd = target = pidfd_open(pid);
	info.si_code = SI_USER;
	fails(send(fd, SIGUSR1, &info, 0), EPERM, "nobody may pretend to be kill(2) to others: EPERM");
	same(send(self, SIGUSR1, &info, 0), 0, "but to oneself");
	same(in_child(not_mine), EPERM, "another user's process: EPERM");
	same(send(fd, SIGKILL, NULL, 0), 0, "a child is killed");
	same(outcome(pid), KILLED_BY(SIGKILL), "as its status says");
	return done();
}
