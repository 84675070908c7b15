/*
 * copy_none.c - stages of copy_process for what this kernel does not have: nothing to copy, nothing to
 * share, and the wishes that concern it are refused or without effect as clone_flags.h says.
 */
#include <tine/clone_flags.h>
#include <tine/cred.h>

#include "fork.h"

/* There are no System V semaphores yet, so there is nothing to undo at exit and nothing to share. */
fork_path int copy_semundo(struct task_struct *p, const struct kernel_clone_args *args)
{
	return 0;
}

/* There are no key rings yet. */
fork_path int copy_keys(struct task_struct *p, const struct kernel_clone_args *args)
{
	return 0;
}

/* Every task lives in the initial namespaces; a wish for new ones is refused as by a Linux without them. */
fork_path int copy_namespaces(struct task_struct *p, const struct kernel_clone_args *args)
{
	u64 namespaces = clone_flags_that(WISH_NAMESPACE), users = clone_flags_that(WISH_USERNS);

	if (args->flags & users)
		return -EINVAL;
	if (!(args->flags & namespaces))
		return 0;
	return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
}

/* No I/O contexts: CLONE_IO has nothing to share, as on Linux for a task that never did block I/O. */
fork_path int copy_io(struct task_struct *p, const struct kernel_clone_args *args)
{
	return 0;
}
