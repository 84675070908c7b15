/* fork inside a signal handler: both processes return from the handler to where the parent was. */
#include "ktap.h"

static volatile pid_t forked = -1;
static volatile int after;

static void handler(int sig)
{
	forked = fork();
}

int main(void)
{
	volatile long local = 0x55aa;
	sigset_t mask;

	plan(4);
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	after++;
	if (forked == 0) {
		sigprocmask(SIG_BLOCK, NULL, &mask);
		_exit(after == 1 && local == 0x55aa && !sigismember(&mask, SIGUSR1) ? 8 : 1);
	}
	ok(forked > 0, "the parent has a child");
	same(after, 1, "it went on where it was");
	same(outcome(forked), 8, "so did the child, with the mask restored");
	same(local, 0x55aa, "the stack is as before");
	return done();
}
