/*
 * clone_flags.c - which wishes for a new task contradict each other. Pure: no state, no locks,
 * also compiled for the host, where a test compares it with what Linux answers.
 *
 * Every refusal that depends only on the request happens here, before any work is done.
 * clone(2), "ERRORS".
 */
#include <tine/clone_flags.h>
#include <tine/compiler.h>
#include <tine/uapi.h>

#define CLONE_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
			  CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

/* When all of @set are wished for, at least one of @unless must be too (0: never allowed). */
static const struct flag_rule {
	u64 set;
	u64 unless;
} rules[] = {
	/* a private view of mounts or users contradicts a shared root and working directory */
	{ CLONE_NEWNS | CLONE_FS, 0 },
	{ CLONE_NEWUSER | CLONE_FS, 0 },
	/* threads of a group receive each other's signals, so they share the handlers ... */
	{ CLONE_THREAD, CLONE_SIGHAND },
	/* ... and handlers are addresses, so they mean the same only in the same memory */
	{ CLONE_SIGHAND, CLONE_VM },
	/* handlers cannot be shared and reset */
	{ CLONE_SIGHAND | CLONE_CLEAR_SIGHAND, 0 },
	/* a thread lives in the namespaces of its group */
	{ CLONE_THREAD | CLONE_NEWUSER, 0 },
	{ CLONE_THREAD | CLONE_NEWPID, 0 },
	/* a pidfd names a whole process; CLONE_DETACHED was reused to refuse the combination */
	{ CLONE_PIDFD | CLONE_THREAD, 0 },
	{ CLONE_PIDFD | CLONE_DETACHED, 0 },
};

int check_clone_flags(u64 flags, bool parent_is_init)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((flags & rules[i].set) == rules[i].set && !(flags & rules[i].unless))
			return -EINVAL;
	}
	/* A sibling of PID 1 would be nobody's child: nothing could ever wait for it. */
	if ((flags & CLONE_PARENT) && parent_is_init)
		return -EINVAL;
	return 0;
}

int check_clone3_args(const struct clone_args *args)
{
	u64 known = 0xffffff00UL | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP | CLONE_NEWTIME;

	if (args->flags & ~known)
		return -EINVAL;
	/* the low byte is no signal here: exit_signal has its own field, and only NEWTIME lies there */
	if (args->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
		return -EINVAL;
	if (args->exit_signal & ~(u64)CSIGNAL || args->exit_signal > 64)
		return -EINVAL;
	/* a thread has no exit signal, and CLONE_PARENT takes over the parent's */
	if ((args->flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal)
		return -EINVAL;
	if (!args->stack != !args->stack_size)
		return -EINVAL;
	return 0;
}
