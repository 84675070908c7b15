/* vfork(2): a child that is killed, by itself, by another process or by a fault, lets its parent go on. */
#include "procstate.h"

static volatile int step, killed, round, *volatile nowhere;
static volatile pid_t *child_pid;

/* A process that kills the child once it has told its number; the parent cannot, it sleeps. */
static pid_t start_killer(void)
{
	pid_t killer = must_fork();

	if (killer == 0) {
		while (!*child_pid)
			sleep_ms(1);
		sleep_ms(5);
		_exit(kill(*child_pid, SIGKILL) != 0);
	}
	return killer;
}

int main(void)
{
	pid_t pid, killer;

	child_pid = map_shared(PAGE);
	plan(7);
	killer = start_killer();
	pid = vfork();
	if (pid == 0) {
		step = 1;
		*child_pid = getpid();
		for (;;)
			pause();
	}
	same(step, 1, "killed by another process: the parent goes on with the child's writes");
	same(outcome(killer), 0, "the other one did it");
	same(outcome(pid), KILLED_BY(SIGKILL), "and the status says so");
	pid = vfork();
	if (pid == 0) {
		*nowhere = 1;
		_exit(0);
	}
	same(outcome(pid), KILLED_BY(SIGSEGV), "killed by a fault");
	pid = vfork();
	if (pid == 0) {
		kill(getpid(), SIGTERM);
		_exit(0);
	}
	same(outcome(pid), KILLED_BY(SIGTERM), "killed by its own signal");
	for (round = 0; round < 100; round++) {
		pid = vfork();
		if (pid == 0) {
			kill(getpid(), SIGKILL);
			_exit(0);
		}
		killed += outcome(pid) == KILLED_BY(SIGKILL);
	}
	same(killed, 100, "a hundred times");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
