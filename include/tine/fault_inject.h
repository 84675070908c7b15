/*
 * fault_inject.h - every fallible act asks here first whether it is to fail.
 *
 * A task arms itself by writing N to /proc/self/fail-nth: of the fallible acts in its next
 * system call (process context, this task only), the N-th fails. Reading the file gives 0 after
 * that act has failed, else how many acts were still missing. The call stands in front of every
 * cache, so that the count does not depend on what the caches hold.
 */
#pragma once

#include <tine/sched.h>

enum fail_site {
	FAIL_FRAME,		/* page frame */
	FAIL_SLAB,		/* kmem_cache_alloc(), kmalloc() */
	FAIL_TABLE,		/* page-table page */
	FAIL_STACK,		/* kernel stack */
	FAIL_PID,
	FAIL_USER_COPY,		/* copy to or from user space */
	FAIL_LIMIT,		/* a resource limit reached */
	NR_FAIL_SITES
};

bool should_fail_slow(enum fail_site site);

static inline bool should_fail(enum fail_site site)
{
	return unlikely(current->fail_nth != 0) && should_fail_slow(site);
}

/*
 * For /proc/self/fail-nth: arm @p (0: disarm). Only the running task itself: -EPERM for any other;
 * -EINVAL for more than 2^30 - 1.
 */
int fail_nth_write(struct task_struct *p, unsigned int n);
/* What the file shows. A system call that calls this for its own task is not the armed one. */
unsigned int fail_nth_read(struct task_struct *p);

/* At both ends of a system call, if TIF_SYSCALL_WORK is set before it. */
void fail_nth_syscall_enter(void);
void fail_nth_syscall_exit(void);

/* Has an act of the running system call failed on purpose? Then lack of memory may not be real. */
bool fail_nth_fired(void);
