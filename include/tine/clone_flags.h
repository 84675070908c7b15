/*
 * clone_flags.h - every wish that clone(2) and clone3(2) can express, and the pure checks of them.
 */
#pragma once

#include <tine/compiler.h>
#include <tine/fork.h>
#include <tine/uapi.h>

struct clone_args;

/* What becomes of a wish here. */
enum clone_wish {
	WISH_ACTS,		/* does what clone(2) says */
	WISH_NO_OP,		/* nothing, and on Linux nothing either: see the row */
	WISH_USERNS,		/* -EINVAL: a Linux without CONFIG_USER_NS */
	WISH_NAMESPACE,		/* -EPERM without CAP_SYS_ADMIN, else -EINVAL: a Linux without that namespace */
	WISH_CGROUP,		/* -EBADF: no descriptor can be a control group's, since there are none */
};

/* One row for each flag: what becomes of it, and where or why. */
#define CLONE_FLAG_TABLE(row) \
	row(CLONE_VM,			WISH_ACTS,	"copy_mm: the same address space") \
	row(CLONE_FS,			WISH_ACTS,	"copy_fs: the same root, working directory, umask") \
	row(CLONE_FILES,		WISH_ACTS,	"copy_files: the same descriptor table") \
	row(CLONE_SIGHAND,		WISH_ACTS,	"copy_sighand: the same actions of signals") \
	row(CLONE_PIDFD,		WISH_ACTS,	"copy_pidfd: a descriptor for the child") \
	row(CLONE_PTRACE,		WISH_NO_OP,	"concerns traced callers; nobody can trace") \
	row(CLONE_VFORK,		WISH_ACTS,	"do_fork: the caller waits until exec or exit") \
	row(CLONE_PARENT,		WISH_ACTS,	"set_parent: a sibling of the caller") \
	row(CLONE_THREAD,		WISH_ACTS,	"copy_signal, link_thread: same thread group") \
	row(CLONE_NEWNS,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_SYSVSEM,		WISH_NO_OP,	"there are no System V semaphores to undo") \
	row(CLONE_SETTLS,		WISH_ACTS,	"copy_thread_tls: base of FS; -EPERM outside of user space") \
	row(CLONE_PARENT_SETTID,	WISH_ACTS,	"do_fork: a bad pointer is passed over in silence") \
	row(CLONE_CHILD_CLEARTID,	WISH_ACTS,	"mm_release: zero and a futex wake when it leaves the memory") \
	row(CLONE_DETACHED,		WISH_NO_OP,	"ignored since Linux 2.6.2; refused by clone3 and with PIDFD") \
	row(CLONE_UNTRACED,		WISH_NO_OP,	"forbids tracing of the child; nobody can trace") \
	row(CLONE_CHILD_SETTID,		WISH_ACTS,	"schedule_tail: a bad pointer is passed over in silence") \
	row(CLONE_NEWCGROUP,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_NEWUTS,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_NEWIPC,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_NEWUSER,		WISH_USERNS,	"copy_namespaces") \
	row(CLONE_NEWPID,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_NEWNET,		WISH_NAMESPACE,	"copy_namespaces") \
	row(CLONE_IO,			WISH_NO_OP,	"no I/O contexts, like a Linux task without block I/O") \
	row(CLONE_NEWTIME,		WISH_NAMESPACE,	"copy_namespaces; clone3 only") \
	row(CLONE_CLEAR_SIGHAND,	WISH_ACTS,	"copy_sighand: handlers back to default; clone3 only") \
	row(CLONE_INTO_CGROUP,		WISH_CGROUP,	"check_clone_flags; clone3 only")

/* The fields of struct clone_args, and the version of the structure that brought them. */
#define CLONE_FIELD_TABLE(row) \
	row(flags,		0, "the rows above; the signal's bits and CLONE_DETACHED: -EINVAL") \
	row(pidfd,		0, "CLONE_PIDFD: where the descriptor goes; -EFAULT if it cannot") \
	row(child_tid,		0, "CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID") \
	row(parent_tid,		0, "CLONE_PARENT_SETTID") \
	row(exit_signal,	0, "0 to 64; must be 0 with CLONE_THREAD or CLONE_PARENT") \
	row(stack,		0, "lowest address; both or neither with stack_size") \
	row(stack_size,		0, "see stack") \
	row(tls,		0, "CLONE_SETTLS") \
	row(set_tid,		1, "numbers wanted, one for each level of pid namespaces: here one") \
	row(set_tid_size,	1, "more than one: -EINVAL") \
	row(cgroup,		2, "CLONE_INTO_CGROUP")

/*
 * Do the wishes contradict each other? @parent_is_init: the caller is PID 1's group. Looks at
 * nothing but its arguments. 0, -EINVAL or -EBADF.
 */
int check_clone_flags(const struct kernel_clone_args *args, bool parent_is_init);
/*
 * Rules that only clone3 has, for a structure of @size bytes: unknown flags, exit signal, stack and
 * its size, set_tid and its size, cgroup. 0 or -EINVAL.
 */
int check_clone3_args(const struct clone_args *args, size_t size);
/* The flags whose row says @asked: a constant. */
#define CLONE_FLAG_IF_ASKED(flag, wish, where) | ((wish) == asked ? (u64)(flag) : 0)
static force_inline u64 clone_flags_that(enum clone_wish asked)
{
	return 0 CLONE_FLAG_TABLE(CLONE_FLAG_IF_ASKED);
}
