/* CLONE_PARENT: a sibling of the caller, with the exit signal of the caller's own group. */
#include "ktap.h"
#include <sched.h>

static volatile sig_atomic_t chld, usr1;

static void count(int sig)
{
	if (sig == SIGCHLD)
		chld++;
	else
		usr1++;
}

struct report {
	pid_t sibling;
	int waits;			/* errno of the caller's waitpid for its sibling */
	pid_t parent;			/* as the sibling sees it */
};

/* The body of the caller: make a sibling that asks for SIGUSR1. */
static int make_sibling(struct report *r)
{
	pid_t pid = syscall(SYS_clone, CLONE_PARENT | SIGUSR1, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		r->parent = getppid();
		_exit(6);
	}
	r->sibling = pid;
	r->waits = waitpid(pid, NULL, __WALL | WNOHANG) == -1 ? errno : 0;
	return pid < 0;
}

int main(void)
{
	struct report *r = map_shared(PAGE);
	pid_t caller;

	plan(8);
	signal(SIGCHLD, count);
	signal(SIGUSR1, count);
	caller = must_fork();
	if (caller == 0)
		_exit(make_sibling(r));
	same(outcome(caller), 0, "the caller has made a sibling");
	same(r->waits, ECHILD, "for which it cannot wait");
	same(outcome(r->sibling), 6, "but its parent can");
	same(r->parent, getpid(), "as the sibling knows");
	ok(chld >= 1, "both end with SIGCHLD");
	same(usr1, 0, "and not with the signal asked for");

	caller = syscall(SYS_clone, SIGUSR1, NULL, NULL, NULL, NULL);
	if (caller == 0)
		_exit(make_sibling(r));
	while (waitpid(caller, NULL, __WALL) != caller)
		;
	while (waitpid(r->sibling, NULL, __WALL) != r->sibling && errno == EINTR)
		;
	ok(usr1 >= 1, "the sibling of one that ends with SIGUSR1 does so, too");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "all are waited for");
	return done();
}
