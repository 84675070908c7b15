/* getpid, getppid, gettid, getpgid, getsid over fork; no living or unwaited number is given twice. */
#include "ktap.h"

static pid_t parent;

static int child(void)
{
	if (getppid() != parent)
		return 1;
	if (getpid() == parent || syscall(SYS_gettid) != getpid())
		return 2;
	return getpgrp() != getpgid(parent) || getsid(0) != getsid(parent);
}

int main(void)
{
	pid_t pids[200];
	int twice = 0;

	parent = getpid();
	plan(6);
	same(syscall(SYS_gettid), getpid(), "the thread's number is the process's");
	same(in_child(child), 0, "a child has a number of its own, and our group and session");
	for (int i = 0; i < 200; i++)
		if ((pids[i] = must_fork()) == 0)
			_exit(0);
	for (int i = 0; i < 200; i++)
		for (int j = 0; j < i; j++)
			twice += pids[i] == pids[j];
	same(twice, 0, "200 zombies have 200 numbers");
	for (int i = 0; i < 200; i++)
		twice += outcome(pids[i]) != 0;
	same(twice, 0, "and are waited for");
	fails(getpgid(999999), ESRCH, "getpgid of nobody: ESRCH");
	fails(getsid(999999), ESRCH, "getsid of nobody: ESRCH");
	return done();
}
