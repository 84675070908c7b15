/*
 * requeue.c - futex operations on two words: FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP. futex(2).
 *
 * Both buckets are locked in the order of their addresses. The two words may be one and the same, and two
 * words may share a bucket: then a requeued waiter stays where it is under another key, and the walk over
 * the list ends as it would without.
 */
#include "futex.h"

#include <arch/uaccess.h>
#include <tine/sched.h>
#include <tine/uapi.h>

static int get_two_keys(u32 __user *uaddr1, u32 __user *uaddr2, bool shared, bool write2, struct futex_key *key1,
			struct futex_key *key2)
{
	int err = futex_get_key(uaddr1, shared, false, key1);

	return err ? err : futex_get_key(uaddr2, shared, write2, key2);
}

/* ---- requeue ------------------------------------------------------------------------------ */

/* Wake @nr_wake, move @nr_requeue more from @key1 to @key2. Both locks held. How many of both. */
static int requeue_waiters(struct futex_bucket *b1, const struct futex_key *key1, struct futex_bucket *b2,
			   const struct futex_key *key2, int nr_wake, int nr_requeue)
{
	struct futex_waiter *w, *next;
	int done = 0;

	list_for_each_entry_safe(w, next, &b1->waiters, link) {
		if (done - nr_wake >= nr_requeue)
			break;
		if (!futex_match(&w->key, key1))
			continue;
		if (++done <= nr_wake) {
			futex_wake_waiter(w);
			continue;
		}
		w->key = *key2;
		if (b1 != b2) {
			list_move_tail(&w->link, &b2->waiters);
			WRITE_ONCE(w->bucket, b2);
		}
	}
	return done;
}

int futex_requeue(u32 __user *from, u32 __user *to, bool shared, int nr_wake, int nr_requeue, const u32 *cmp)
{
	struct futex_key key1, key2;
	struct futex_bucket *b1, *b2;
	int ret, err;
	u32 word;

	if (nr_wake < 0 || nr_requeue < 0)
		return -EINVAL;
	do {
		ret = get_two_keys(from, to, shared, false, &key1, &key2);
		if (ret)
			return ret;
		b1 = futex_hash(&key1);
		b2 = futex_hash(&key2);
		futex_lock_two(b1, b2);
		err = cmp ? futex_read_locked(&word, from) : 0;
		if (likely(!err)) {
			if (cmp && word != *cmp)
				ret = -EAGAIN;
			else
				ret = requeue_waiters(b1, &key1, b2, &key2, nr_wake, nr_requeue);
		}
		futex_unlock_two(b1, b2);
		if (likely(!err))
			return ret;
		err = futex_fault_in(from, false);
	} while (!err);
	return err;
}

/* ---- wake after an operation --------------------------------------------------------------- */

/* The operation as FUTEX_OP() encodes it. */
struct wake_op {
	unsigned int op, cmp;
	int oparg, cmparg;
};

static int sign_extend12(u32 value)
{
	return (int)(value << 20) >> 20;
}

static struct wake_op decode_op(u32 code)
{
	struct wake_op wo = {
		.op = (code >> 28) & 7,
		.cmp = (code >> 24) & 15,
		.oparg = sign_extend12(code >> 12),
		.cmparg = sign_extend12(code),
	};

	if (code & ((u32)FUTEX_OP_OPARG_SHIFT << 28))
		wo.oparg = (int)(1U << (wo.oparg & 31));
	return wo;
}

/* The word after the operation; -ENOSYS if there is no such. */
static int apply_op(const struct wake_op *wo, u32 old, u32 *new)
{
	u32 arg = (u32)wo->oparg;

	switch (wo->op) {
	case FUTEX_OP_SET:
		*new = arg;
		return 0;
	case FUTEX_OP_ADD:
		*new = old + arg;
		return 0;
	case FUTEX_OP_OR:
		*new = old | arg;
		return 0;
	case FUTEX_OP_ANDN:
		*new = old & ~arg;
		return 0;
	case FUTEX_OP_XOR:
		*new = old ^ arg;
		return 0;
	default:
		return -ENOSYS;
	}
}

static int compare_op(const struct wake_op *wo, int old)
{
	switch (wo->cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == wo->cmparg;
	case FUTEX_OP_CMP_NE:
		return old != wo->cmparg;
	case FUTEX_OP_CMP_LT:
		return old < wo->cmparg;
	case FUTEX_OP_CMP_GE:
		return old >= wo->cmparg;
	case FUTEX_OP_CMP_LE:
		return old <= wo->cmparg;
	case FUTEX_OP_CMP_GT:
		return old > wo->cmparg;
	default:
		return -ENOSYS;
	}
}

/*
 * Change the word at @uaddr and compare what it was: 1 or 0. -EAGAIN if another CPU got in between,
 * -EFAULT if it cannot be written at the moment, -ENOSYS (an unknown comparison is found out about only
 * after the change, as on Linux). Bucket locks held.
 */
static int user_op_locked(const struct wake_op *wo, u32 __user *uaddr)
{
	u32 old, seen, new;
	int err;

	pagefault_disable();
	err = get_user(old, uaddr);
	if (!err)
		err = apply_op(wo, old, &new);
	seen = old;
	if (!err)
		err = user_cmpxchg32(uaddr, &seen, new);
	pagefault_enable();
	if (err)
		return err;
	return seen == old ? compare_op(wo, (int)old) : -EAGAIN;
}

int futex_wake_op(u32 __user *uaddr1, u32 __user *uaddr2, bool shared, int nr_wake, int nr_wake2, u32 code)
{
	const struct wake_op wo = decode_op(code);
	struct futex_key key1, key2;
	struct futex_bucket *b1, *b2;
	int ret, result;

	for (;;) {
		ret = get_two_keys(uaddr1, uaddr2, shared, true, &key1, &key2);
		if (ret)
			return ret;
		b1 = futex_hash(&key1);
		b2 = futex_hash(&key2);
		futex_lock_two(b1, b2);
		result = user_op_locked(&wo, uaddr2);
		if (likely(result >= 0)) {
			ret = futex_wake_key(b1, &key1, nr_wake, FUTEX_BITSET_MATCH_ANY);
			if (result)
				ret += futex_wake_key(b2, &key2, nr_wake2, FUTEX_BITSET_MATCH_ANY);
		}
		futex_unlock_two(b1, b2);
		if (likely(result >= 0))
			return ret;
		if (result == -EFAULT)
			result = futex_fault_in(uaddr2, true);
		if (result && result != -EAGAIN)
			return result;
	}
}
