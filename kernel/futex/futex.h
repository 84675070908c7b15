/*
 * futex.h - what the files of kernel/futex/ share; nobody else includes it.
 */
#pragma once

#include <tine/futex.h>
#include <tine/list.h>
#include <tine/spinlock.h>
#include <tine/types.h>

struct task_struct;

/*
 * What names a word. Private to an address space: the mm_struct and the address. In a file or in shared
 * anonymous memory: the number of its address_space, which is never given again, and the place in it. So a
 * key holds no reference, of a frame least of all: copy on write looks at those.
 */
struct futex_key {
	u64 object;
	u64 index;			/* of the page: of the address space, or of the object */
	unsigned int offset;		/* in the page, a multiple of 4, plus KEY_* */
};

/* Two ways to name private memory, which never meet: futex(2), FUTEX_PRIVATE_FLAG. */
#define KEY_MAPPING	1
#define KEY_MM_SHARED	2

/* Waiters whose keys have the same hash, in the order in which they came. */
struct futex_bucket {
	spinlock_t lock;
	struct list_head waiters;	/* lock */
};

/* One waiting task; lies on its stack. */
struct futex_waiter {
	struct list_head link;		/* lock of the bucket */
	struct futex_bucket *bucket;	/* (b) where it is queued; NULL: woken, and its task may be gone */
	struct futex_key key;		/* (b) */
	struct task_struct *task;	/* constant */
	u32 bitset;			/* constant */
};
/* (b) changed under the lock of the bucket that it names, read again after taking that lock */

/* ---- core.c ---- */
/*
 * The key of the word at @uaddr. @write: it must be writable. 0, -EINVAL if it is not aligned, -EFAULT,
 * -ENOMEM. May fault pages in.
 */
int futex_get_key(u32 __user *uaddr, bool shared, bool write, struct futex_key *key);
struct futex_bucket *futex_hash(const struct futex_key *key);
/* One lock after the other in the order of their addresses, or one lock if both are the same. */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
/* Wake one waiter. Its bucket's lock is held; @w is gone afterwards. */
void futex_wake_waiter(struct futex_waiter *w);
/* Wake at least one and at most @nr waiters on @key that share a bit with @bitset; how many. Lock held. */
int futex_wake_key(struct futex_bucket *b, const struct futex_key *key, int nr, u32 bitset);
/* Read a user word with a bucket's lock held: -EFAULT also if it is only not in memory at the moment. */
int futex_read_locked(u32 *value, u32 __user *uaddr);
/* Make the word readable / writable, after that; no lock held. 0, -EFAULT or -ENOMEM. */
int futex_fault_in(u32 __user *uaddr, bool write);

static inline bool futex_match(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->index == b->index && a->offset == b->offset;
}

/* ---- wait.c ---- */
/* Sleep while *@uaddr is @val; @expires: a point in time, monotonic unless @real; NULL: for ever. */
long futex_wait(u32 __user *uaddr, unsigned int op, u32 val, const ktime_t *expires, u32 bitset);

/* ---- requeue.c ---- */
int futex_requeue(u32 __user *from, u32 __user *to, bool shared, int nr_wake, int nr_requeue, const u32 *cmp);
int futex_wake_op(u32 __user *uaddr1, u32 __user *uaddr2, bool shared, int nr_wake, int nr_wake2, u32 op);
