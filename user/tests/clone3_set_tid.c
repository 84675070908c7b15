/* clone3(2): set_tid chooses the number of the child; only for the privileged, and only a free one. */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>

/* The child's number, or -errno. Its exit code says whether it sees the number, too. */
static long with_tid(pid_t wanted)
{
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (unsigned long)&wanted, .set_tid_size = 1 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(getpid() != wanted);
	return pid < 0 ? -errno : pid;
}

static int unprivileged(void)
{
	need(setuid(1000) == 0);
	return with_tid(20000) == -EPERM ? 0 : 1;
}

static int unprivileged_order(void)
{
	need(setuid(1000) == 0);
	return with_tid(1 << 30) == -EINVAL ? 0 : 1;
}

int main(void)
{
	pid_t next;
	long pid;

	plan(11);
	pid = with_tid(20000);
	same(pid, 20000, "a free number is given");
	same(outcome(pid), 0, "and the child has it");
	pid = with_tid(20000);
	same(pid, 20000, "again once it is free");
	same(with_tid(20000), -EEXIST, "not while a zombie has it: EEXIST");
	same(outcome(pid), 0, "the zombie is waited for");
	same(with_tid(1), -EEXIST, "number 1 is in use");
	same(with_tid(-1), -EINVAL, "a negative number");
	same(with_tid(1 << 30), -EINVAL, "one above the limit");
	next = must_fork();
	if (next == 0)
		_exit(0);
	outcome(next);
	ok(next < 20000, "the search for free numbers goes on where it was");
	same(in_child(unprivileged), 0, "without privilege: EPERM");
	same(in_child(unprivileged_order), 0, "but EINVAL first");
	return done();
}
