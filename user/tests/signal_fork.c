/* What fork does with signals: mask and handlers are inherited, pending signals are not. */
#include "ktap.h"

static volatile int count;

static void handler(int sig)
{
	count++;
}

static int is_pending(int sig)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, sig);
}

static int child_view(void)
{
	sigset_t mask;
	struct sigaction act;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	if (!sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGUSR2))
		return 1;
	if (is_pending(SIGUSR1))
		return 2;
	sigaction(SIGUSR2, NULL, &act);
	if (act.sa_handler != handler)
		return 3;
	sigaction(SIGHUP, NULL, &act);
	if (act.sa_handler != SIG_IGN)
		return 4;
	raise(SIGUSR2);
	if (count != 1)
		return 5;
	signal(SIGUSR2, SIG_DFL);
	return 0;
}

int main(void)
{
	sigset_t set, old;
	struct sigaction act;
	pid_t pid;

	plan(9);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, handler);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGUSR1);
	ok(is_pending(SIGUSR1), "a blocked signal is pending");
	same(in_child(child_view), 0, "a child: mask and handlers as here, nothing pending");
	ok(is_pending(SIGUSR1), "it is still pending here");
	sigaction(SIGUSR2, NULL, &act);
	ok(act.sa_handler == handler, "a child's change of a handler is its own");
	same(count, 0, "no handler has run here");
	sigprocmask(SIG_SETMASK, &old, NULL);
	same(count, 1, "unblocked, it arrives");

	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGHUP);
	sleep_ms(10);
	same(waitpid(pid, NULL, WNOHANG), 0, "an ignored signal stays ignored in the child");
	kill(pid, SIGTERM);
	same(outcome(pid), KILLED_BY(SIGTERM), "another one ends it");
	fails(kill(getpid(), 65), EINVAL, "no signal 65: EINVAL");
	return done();
}
