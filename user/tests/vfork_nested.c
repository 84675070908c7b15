/* vfork(2) by a child of vfork: each waits for its own, all in one memory. */
#include "procstate.h"

#define DEPTH 8

static volatile int order[2 * DEPTH], next, asleep, codes;

/* Each frame belongs to one of the processes, which lie on one stack: no two of them run at once. */
static __attribute__((noinline)) void descend(int level)
{
	pid_t pid;

	order[next++] = level;
	if (level == DEPTH - 1) {
		for (pid = getppid(); asleep < DEPTH - 1 && state_of(pid) == 'D'; pid--)
			asleep++;
		return;
	}
	pid = vfork();
	if (pid == 0) {
		descend(level + 1);
		_exit(level);
	}
	codes += outcome(pid) == level;
	order[next++] = -level;
}

/* A grandchild that executes a program lets its parent go on, and not its grandparent. */
static volatile int seen;

static void exec_below(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(200);
	}
	seen = outcome(pid) == 0 ? 1 : -1;
}

int main(void)
{
	int down = 0, up = 0;
	pid_t pid;

	plan(7);
	descend(0);
	for (int i = 0; i < DEPTH; i++)
		down += order[i] == i;
	for (int i = 0; i < DEPTH - 1; i++)
		up += order[DEPTH + i] == -(DEPTH - 2 - i);
	same(down, DEPTH, "all go down in order");
	same(up, DEPTH - 1, "and come back in order");
	same(asleep, DEPTH - 1, "the deepest one sees all others asleep");
	same(codes, DEPTH - 1, "each has its child's code");
	pid = vfork();
	if (pid == 0) {
		exec_below();
		_exit(6);
	}
	same(seen, 1, "a child that vforks and execs goes on alone");
	same(outcome(pid), 6, "its parent goes on after its exit");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
