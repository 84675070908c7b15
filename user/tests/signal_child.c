/* SIGCHLD: sent at the end of a child with its data; SIG_IGN and SA_NOCLDWAIT bury children at once. */
#include "ktap.h"

static volatile int count, code, status;
static volatile pid_t who;

static void handler(int sig, siginfo_t *info, void *context)
{
	count++;
	who = info->si_pid;
	code = info->si_code;
	status = info->si_status;
}

static void wait_for_count(int want)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	while (count < want)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static pid_t child(int code)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP };
	pid_t pid;

	plan(11);
	need(sigaction(SIGCHLD, &act, NULL) == 0);
	pid = child(4);
	wait_for_count(1);
	same(who, pid, "si_pid is the child");
	same(code, CLD_EXITED, "si_code: it exited");
	same(status, 4, "si_status: its code");
	same(outcome(pid), 4, "it can be waited for");

	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	need(waitpid(pid, NULL, WUNTRACED) == pid);
	same(count, 1, "SA_NOCLDSTOP: no signal when it stops");
	kill(pid, SIGKILL);
	wait_for_count(2);
	same(code, CLD_KILLED, "si_code: it was killed");
	same(status, SIGKILL, "si_status: by which signal");
	same(outcome(pid), KILLED_BY(SIGKILL), "it can be waited for");

	signal(SIGCHLD, SIG_IGN);
	pid = child(5);
	fails(waitpid(pid, NULL, 0), ECHILD, "SIG_IGN: nothing to wait for, after it has ended");
	fails(kill(pid, 0), ESRCH, "its number is free");
	act.sa_flags = SA_NOCLDWAIT | SA_SIGINFO;
	need(sigaction(SIGCHLD, &act, NULL) == 0);
	pid = child(6);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	same(errno, ECHILD, "SA_NOCLDWAIT: the same");
	return done();
}
