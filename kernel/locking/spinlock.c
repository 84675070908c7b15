/*
 * spinlock.c - waiting for a spinlock that another CPU holds.
 *
 * The waiter only reads until the lock looks free, so that the cache line stays shared, and
 * executes PAUSE: a real CPU saves power, an emulated one gives its slice to the holder.
 */

#include <tine/printk.h>
#include <tine/spinlock.h>

void spin_lock_slow(spinlock_t *lock)
{
	unsigned int me = smp_processor_id() + 1;

	/* The holder cannot go on before we return: say so instead of hanging for ever. */
	if (READ_ONCE(lock->locked) == me)
		panic("CPU %u waits for a spinlock at %p that it holds itself", me - 1, (void *)lock);
	do {
		while (READ_ONCE(lock->locked) != 0)
			cpu_relax();
	} while (cmpxchg(&lock->locked, 0U, me) != 0);
}
