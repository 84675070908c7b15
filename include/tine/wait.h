/*
 * wait.h - wait queues: tasks that sleep until a condition holds.
 *
 * The sleeper sets its state first, then looks at the condition, then calls schedule(); the
 * waker changes the condition first, then calls wake_up(). So no wake-up is lost.
 */
#pragma once

#include <tine/list.h>
#include <tine/spinlock.h>

struct task_struct;
struct wait_queue_entry;

/* Called by wake_up() with the queue's lock held; returns true if it woke somebody. */
typedef bool (*wait_func_t)(struct wait_queue_entry *entry);

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;		/* lock */
} wait_queue_head_t;

struct wait_queue_entry {
	struct list_head link;		/* lock of the queue */
	struct task_struct *task;
	wait_func_t func;
	bool exclusive;			/* wake_up() stops after waking one of these */
};

#define WAIT_QUEUE_HEAD_INIT(name) { SPINLOCK_INIT, LIST_HEAD_INIT((name).head) }
#define DECLARE_WAIT_QUEUE_HEAD(name) wait_queue_head_t name = WAIT_QUEUE_HEAD_INIT(name)

bool autoremove_wake_function(struct wait_queue_entry *entry);

#define DEFINE_WAIT(name) struct wait_queue_entry name = { \
	.link = LIST_HEAD_INIT(name.link), .task = current, .func = autoremove_wake_function }

void init_waitqueue_head(wait_queue_head_t *wq);
void add_wait_queue(wait_queue_head_t *wq, struct wait_queue_entry *entry);
void remove_wait_queue(wait_queue_head_t *wq, struct wait_queue_entry *entry);
/* Queue @entry unless it is queued and set the state of the running task, in this order. */
void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *entry, unsigned int state);
void prepare_to_wait_exclusive(wait_queue_head_t *wq, struct wait_queue_entry *entry, unsigned int state);
/* Back to TASK_RUNNING and off the queue. */
void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *entry);
/* Wake all non-exclusive waiters and one exclusive one (all: every one). From any context. */
void wake_up(wait_queue_head_t *wq);
void wake_up_all(wait_queue_head_t *wq);
void wake_up_locked(wait_queue_head_t *wq);	/* wake_up() with the lock of the queue held */

static inline bool waitqueue_active(const wait_queue_head_t *wq)
{
	return !list_empty(&wq->head);
}

#define __wait_event(wq, condition, wait_state, stop_now) ({ \
	int _ret = 0; \
	DEFINE_WAIT(_wait); \
	for (;;) { \
		prepare_to_wait(&(wq), &_wait, wait_state); \
		if (condition) \
			break; \
		if (stop_now) { \
			_ret = -ERESTARTSYS; \
			break; \
		} \
		schedule(); \
	} \
	finish_wait(&(wq), &_wait); \
	_ret; })

#define wait_event(wq, condition) \
	((void)__wait_event(wq, condition, TASK_UNINTERRUPTIBLE, false))
/* 0 when the condition holds, -ERESTARTSYS when a signal came first. */
#define wait_event_interruptible(wq, condition) \
	__wait_event(wq, condition, TASK_INTERRUPTIBLE, signal_pending(current))
#define wait_event_killable(wq, condition) \
	__wait_event(wq, condition, TASK_KILLABLE, fatal_signal_pending(current))

/* Something that happens once; completing comes before or after waiting. */
struct completion {
	unsigned int done;		/* lock of wait */
	wait_queue_head_t wait;
};

void init_completion(struct completion *c);
/* Let one waiter through. From any context; does not touch @c after the waiter may have returned. */
void complete(struct completion *c);
void wait_for_completion(struct completion *c);
/* 0, or -ERESTARTSYS if a fatal signal came first. */
int __must_check wait_for_completion_killable(struct completion *c);
