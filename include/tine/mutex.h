/*
 * mutex.h - locks whose waiters sleep. Not from interrupts. Not recursive.
 *
 * Uncontended, locking and unlocking are one atomic instruction each, inline. See
 * kernel/locking/mutex.c for the rest.
 */
#pragma once

#include <tine/printk.h>
#include <tine/wait.h>

struct task_struct;

struct mutex {
	struct task_struct *owner;	/* atomic: NULL when free; bit 0: others wait for it */
	wait_queue_head_t waiters;
};

#define MUTEX_INIT(name) { NULL, WAIT_QUEUE_HEAD_INIT((name).waiters) }
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name)
#define MUTEX_WAITERS	1UL

DECLARE_PER_CPU(struct task_struct *, current_task);	/* see sched.h, which includes us by way of others */

void mutex_init(struct mutex *m);
void mutex_lock_slow(struct mutex *m);
int __must_check mutex_lock_killable_slow(struct mutex *m);
void mutex_unlock_slow(struct mutex *m);

static inline struct task_struct *mutex_owner(const struct mutex *m)
{
	return (struct task_struct *)((unsigned long)READ_ONCE(m->owner) & ~MUTEX_WAITERS);
}

static inline bool mutex_trylock(struct mutex *m)
{
	return cmpxchg(&m->owner, (struct task_struct *)NULL, this_cpu_read(current_task)) == NULL;
}

/* Sleeps, not interruptibly, until the mutex is ours. */
static inline void mutex_lock(struct mutex *m)
{
	might_sleep();
	if (unlikely(!mutex_trylock(m)))
		mutex_lock_slow(m);
}

/* The same, but gives up with -EINTR when a fatal signal arrives. */
static inline int __must_check mutex_lock_killable(struct mutex *m)
{
	might_sleep();
	return likely(mutex_trylock(m)) ? 0 : mutex_lock_killable_slow(m);
}

/* By the task that locked it. */
static inline void mutex_unlock(struct mutex *m)
{
	struct task_struct *me = this_cpu_read(current_task);

	if (unlikely(cmpxchg(&m->owner, me, (struct task_struct *)NULL) != me))
		mutex_unlock_slow(m);
}

/* By the running task? */
static inline bool mutex_is_held(const struct mutex *m)
{
	return mutex_owner(m) == this_cpu_read(current_task);
}
#define assert_mutex_held(m) assert(mutex_is_held(m))
