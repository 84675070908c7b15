/*
 * wait.c - FUTEX_WAIT and FUTEX_WAIT_BITSET. futex(2).
 *
 * Who was woken says so even if a signal or the timeout came as well: the waker has counted it, and nobody
 * else will be woken in its place.
 */
#include "futex.h"

#include <arch/uaccess.h>
#include <tine/sched.h>
#include <tine/uapi.h>

/*
 * Look at the word and, if it is @val, queue @w and set the task's state, in one act as far as wakers can
 * see. 0, -EAGAIN if it is another, -EFAULT, -EINVAL, -ENOMEM.
 */
static int wait_setup(struct futex_waiter *w, u32 __user *uaddr, bool shared, u32 val)
{
	int err;

	do {
		struct futex_bucket *b;
		u32 word;

		err = futex_get_key(uaddr, shared, false, &w->key);
		if (err)
			return err;
		b = futex_hash(&w->key);
		spin_lock(&b->lock);
		err = futex_read_locked(&word, uaddr);
		if (likely(!err && word == val)) {
			w->bucket = b;
			list_add_tail(&w->link, &b->waiters);
			set_current_state(TASK_INTERRUPTIBLE);
		}
		spin_unlock(&b->lock);
		if (likely(!err))
			return word == val ? 0 : -EAGAIN;
		err = futex_fault_in(uaddr, false);
	} while (!err);
	return err;
}

/* Sleep until woken, the time comes or a signal; true if the time came. The state is set already. */
static bool wait_queued(struct futex_waiter *w, const ktime_t *expires, bool real)
{
	bool over = false;

	if (READ_ONCE(w->bucket)) {
		if (!expires)
			schedule();
		else if (real)
			over = schedule_timeout_until_real(*expires);
		else
			over = schedule_timeout_until(*expires);
	}
	__set_current_state(TASK_RUNNING);
	return over;
}

/* Leave the queue; false if a waker was faster. Requeueing may change the bucket until its lock is ours. */
static bool unqueue(struct futex_waiter *w)
{
	struct futex_bucket *b;

	while ((b = smp_load_acquire(&w->bucket))) {
		bool ours;

		spin_lock(&b->lock);
		ours = w->bucket == b;
		if (ours)
			list_del_init(&w->link);
		spin_unlock(&b->lock);
		if (ours)
			return true;
	}
	return false;
}

/* A wait with a timeout goes on, when no handler ran, until the same moment as before. */
static long wait_restart(struct restart_block *rb)
{
	return futex_wait(rb->rmtp, rb->futex_op, rb->futex_val, &rb->expires, rb->futex_bitset);
}

static long arm_restart(u32 __user *uaddr, unsigned int op, u32 val, ktime_t expires, u32 bitset)
{
	struct restart_block *rb = &current->restart_block;

	rb->fn = wait_restart;
	rb->rmtp = uaddr;
	rb->futex_op = op;
	rb->futex_val = val;
	rb->futex_bitset = bitset;
	rb->expires = expires;
	return -ERESTART_RESTARTBLOCK;
}

long futex_wait(u32 __user *uaddr, unsigned int op, u32 val, const ktime_t *expires, u32 bitset)
{
	struct futex_waiter w = { .task = current, .bitset = bitset };
	bool over;
	int err;

	if (!bitset)
		return -EINVAL;
	do {
		err = wait_setup(&w, uaddr, !(op & FUTEX_PRIVATE_FLAG), val);
		if (err)
			return err;
		over = wait_queued(&w, expires, op & FUTEX_CLOCK_REALTIME);
		if (!unqueue(&w))
			return 0;
		if (over)
			return -ETIMEDOUT;
	} while (!signal_pending(current));	/* woken by something else: look again */
	if (!expires)
		return -ERESTARTSYS;
	return arm_restart(uaddr, op, val, *expires, bitset);
}
