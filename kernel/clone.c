/*
 * clone.c - the system calls whose wishes come as flags: clone and clone3. They only translate
 * registers and structures into a kernel_clone_args; do_fork() in fork.c does the work. clone(2).
 */
#include <arch/uaccess.h>
#include <tine/clone_flags.h>
#include <tine/page.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/syscalls.h>

/* Flags of calls that are not built yet are refused like bits that a kernel does not know. */
#define CLONE_REFUSED	(CLONE_PIDFD | CLONE_PTRACE | CLONE_INTO_CGROUP)

static u32 monitor_flag(u64 flags)
{
	return flags & CLONE_THREAD ? 0 : KCLONE_GLOBAL_THREAD;
}

fork_path long do_clone(unsigned long flags, unsigned long stack, int __user *parent_tid,
			int __user *child_tid, unsigned long tls, u32 kernel_flags)
{
	struct kernel_clone_args args = {
		.flags = (u32)flags & ~(u32)CSIGNAL,
		.kernel_flags = kernel_flags | monitor_flag(flags),
		.exit_signal = flags & CSIGNAL,
		.child_tid = child_tid,
		.parent_tid = parent_tid,
		.stack = stack,
		.tls = tls,
	};

	if (args.flags & CLONE_REFUSED)
		return -EINVAL;
	return do_fork(&args);
}

fork_path long sys_clone(unsigned long flags, unsigned long stack, int __user *parent_tid,
			 int __user *child_tid, unsigned long tls)
{
	return do_clone(flags, stack, parent_tid, child_tid, tls, 0);
}

/*
 * Read clone3's structure, which grows from version to version: what a longer one says beyond
 * what we know must be zero (E2BIG), what a shorter one does not say is zero.
 */
static int copy_clone_args(struct clone_args *kargs, const struct clone_args __user *uargs, size_t size)
{
	char rest[64];

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(kargs, 0, sizeof(*kargs));
	if (copy_from_user(kargs, uargs, min(size, sizeof(*kargs))))
		return -EFAULT;
	for (size_t at = sizeof(*kargs); at < size; at += sizeof(rest)) {
		size_t n = min(size - at, sizeof(rest));

		if (copy_from_user(rest, (const char __user *)uargs + at, n))
			return -EFAULT;
		for (size_t i = 0; i < n; i++) {
			if (rest[i])
				return -E2BIG;
		}
	}
	return 0;
}

fork_path long sys_clone3(struct clone_args __user *uargs, size_t size)
{
	struct clone_args k;
	int err = copy_clone_args(&k, uargs, size);

	if (!err)
		err = check_clone3_args(&k);
	if (err)
		return err;
	if ((k.flags & CLONE_REFUSED) || k.set_tid || k.set_tid_size || !access_ok((void *)k.stack, k.stack_size))
		return -EINVAL;
	struct kernel_clone_args args = {
		.flags = k.flags,
		.kernel_flags = monitor_flag(k.flags),
		.exit_signal = (int)k.exit_signal,
		.child_tid = (int __user *)k.child_tid,
		.parent_tid = (int __user *)k.parent_tid,
		.stack = k.stack ? k.stack + k.stack_size : 0,	/* stacks grow down from the end */
		.tls = k.tls,
	};
	return do_fork(&args);
}

long sys_set_tid_address(int __user *tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}
