/*
 * spinlock.h - locks held for a short time, by a CPU that does not sleep meanwhile.
 *
 * A lock that an interrupt handler takes is taken elsewhere with interrupts off (the _irq and
 * _irqsave forms). Waiting loops execute PAUSE.
 */
#pragma once

#include <arch/irqflags.h>
#include <tine/atomic.h>
#include <tine/preempt.h>

typedef struct spinlock {
	unsigned int locked;	/* 0, or 1 + number of the CPU that holds it */
} spinlock_t;

#define SPINLOCK_INIT	{ 0 }
#define DEFINE_SPINLOCK(name) spinlock_t name = SPINLOCK_INIT

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

/* By anybody? What the holder did before he unlocked is seen if not. */
static inline bool spin_is_locked(const spinlock_t *lock)
{
	return smp_load_acquire(&lock->locked) != 0;
}

static inline bool spin_is_locked_here(const spinlock_t *lock)
{
	return READ_ONCE(lock->locked) == smp_processor_id() + 1;
}

void spin_lock_slow(spinlock_t *lock);

static inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	if (unlikely(cmpxchg(&lock->locked, 0U, smp_processor_id() + 1) != 0))
		spin_lock_slow(lock);
}

static inline void spin_unlock(spinlock_t *lock)
{
	smp_store_release(&lock->locked, 0U);
	preempt_enable();
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	smp_store_release(&lock->locked, 0U);
	local_irq_enable();
	preempt_enable();
}

static inline unsigned long spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = local_irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	smp_store_release(&lock->locked, 0U);
	local_irq_restore(flags);
	preempt_enable();
}

#define assert_spin_locked(lock) assert(spin_is_locked_here(lock))
