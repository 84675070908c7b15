/* vfork(2) by one thread: that thread waits, the others run on, in the memory of all. */
#include "procstate.h"
#include <sched.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stack[65536] __attribute__((aligned(16))), stack2[65536] __attribute__((aligned(16)));
static volatile int clear, clear2, child_runs, returned, counter, steps, code;
static volatile pid_t child;

static int thread(void *arg)
{
	pid_t pid = vfork();

	if (pid == 0) {
		child = getpid();
		child_runs = 1;
		while (counter < 100)
			syscall(SYS_sched_yield);
		steps = counter;
		_exit(5);
	}
	returned = counter >= 100 ? 1 : -1;
	code = outcome(pid);
	syscall(SYS_exit, 0);
	return 0;
}

static void start(int (*fn)(void *), char *top, volatile int *word)
{
	*word = 1;
	need(clone(fn, top, THREAD_FLAGS | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, word) > 0);
}

/* exit_group by another thread while one waits: the process ends at once, the child lives on. */
static int sleeper(void *arg)
{
	if (vfork() == 0) {
		struct gate *g = arg;
		char byte;

		child_runs = 1;
		close(g->fd[1]);
		_exit(read(g->fd[0], &byte, 1) != 1);
	}
	syscall(SYS_exit, 0);
	return 0;
}

static int group_exits(void *arg)
{
	child_runs = 0;
	need(clone(sleeper, stack + sizeof(stack), THREAD_FLAGS, arg) > 0);
	while (!child_runs)
		sched_yield();
	_exit(8);
}

int main(void)
{
	struct gate g = gate_new();
	pid_t pid;

	plan(7);
	start(thread, stack + sizeof(stack), &clear);
	while (!child_runs)
		sched_yield();
	same(returned, 0, "the thread that called it waits");
	for (counter = 1; counter < 100; counter++)
		sched_yield();
	while (clear)
		sched_yield();
	same(returned, 1, "another thread runs on meanwhile");
	ok(steps >= 100, "and the child sees its writes");
	same(code, 5, "the thread waits for the child");
	clear2 = 1;
	pid = must_fork();
	if (pid == 0)
		group_exits(&g);
	same(outcome(pid), 8, "exit_group by another thread ends the wait");
	gate_open(&g);
	close(g.fd[0]);
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "the orphan is not ours");
	ok(stack2[0] == 0, "and all is well");
	return done();
}
