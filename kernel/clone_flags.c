/*
 * clone_flags.c - which wishes for a new task contradict each other. Pure: no state, no locks,
 * also compiled for the host, where a test compares it with what Linux answers.
 *
 * Every refusal that depends only on the request happens here, before any work is done. The table
 * of all flags and fields stands in tine/clone_flags.h. clone(2), "ERRORS".
 */
#include <tine/clone_flags.h>

#define MAX_PID_NS_LEVEL	32	/* of Linux: more numbers in set_tid are refused unread */
#define MAX_SIGNAL		64

/* Each field lies where its version of the structure ends or before. */
#define ROW(field, version, what) \
	_Static_assert(offsetof(struct clone_args, field) < CLONE_ARGS_SIZE_VER##version, #field);
CLONE_FIELD_TABLE(ROW)
#undef ROW

/* clone3 refuses whatever no row names. */
#define ROW(flag, wish, where) | (flag)
static const u64 all_flags = 0 CLONE_FLAG_TABLE(ROW);
#undef ROW

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

int check_clone_flags(const struct kernel_clone_args *args, bool parent_is_init)
{
	u64 flags = args->flags, both = CLONE_PIDFD | CLONE_PARENT_SETTID;

#pragma GCC unroll 16	/* the rules become constants in the code: every fork asks */
	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((flags & rules[i].set) == rules[i].set && !(flags & rules[i].unless))
			return -EINVAL;
	}
	/* A sibling of PID 1 would be nobody's child: nothing could ever wait for it. */
	if ((flags & CLONE_PARENT) && parent_is_init)
		return -EINVAL;
	/* Two answers in one place: always so in clone, where both use the same argument. */
	if ((flags & both) == both && args->pidfd == args->parent_tid)
		return -EINVAL;
	return flags & CLONE_INTO_CGROUP ? -EBADF : 0;
}

static bool stack_valid(const struct clone_args *args)
{
	return !args->stack == !args->stack_size;
}

static bool set_tid_valid(const struct clone_args *args)
{
	return args->set_tid_size <= MAX_PID_NS_LEVEL && !args->set_tid == !args->set_tid_size;
}

int check_clone3_args(const struct clone_args *args, size_t size)
{
	/* the low byte is no signal here: exit_signal has its own field, and only NEWTIME lies there */
	if (args->flags & (~all_flags | CLONE_DETACHED))
		return -EINVAL;
	if (args->exit_signal > MAX_SIGNAL)
		return -EINVAL;
	/* a thread has no exit signal, and CLONE_PARENT takes over the parent's */
	if ((args->flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal)
		return -EINVAL;
	if ((args->flags & CLONE_INTO_CGROUP) && (args->cgroup > INT32_MAX || size < CLONE_ARGS_SIZE_VER2))
		return -EINVAL;
	return stack_valid(args) && set_tid_valid(args) ? 0 : -EINVAL;
}
