/* vfork(2): signals that do not kill leave the parent asleep; it takes them when its child has left. */
#include "procstate.h"

static volatile int caught, caught_early, states;

static void handler(int sig)
{
	caught++;
}

struct shared {
	volatile pid_t child;
	volatile int go;
};

int main(void)
{
	struct shared *s = map_shared(PAGE);
	pid_t pid, parent;

	signal(SIGUSR1, handler);
	signal(SIGALRM, handler);
	plan(9);
	pid = vfork();
	if (pid == 0) {
		for (int i = 0; i < 5; i++) {
			kill(getppid(), SIGUSR1);
			kill(getppid(), SIGALRM);
			sleep_ms(2);
			states += state_of(getppid()) == 'D';
		}
		caught_early = caught;
		_exit(2);
	}
	same(states, 5, "the parent sleeps on");
	same(caught_early, 0, "its handlers do not run");
	same(caught, 2, "until it returns: each signal once");
	same(outcome(pid), 2, "and the child has ended well");

	parent = must_fork();
	if (parent == 0) {
		pid = vfork();
		if (pid == 0) {
			s->child = getpid();
			while (!s->go)
				sleep_ms(1);
			_exit(3);
		}
		_exit(outcome(pid) != 3);
	}
	while (!s->child)
		sleep_ms(1);
	ok(becomes(parent, 'D'), "a parent asleep");
	kill(parent, SIGSTOP);
	sleep_ms(5);
	same(state_of(parent), 'D', "does not stop at once");
	s->go = 1;
	ok(becomes(parent, 'T'), "but when its child has left");
	kill(parent, SIGCONT);
	same(outcome(parent), 0, "and then goes on");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
