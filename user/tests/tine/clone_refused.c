/*
 * Ours alone: wishes that this kernel refuses as a Linux built without them. Namespaces: EPERM for who may not ask,
 * EINVAL for who may. The FS base: four levels of page tables, so user space ends at 2^47 less a page.
 */
#include "../ktap.h"
#include <linux/sched.h>
#include <sched.h>

static const unsigned long namespaces[] = {
	CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET,
};
#define NR_NAMESPACES (int)(sizeof(namespaces) / sizeof(namespaces[0]))

static int by_clone(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, -1UL);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : outcome(pid);
}

static int by_clone3(unsigned long flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD, .tls = 0x7ffffffff000 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : outcome(pid);
}

static int count(int error)
{
	int n = by_clone3(CLONE_NEWTIME) == error;

	for (int i = 0; i < NR_NAMESPACES; i++)
		n += (by_clone(namespaces[i]) == error) + (by_clone3(namespaces[i]) == error);
	return n;
}

static int unprivileged(void)
{
	need(setuid(1000) == 0);
	return count(EPERM);
}

static int user_namespace(void)
{
	need(setuid(1000) == 0);
	return by_clone(CLONE_NEWUSER);
}

int main(void)
{
	plan(6);
	same(count(EINVAL), 2 * NR_NAMESPACES + 1, "a new namespace: EINVAL");
	same(in_child(unprivileged), 2 * NR_NAMESPACES + 1, "without privilege: EPERM");
	same(in_child(user_namespace), EINVAL, "a user namespace needs none: EINVAL");
	same(by_clone3(CLONE_SETTLS), EPERM, "an FS base in the last page below 2^47: EPERM");
	same(by_clone(CLONE_SETTLS), EPERM, "and at the end of everything");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "no child");
	return done();
}
