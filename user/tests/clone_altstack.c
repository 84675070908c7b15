/* The alternate signal stack is inherited by fork and vfork, and forgotten by a child that shares the memory. */
#include "ktap.h"
#include <sched.h>

static char stack[65536] __attribute__((aligned(16)));

static int has_altstack(void *arg)
{
	stack_t ss;

	need(sigaltstack(NULL, &ss) == 0);
	return !(ss.ss_flags & SS_DISABLE);
}

static int run(unsigned long flags)
{
	return outcome(clone(has_altstack, stack + sizeof(stack), flags | SIGCHLD, NULL));
}

int main(void)
{
	stack_t ss = { .ss_sp = map_private(16 * PAGE), .ss_size = 16 * PAGE };

	need(sigaltstack(&ss, NULL) == 0);
	plan(4);
	same(run(0), 1, "fork: kept");
	same(run(CLONE_VFORK | CLONE_VM), 1, "VFORK and VM: kept");
	same(run(CLONE_VM), 0, "VM: forgotten");
	same(has_altstack(NULL), 1, "the parent has it all the time");
	return done();
}
