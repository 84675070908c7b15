/*
 * mutex.h - locks whose waiters sleep. Not from interrupts. Not recursive.
 */
#pragma once

#include <tine/wait.h>

struct task_struct;

struct mutex {
	struct task_struct *owner;	/* atomic: NULL when free */
	wait_queue_head_t waiters;
};

#define MUTEX_INIT(name) { NULL, WAIT_QUEUE_HEAD_INIT((name).waiters) }
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name)

void mutex_init(struct mutex *m);
/* Sleeps, not interruptibly, until the mutex is ours. */
void mutex_lock(struct mutex *m);
/* The same, but gives up with -EINTR when a fatal signal arrives. */
int __must_check mutex_lock_killable(struct mutex *m);
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_is_held(const struct mutex *m);	/* by the running task */
#define assert_mutex_held(m) assert(mutex_is_held(m))
