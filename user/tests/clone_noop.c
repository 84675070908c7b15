/* Flags that do nothing for a plain program: DETACHED, UNTRACED, PTRACE without a tracer, IO, SYSVSEM. */
#include "ktap.h"
#include <sched.h>

#ifndef CLONE_IO
#define CLONE_IO 0x80000000
#endif

static int run(unsigned long flags)
{
	pid_t pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(4);
	return pid < 0 ? -errno : outcome(pid);
}

int main(void)
{
	plan(7);
	same(run(CLONE_DETACHED), 4, "DETACHED: a child that can be waited for");
	same(run(CLONE_UNTRACED), 4, "UNTRACED");
	same(run(CLONE_PTRACE), 4, "PTRACE without a tracer");
	same(run(CLONE_IO), 4, "IO");
	same(run(CLONE_SYSVSEM), 4, "SYSVSEM");
	same(run(CLONE_DETACHED | CLONE_UNTRACED | CLONE_PTRACE | CLONE_IO | CLONE_SYSVSEM), 4, "all of them");
	same(run(0xffffffff00000000 | CLONE_IO), 4, "clone does not look at the upper half of its flags");
	return done();
}
