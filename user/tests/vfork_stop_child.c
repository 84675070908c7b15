/* vfork(2): a child that is stopped does not let its parent go on; continued and gone, it does. */
#include "procstate.h"

struct shared {
	volatile pid_t child;
	volatile int step;
};

int main(void)
{
	struct shared *s = map_shared(PAGE);
	pid_t parent;

	plan(6);
	parent = must_fork();
	if (parent == 0) {
		pid_t pid = vfork();

		if (pid == 0) {
			s->child = getpid();
			kill(getpid(), SIGSTOP);
			s->step = 1;
			_exit(4);
		}
		s->step += 10;
		_exit(outcome(pid) != 4);
	}
	while (!s->child)
		sleep_ms(1);
	ok(becomes(s->child, 'T'), "the child is stopped");
	sleep_ms(10);
	same(state_of(parent), 'D', "and the parent sleeps");
	same(s->step, 0, "neither goes on");
	kill(s->child, SIGCONT);
	same(outcome(parent), 0, "continued, the child ends, and then the parent");
	same(s->step, 11, "in this order");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
