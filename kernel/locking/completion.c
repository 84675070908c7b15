/*
 * completion.c - waiting for something that happens once.
 *
 * Everything, also the last look at done, happens under the lock of the wait queue. So the waiter
 * cannot return, and its stack with the completion on it vanish, before complete() has released
 * the lock, which is its last access: vfork relies on it.
 */

#include <tine/sched.h>
#include <tine/wait.h>

void init_completion(struct completion *c)
{
	c->done = 0;
	init_waitqueue_head(&c->wait);
}

void complete(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->wait.lock);

	c->done++;
	wake_up_locked(&c->wait);
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

/* Wait in @state, one that only SIGKILL or nothing interrupts: 0, or -ERESTARTSYS if killed first. */
static int wait_for_common(struct completion *c, unsigned int state)
{
	int ret = 0;
	DEFINE_WAIT(wait);

	might_sleep();
	wait.exclusive = true;
	spin_lock_irq(&c->wait.lock);
	while (!c->done) {
		if ((state & TASK_WAKEKILL) && fatal_signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		if (list_empty(&wait.link))
			list_add_tail(&wait.link, &c->wait.head);
		set_current_state(state);
		spin_unlock_irq(&c->wait.lock);
		schedule();
		spin_lock_irq(&c->wait.lock);
	}
	list_del_init(&wait.link);
	if (!ret)
		c->done--;
	spin_unlock_irq(&c->wait.lock);
	return ret;
}

void wait_for_completion(struct completion *c)
{
	(void)wait_for_common(c, TASK_UNINTERRUPTIBLE);
}

int wait_for_completion_killable(struct completion *c)
{
	return wait_for_common(c, TASK_KILLABLE);
}
