/* PARENT_SETTID, CHILD_SETTID, CHILD_CLEARTID with pointers that lead nowhere: the child lives, nothing is written. */
#include "ktap.h"
#include <sched.h>

static long raw_clone(unsigned long flags, void *ptid, void *ctid)
{
	long pid = syscall(SYS_clone, flags, NULL, ptid, ctid, NULL);

	if (pid == 0)
		_exit(7);
	return pid;
}

/* As a child that shares the memory, so that CHILD_CLEARTID is acted on. */
static int shares(void *arg)
{
	return 7;
}

int main(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int *read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *hole = map_private(2 * PAGE);
	void *bad[6];
	int lived = 0, cleared = 0;

	need(munmap(hole + PAGE, PAGE) == 0);
	bad[0] = NULL;
	bad[1] = (void *)8;
	bad[2] = read_only;
	bad[3] = hole + PAGE - 2;		/* half of it */
	bad[4] = (void *)0xffffffff80000000;
	bad[5] = (void *)0x8000000000000000;
	plan(6);
	for (int i = 0; i < 6; i++)
		lived += outcome(raw_clone(CLONE_PARENT_SETTID | SIGCHLD, bad[i], NULL)) == 7;
	same(lived, 6, "PARENT_SETTID: the child lives");
	lived = 0;
	for (int i = 0; i < 6; i++)
		lived += outcome(raw_clone(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, bad[i])) == 7;
	same(lived, 6, "CHILD_SETTID and CHILD_CLEARTID: the child lives");
	for (int i = 0; i < 6; i++)
		cleared += outcome(clone(shares, stack + sizeof(stack), CLONE_VM | CLONE_CHILD_SETTID |
					 CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, bad[i])) == 7;
	same(cleared, 6, "and in shared memory");
	same(*read_only, 0, "a page that may only be read is not written");
	same(hole[PAGE - 1] | hole[PAGE - 2], 0, "nor is half a word");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "all are waited for");
	return done();
}
