/*
 * mutex.c - the slow paths of the mutex; the fast ones are inline in mutex.h.
 *
 * owner holds the task that has the mutex; bit 0 is set while tasks wait for it, which sends
 * mutex_unlock() here. Invariants, under waiters.lock: somebody waits => bit 0 is set; a mutex
 * with bit 0 set has an owner. The unlocker hands the mutex to the task that has waited longest
 * and then wakes it, so nobody overtakes and nobody starves.
 *
 * After mutex_unlock() let the mutex go it does not touch it: its memory may be freed at once by
 * the next owner.
 *
 * Lock order: waiters.lock, then a run queue's. It is not taken in interrupts.
 */

#include <tine/mutex.h>
#include <tine/printk.h>
#include <tine/sched.h>

void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	init_waitqueue_head(&m->waiters);
}

static inline struct task_struct *with_waiters(struct task_struct *owner)
{
	return (struct task_struct *)((unsigned long)owner | MUTEX_WAITERS);
}

/* Take the mutex if it is free, else mark that somebody waits for it. True: it is ours. */
static bool take_or_mark(struct mutex *m)
{
	struct task_struct *owner = READ_ONCE(m->owner), *seen;

	for (;;) {
		seen = cmpxchg(&m->owner, owner, owner ? with_waiters(owner) : current);
		if (seen == owner)
			return owner == NULL;
		owner = seen;
	}
}

/* A killed waiter leaves: without other waiters the next unlock may be fast again. */
static void stop_waiting(struct mutex *m, struct wait_queue_entry *entry)
{
	struct task_struct *owner = mutex_owner(m);

	list_del_init(&entry->link);
	/* With bit 0 set the owner cannot let go without waiters.lock, so it is stable. */
	if (list_empty(&m->waiters.head))
		WRITE_ONCE(m->owner, owner);
}

static int mutex_wait(struct mutex *m, unsigned int state)
{
	int ret = 0;
	DEFINE_WAIT(wait);

	assert(mutex_owner(m) != current);
	spin_lock(&m->waiters.lock);
	if (take_or_mark(m)) {
		spin_unlock(&m->waiters.lock);
		return 0;
	}
	list_add_tail(&wait.link, &m->waiters.head);
	for (;;) {
		set_current_state(state);
		if (mutex_owner(m) == current)		/* handed over, entry taken off */
			break;
		if ((state & TASK_WAKEKILL) && fatal_signal_pending(current)) {
			stop_waiting(m, &wait);
			ret = -EINTR;
			break;
		}
		spin_unlock(&m->waiters.lock);
		schedule();
		spin_lock(&m->waiters.lock);
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock(&m->waiters.lock);
	return ret;
}

void mutex_lock_slow(struct mutex *m)
{
	(void)mutex_wait(m, TASK_UNINTERRUPTIBLE);
}

int mutex_lock_killable_slow(struct mutex *m)
{
	return mutex_wait(m, TASK_KILLABLE);
}

void mutex_unlock_slow(struct mutex *m)
{
	struct wait_queue_entry *first;
	struct task_struct *next;

	assert(mutex_owner(m) == current);
	spin_lock(&m->waiters.lock);
	first = list_first_entry_or_null(&m->waiters.head, struct wait_queue_entry, link);
	if (!first) {		/* they were killed meanwhile, and stop_waiting() cleared bit 0 */
		spin_unlock(&m->waiters.lock);
		mutex_unlock(m);	/* only now: letting go is the last access */
		return;
	}
	next = first->task;
	list_del_init(&first->link);
	smp_store_release(&m->owner, list_empty(&m->waiters.head) ? next : with_waiters(next));
	/* Under the lock: @next cannot return from mutex_lock(), exit and be freed before it is woken. */
	wake_up_process(next);
	spin_unlock(&m->waiters.lock);
}
