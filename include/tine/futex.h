/*
 * futex.h - waiting for user words, as the rest of the kernel sees it. futex(2).
 */
#pragma once

#include <tine/types.h>

struct task_struct;

void futex_init(void);

/*
 * The running task leaves its memory, by exit or exec: tell of the locks that it dies with. Walks a list
 * that the program made, within Linux's bound; whatever is wrong with it only ends the walk. Sleeps.
 * get_robust_list(2).
 */
void futex_exit_release(struct task_struct *p);
/* FUTEX_WAKE of up to @nr waiters on the word at @uaddr: how many there were, or -errno. @shared: other
 * address spaces may wait there too, and a waiter of FUTEX_PRIVATE_FLAG is not found. Sleeps. */
int futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset);
