/* CLONE_SIGHAND shares the actions of signals, CLONE_CLEAR_SIGHAND resets handlers, and plain clone copies them. */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>

static char stack[65536] __attribute__((aligned(16)));

static void handler(int sig)
{
}

static void *action_of(int sig)
{
	struct sigaction sa;

	need(sigaction(sig, NULL, &sa) == 0);
	return (void *)sa.sa_handler;
}

static int set_handler(void *arg)
{
	signal(SIGUSR1, handler);
	return 0;
}

static int check_copies(void)
{
	return action_of(SIGUSR1) != (void *)handler || action_of(SIGUSR2) != (void *)SIG_IGN;
}

/* clone3 with these flags; the child's exit code. */
static int run_clone3(unsigned long flags, int (*fn)(void))
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	need(pid >= 0);
	if (pid == 0)
		_exit(fn());
	return outcome(pid);
}

static int check_cleared(void)
{
	struct sigaction sa;

	need(sigaction(SIGUSR1, NULL, &sa) == 0);
	if (sa.sa_handler != SIG_DFL || sa.sa_flags & (SA_RESTART | SA_NODEFER))
		return 1;
	return action_of(SIGUSR2) != (void *)SIG_IGN ? 2 : 0;
}

static int check_mask_kept(void)
{
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	return !sigismember(&set, SIGTERM);
}

int main(void)
{
	sigset_t set;
	pid_t pid;

	plan(8);
	pid = clone(set_handler, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	same(outcome(pid), 0, "VM alone: the child sets a handler");
	same(action_of(SIGUSR1), SIG_DFL, "which is its own");
	pid = clone(set_handler, stack + sizeof(stack), CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	same(outcome(pid), 0, "VM and SIGHAND: the child sets a handler");
	same(action_of(SIGUSR1), handler, "which is the parent's as well");

	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	same(run_clone3(0, check_copies), 0, "a plain child has copies of handled and ignored signals");
	same(run_clone3(CLONE_CLEAR_SIGHAND, check_cleared), 0, "CLEAR_SIGHAND: handled become default, ignored stay");
	same(run_clone3(CLONE_CLEAR_SIGHAND, check_mask_kept), 0, "the mask is kept");
	same(action_of(SIGUSR1), handler, "and the parent has its handler");
	return done();
}
