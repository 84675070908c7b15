/*
 * vfork(2): SIGKILL, or a signal that is as fatal, ends a parent that waits. The child lives on in the memory, which
 * is now its own, and what it was to complete is gone: its exit or exec touches nothing of the parent's.
 */
#include "procstate.h"
#include <sys/prctl.h>

struct shared {
	volatile pid_t child;
	volatile int go;
	volatile int orphan;		/* the child has seen its parent go */
	volatile int memory;		/* and had its memory still */
};

static struct shared *s;		/* of the round in hand */
static volatile int in_memory;
static char *const true_argv[] = { "true", NULL };

/* What the child does while its parent is killed. */
static void live_on(int exec)
{
	pid_t parent = getppid();

	in_memory = 17;
	s->child = getpid();
	while (!s->go)
		sleep_ms(1);
	s->orphan = getppid() != parent;
	s->memory = in_memory == 17 && map_private(PAGE) != NULL;
	if (exec)
		execv("/bin/true", true_argv);
	_exit(9);
}

/* A parent in a process of its own, so that we can kill it. */
static pid_t start_parent(int exec)
{
	pid_t parent;

	memset(s, 0, sizeof(*s));
	parent = must_fork();
	if (parent == 0) {
		if (vfork() == 0)
			live_on(exec);
		_exit(1);
	}
	while (!s->child)
		sleep_ms(1);
	return parent;
}

static void round_with(int sig, int exec, int want, const char *what)
{
	pid_t parent = start_parent(exec);
	int asleep = becomes(parent, 'D');

	kill(parent, sig);
	ok(asleep && outcome(parent) == KILLED_BY(sig), what);
	s->go = 1;
	ok(outcome(s->child) == want && s->orphan && s->memory, exec ? "its child executes a program" : "its child exits");
}

/*
 * The first parent is dead, and a second one sleeps where it slept: the same kernel stack, as likely as not. The end
 * of the first child must not wake it.
 */
static int mistaken(int exec)
{
	struct shared *first = s, *second = s + 1;
	pid_t parent = start_parent(exec);
	int asleep;

	kill(parent, SIGKILL);
	if (outcome(parent) != KILLED_BY(SIGKILL))
		return 0;
	s = second;
	parent = start_parent(exec);
	first->go = 1;
	if (outcome(first->child) != (exec ? 0 : 9))
		return 0;
	sleep_ms(2);
	asleep = state_of(parent) == 'D';
	second->go = 1;
	s = first;
	return asleep && outcome(parent) == 1 && outcome(second->child) == (exec ? 0 : 9);
}

/* Both at once: the parent is killed at some moment while the child leaves. Fine if both are gone. */
static int race(int delay, int exec)
{
	pid_t parent = start_parent(exec);
	int how;

	s->go = 1;
	for (volatile int i = 0; i < delay * 200; i++)
		;
	kill(parent, SIGKILL);
	how = outcome(parent);
	if (how != KILLED_BY(SIGKILL) && how != 1)
		return 0;
	/* a parent that was quicker leaves its child to us as well */
	how = outcome(s->child);
	return how == (exec ? 0 : 9);
}

int main(void)
{
	int fine = 0, kept = 0;

	s = map_shared(PAGE);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	plan(9);
	round_with(SIGKILL, 0, 9, "SIGKILL: the parent dies at once");
	round_with(SIGKILL, 1, 0, "SIGKILL again");
	round_with(SIGTERM, 0, 9, "SIGTERM without a handler: the parent dies at once");
	for (int i = 0; i < 6; i++)
		kept += mistaken(i & 1);
	same(kept, 6, "what the child was to complete is forgotten: nobody else is woken by it");
	for (int i = 0; i < 40; i++)
		fine += race(i, i & 1);
	same(fine, 40, "forty races of the parent's death with the child's end");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
