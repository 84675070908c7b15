/*
 * core.c - futexes: waiters in a hash table by what they wait for. futex(2).
 *
 * A waiter looks at the user word under the lock of its bucket and queues itself before it lets go; a
 * waker changes the word first and takes the lock then. So either the waiter sees the new value or
 * the waker sees the waiter: no wake-up is lost.
 *
 * Nobody sleeps with a bucket locked: user words are read with page faults disabled. If that fails, the
 * lock is dropped, the page is faulted in, and all begins again, the key included if the memory is shared,
 * because it may be other memory by now.
 *
 * A waiter is on the list of the bucket that its `bucket` field names. Requeueing moves it under both
 * locks; waking takes it off and then clears the field, which is the last touch of its memory.
 *
 * Lock order: mmap_lock while a key is made, with nothing else; bucket locks by address; run queues.
 * Never taken in interrupts.
 */
#include "futex.h"

#include <arch/uaccess.h>
#include <tine/mm.h>
#include <tine/sched.h>
#include <tine/uapi.h>

#define FUTEX_HASH_BITS	8

static struct futex_bucket buckets[1 << FUTEX_HASH_BITS];

/* ---- keys --------------------------------------------------------------------------------- */

int futex_get_key(u32 __user *uaddr, bool shared, bool write, struct futex_key *key)
{
	unsigned long addr = (unsigned long)uaddr;

	if (addr % sizeof(u32))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	key->object = (u64)current->mm;
	key->index = addr >> PAGE_SHIFT;
	key->offset = offset_in_page(addr);
	if (shared) {
		struct mm_place place;
		int err = mm_shared_place(current->mm, addr, write, &place);

		if (err)
			return err;
		key->offset |= place.object ? KEY_MAPPING : KEY_MM_SHARED;
		if (place.object) {
			key->object = place.object;
			key->index = place.index;
		}
	}
	return 0;
}

struct futex_bucket *futex_hash(const struct futex_key *key)
{
	u64 hash = (key->object ^ key->index << 10) + key->offset;

	hash *= 0x9e3779b97f4a7c15UL;	/* 2^64 divided by the golden ratio spreads neighbours evenly */
	return &buckets[hash >> (64 - FUTEX_HASH_BITS)];
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&a->lock);
	spin_unlock(&b->lock);
}

/* ---- user words --------------------------------------------------------------------------- */

int futex_read_locked(u32 *value, u32 __user *uaddr)
{
	int err;

	pagefault_disable();
	err = get_user(*value, uaddr);
	pagefault_enable();
	return err;
}

int futex_fault_in(u32 __user *uaddr, bool write)
{
	unsigned int result = handle_mm_fault(current->mm, (unsigned long)uaddr, write ? FAULT_FLAG_WRITE : 0);

	if (!result)
		return 0;
	return result & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
}

/* ---- waking ------------------------------------------------------------------------------- */

void futex_wake_waiter(struct futex_waiter *w)
{
	list_del_init(&w->link);
	wake_up_process(w->task);
	/* now it may return from the system call and even exit: @w and its task are not ours any more */
	smp_store_release(&w->bucket, NULL);
}

int futex_wake_key(struct futex_bucket *b, const struct futex_key *key, int nr, u32 bitset)
{
	struct futex_waiter *w, *next;
	int woken = 0;

	list_for_each_entry_safe(w, next, &b->waiters, link) {
		if (!futex_match(&w->key, key) || !(w->bitset & bitset))
			continue;
		futex_wake_waiter(w);
		if (++woken >= nr)
			break;
	}
	return woken;
}

int futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset)
{
	struct futex_bucket *b;
	struct futex_key key;
	int ret;

	if (!bitset)
		return -EINVAL;
	ret = futex_get_key(uaddr, shared, false, &key);
	if (ret)
		return ret;
	b = futex_hash(&key);
	spin_lock(&b->lock);
	ret = futex_wake_key(b, &key, nr, bitset);
	spin_unlock(&b->lock);
	return ret;
}

void futex_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_LIST_HEAD(&buckets[i].waiters);
	}
}
