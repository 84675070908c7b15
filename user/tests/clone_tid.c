/* clone(2) as fork: PARENT_SETTID, CHILD_SETTID and CHILD_CLEARTID write thread ids where they are told. */
#include "ktap.h"
#include <sched.h>

static long raw_clone(unsigned long flags, void *ptid, void *ctid)
{
	return syscall(SYS_clone, flags, NULL, ptid, ctid, NULL);
}

int main(void)
{
	volatile pid_t *shared = map_shared(PAGE);
	volatile pid_t mine = -1;
	pid_t pid;

	plan(11);
	pid = raw_clone(CLONE_PARENT_SETTID | SIGCHLD, (void *)&mine, NULL);
	if (pid == 0)
		_exit(mine != -1);
	same(mine, pid, "PARENT_SETTID: the parent finds the child's number");
	same(outcome(pid), 0, "the child does not, since it is written after the copy");

	mine = -1;
	pid = raw_clone(CLONE_CHILD_SETTID | SIGCHLD, NULL, (void *)&mine);
	if (pid == 0)
		_exit(mine != getpid());
	same(outcome(pid), 0, "CHILD_SETTID: the child finds its own number");
	same(mine, -1, "the parent's copy is unchanged");

	shared[0] = -1;
	pid = raw_clone(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, (void *)shared);
	if (pid == 0) {
		shared[1] = shared[0];
		_exit(0);
	}
	same(outcome(pid), 0, "both, in shared memory");
	same(shared[1], pid, "set in the child");
	same(shared[0], pid, "not cleared at exit, since no other task has this memory");

	pid = raw_clone(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, (void *)8);
	if (pid == 0)
		_exit(4);
	same(outcome(pid), 4, "a bad pointer for the child is passed over in silence");
	signal(SIGUSR1, SIG_IGN);
	pid = raw_clone(SIGUSR1, NULL, NULL);
	if (pid == 0)
		_exit(5);
	fails(waitpid(pid, NULL, WNOHANG), ECHILD, "another exit signal: not for a plain wait");
	signal(SIGUSR1, SIG_IGN);
	same(waitpid(pid, NULL, __WALL), pid, "but for __WALL");
	fails(raw_clone(CLONE_SIGHAND | SIGCHLD, NULL, NULL), EINVAL, "SIGHAND without VM: EINVAL");
	return done();
}
