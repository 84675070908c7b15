/*
 * eventfd.c - a counter behind a descriptor: eventfd(2).
 *
 * read takes the counter (or one of it), write adds to it; each waits until it can. The lock of
 * the wait queue guards the counter.
 */
#include "internal.h"

#include <tine/wait.h>

#define EFD_SEMAPHORE	1		/* eventfd(2); linux/eventfd.h is younger than our headers */

#define COUNT_MAX	(UINT64_MAX - 1)	/* more is an overflow, which only the kernel could cause */

struct eventfd {
	wait_queue_head_t wqh;
	u64 count;			/* lock of wqh */
	bool semaphore;			/* constant: read takes one */
};

/* Take what there is; false if there is nothing. */
static bool eventfd_take(struct eventfd *e, u64 *value)
{
	unsigned long flags = spin_lock_irqsave(&e->wqh.lock);

	*value = e->semaphore ? !!e->count : e->count;
	e->count -= *value;
	if (*value)
		wake_up_locked(&e->wqh);
	spin_unlock_irqrestore(&e->wqh.lock, flags);
	return *value != 0;
}

/* False if it would grow too large. */
static bool eventfd_add(struct eventfd *e, u64 value)
{
	unsigned long flags = spin_lock_irqsave(&e->wqh.lock);
	bool fits = value <= COUNT_MAX - e->count;

	if (fits) {
		e->count += value;
		wake_up_locked(&e->wqh);
	}
	spin_unlock_irqrestore(&e->wqh.lock, flags);
	return fits;
}

static ssize_t eventfd_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct eventfd *e = file->private_data;
	u64 value;
	int err;

	if (count < sizeof(value))
		return -EINVAL;
	if (!eventfd_take(e, &value)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(e->wqh, eventfd_take(e, &value));
		if (err)
			return err;
	}
	return put_user(value, (u64 __user *)buf) ? -EFAULT : (ssize_t)sizeof(value);
}

static ssize_t eventfd_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct eventfd *e = file->private_data;
	u64 value;
	int err;

	if (count < sizeof(value))
		return -EINVAL;
	if (get_user(value, (const u64 __user *)buf))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	if (!eventfd_add(e, value)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(e->wqh, eventfd_add(e, value));
		if (err)
			return err;
	}
	return sizeof(value);
}

static unsigned int eventfd_poll(struct file *file, struct poll_table *pt)
{
	struct eventfd *e = file->private_data;
	unsigned int mask = 0;
	u64 count;

	poll_wait(file, &e->wqh, pt);
	count = READ_ONCE(e->count);
	if (count > 0)
		mask |= POLLIN;
	if (count < COUNT_MAX)
		mask |= POLLOUT;
	return mask;
}

static void eventfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
}

static void eventfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd *e = file->private_data;

	seq_printf(m, "eventfd-count: %16llx\n", (unsigned long long)READ_ONCE(e->count));
}

static const struct file_operations eventfd_fops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.show_fdinfo = eventfd_show_fdinfo,
	.llseek = noop_llseek,
};

long sys_eventfd2(unsigned int count, int flags)
{
	struct eventfd *e;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	e = kmalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	init_waitqueue_head(&e->wqh);
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	return anon_inode_getfd("[eventfd]", &eventfd_fops, e, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
}

long sys_eventfd(unsigned int count)
{
	return sys_eventfd2(count, 0);
}
