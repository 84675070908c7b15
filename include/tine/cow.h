/*
 * cow.h - objects that several holders share until one of them wants to change it.
 *
 * A holder has a pointer to the object, guarded by a lock of the holder's own. An object with one
 * holder is written freely under that lock; with more it is never written: who wants to change it
 * splits off a copy first (cow_split) and changes that.
 *
 * Taking a reference is the only step that needs memory. It brings a spare of the object's size
 * along, so that an object with n holders has n - 1 spares, one for each who may want a copy; the
 * last one needs none. A holder that leaves takes a spare with it. So what splits can never fail:
 * close(2) and sigaction(2) know no ENOMEM.
 *
 * Locks: (w) cow->lock, taken inside the holder's lock. If that one is taken in interrupts, all of
 * this is called with interrupts off.
 */
#pragma once

#include <tine/spinlock.h>

/* The first member of what is shared. */
struct cow {
	spinlock_t lock;
	unsigned int count;		/* (w) holders; the only one reads and writes it without the lock */
	struct cow *spare;		/* (w) uninitialized but for this link; count - 1 of them */
};

static inline void cow_init(struct cow *cow)
{
	spin_lock_init(&cow->lock);
	cow->count = 1;
	cow->spare = NULL;
}

/*
 * Is the caller, who holds the lock of its pointer, the only holder? Then it stays so under that lock. Who has just let
 * go may still have to unlock, so the object cannot be freed yet: then no, and the lock is waited for.
 */
static inline bool cow_is_own(const struct cow *cow)
{
	return smp_load_acquire(&cow->count) == 1 && !spin_is_locked(&cow->lock);
}

/* One more holder, by one whose lock is held. @spare: memory for a copy. */
void cow_get(struct cow *cow, struct cow *spare);
/*
 * A copy for a holder, its lock held, that is about to change @cow: copy() has filled in all but the
 * struct cow, and the reference to @cow is gone. NULL: the others have left, @cow itself may be changed.
 */
struct cow *cow_split(struct cow *cow, void (*copy)(struct cow *to, const struct cow *from));
/* Drop a reference. What the caller has to free: a spare, or @cow itself after its last holder. */
struct cow *cow_put(struct cow *cow);
