/*
 * wait.c - wait queues. See wait.h for the protocol that loses no wake-up.
 *
 * Exclusive waiters stand behind all others, in the order in which they came. Lock order: the
 * lock of the queue, then a run queue's.
 */

#include <tine/sched.h>
#include <tine/wait.h>

void init_waitqueue_head(wait_queue_head_t *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

/*
 * Wake the task and take the entry off the queue. The entry lies on the stack of the task, which
 * may return as soon as the entry is off: so that is the last access.
 */
bool autoremove_wake_function(struct wait_queue_entry *entry)
{
	if (!wake_up_process(entry->task))
		return false;
	list_del_init(&entry->link);
	return true;
}

static void enqueue_entry(wait_queue_head_t *wq, struct wait_queue_entry *entry)
{
	if (entry->exclusive)
		list_add_tail(&entry->link, &wq->head);
	else
		list_add(&entry->link, &wq->head);
}

void add_wait_queue(wait_queue_head_t *wq, struct wait_queue_entry *entry)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	enqueue_entry(wq, entry);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void remove_wait_queue(wait_queue_head_t *wq, struct wait_queue_entry *entry)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	list_del_init(&entry->link);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *entry, unsigned int state)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	if (list_empty(&entry->link))
		enqueue_entry(wq, entry);
	set_current_state(state);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void prepare_to_wait_exclusive(wait_queue_head_t *wq, struct wait_queue_entry *entry, unsigned int state)
{
	entry->exclusive = true;
	prepare_to_wait(wq, entry, state);
}

/* Off its queue for good: the waker has written both links, in this order, and is done with it. */
static inline bool entry_is_off(const struct wait_queue_entry *entry)
{
	return READ_ONCE(entry->link.next) == &entry->link && READ_ONCE(entry->link.prev) == &entry->link;
}

void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!entry_is_off(entry))
		remove_wait_queue(wq, entry);
}

/* @exclusive: how many exclusive waiters to wake at most. The lock of the queue is held. */
static void wake_up_entries(wait_queue_head_t *wq, unsigned long exclusive)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &wq->head, link) {
		bool counts = entry->exclusive;

		if (entry->func(entry) && counts && --exclusive == 0)
			break;
	}
}

void wake_up_locked(wait_queue_head_t *wq)
{
	wake_up_entries(wq, 1);
}

void wake_up(wait_queue_head_t *wq)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	wake_up_entries(wq, 1);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void wake_up_all(wait_queue_head_t *wq)
{
	unsigned long flags = spin_lock_irqsave(&wq->lock);

	wake_up_entries(wq, ~0UL);
	spin_unlock_irqrestore(&wq->lock, flags);
}
