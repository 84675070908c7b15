/*
 * timerfd.c - a timer behind a descriptor: timerfd_create(2).
 *
 * The timer fires once and counts; a periodic one is armed again, with the periods that have
 * passed meanwhile, when somebody reads it or asks for the time left. So a program that does not
 * look costs no interrupts. wqh.lock guards everything.
 */
#include "internal.h"

#include <tine/clock_timer.h>
#include <tine/wait.h>

struct timerfd {
	wait_queue_head_t wqh;
	struct clock_timer timer;
	clockid_t clock;		/* constant */
	ktime_t interval;		/* 0: fires once */
	u64 ticks;			/* not read yet */
	bool armed;			/* it_value was not 0 */
	bool expired;			/* fired, and not armed again yet */
	bool cancel_on_set;
	struct wait_queue_entry on_set;	/* cancel_on_set: in clock_was_set; taken out by release() */
	bool canceled;			/* the clock was set */
	int settime_flags;		/* for /proc */
};

static void timerfd_fire(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer.timer);
	unsigned long flags = spin_lock_irqsave(&t->wqh.lock);

	/* a timer that was set anew while this was on its way is not due */
	if (t->armed && !t->expired && clock_timer_now(&t->timer) >= t->timer.expires) {
		t->expired = true;
		t->ticks++;
		wake_up_locked(&t->wqh);
	}
	spin_unlock_irqrestore(&t->wqh.lock, flags);
}

/* A periodic timer that has fired goes on. wqh.lock held. */
static void timerfd_rearm(struct timerfd *t)
{
	if (!t->expired || !t->interval)
		return;
	t->expired = false;
	t->ticks += clock_timer_forward(&t->timer, clock_timer_now(&t->timer), t->interval) - 1;
	clock_timer_start(&t->timer);
}

/* Something to read into *ticks, or an error in *err: then true. */
static bool timerfd_take(struct timerfd *t, u64 *ticks, int *err)
{
	unsigned long flags = spin_lock_irqsave(&t->wqh.lock);

	*err = t->canceled ? -ECANCELED : 0;
	t->canceled = false;
	*ticks = 0;
	if (t->ticks && !*err) {
		timerfd_rearm(t);
		*ticks = t->ticks;
	}
	if (*err || *ticks)
		t->ticks = 0;
	spin_unlock_irqrestore(&t->wqh.lock, flags);
	return *err || *ticks;
}

static ssize_t timerfd_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct timerfd *t = file->private_data;
	u64 ticks;
	int err;

	if (count < sizeof(ticks))
		return -EINVAL;
	if (!timerfd_take(t, &ticks, &err)) {
		int interrupted;

		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		interrupted = wait_event_interruptible(t->wqh, timerfd_take(t, &ticks, &err));
		if (interrupted)
			return interrupted;
	}
	if (err)
		return err;
	return put_user(ticks, (u64 __user *)buf) ? -EFAULT : (ssize_t)sizeof(ticks);
}

static unsigned int timerfd_poll(struct file *file, struct poll_table *pt)
{
	struct timerfd *t = file->private_data;

	poll_wait(file, &t->wqh, pt);
	return READ_ONCE(t->ticks) || READ_ONCE(t->canceled) ? POLLIN : 0;
}

static void timerfd_release(struct inode *inode, struct file *file)
{
	struct timerfd *t = file->private_data;

	clock_timer_cancel(&t->timer);
	clock_unwatch(&t->on_set);
	kfree(t);
}

/* What is left, and the interval. wqh.lock held. */
static void timerfd_left(struct timerfd *t, struct __kernel_itimerspec *left)
{
	ktime_t now = clock_timer_now(&t->timer);
	ktime_t value = t->armed && !t->expired && t->timer.expires > now ? t->timer.expires - now : 0;

	left->it_value = ns_to_timespec(value);
	left->it_interval = ns_to_timespec(t->interval);
}

static void timerfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct timerfd *t = file->private_data;
	struct __kernel_itimerspec left;
	unsigned long flags = spin_lock_irqsave(&t->wqh.lock);

	timerfd_left(t, &left);
	spin_unlock_irqrestore(&t->wqh.lock, flags);
	seq_printf(m, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n", t->clock, (unsigned long long)t->ticks,
		   t->settime_flags);
	seq_printf(m, "it_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n",
		   (unsigned long long)left.it_value.tv_sec, (unsigned long long)left.it_value.tv_nsec,
		   (unsigned long long)left.it_interval.tv_sec, (unsigned long long)left.it_interval.tv_nsec);
}

static const struct file_operations timerfd_fops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.show_fdinfo = timerfd_show_fdinfo,
	.llseek = noop_llseek,
};

/* Real time was set: TFD_TIMER_CANCEL_ON_SET. */
static bool timerfd_clock_set(struct wait_queue_entry *entry)
{
	struct timerfd *t = container_of(entry, struct timerfd, on_set);
	unsigned long flags = spin_lock_irqsave(&t->wqh.lock);

	if (t->cancel_on_set) {
		t->canceled = true;
		wake_up_locked(&t->wqh);
	}
	spin_unlock_irqrestore(&t->wqh.lock, flags);
	return false;
}

long sys_timerfd_create(int clock, int flags)
{
	struct timerfd *t;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	init_waitqueue_head(&t->wqh);
	clock_timer_init(&t->timer, timerfd_fire);
	t->clock = clock;
	INIT_LIST_HEAD(&t->on_set.link);
	t->on_set.func = timerfd_clock_set;
	return anon_inode_getfd("[timerfd]", &timerfd_fops, t, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
}

/* The timer behind @fd; .file is NULL for none, with *err -EBADF or -EINVAL. */
static struct fd timerfd_get(int fd, int *err)
{
	struct fd f = fdget((unsigned int)fd);

	*err = f.file ? 0 : -EBADF;
	if (f.file && f.file->f_op != &timerfd_fops) {
		*err = -EINVAL;
		fdput(f);
		f.file = NULL;
	}
	return f;
}

static void timerfd_set(struct timerfd *t, int flags, ktime_t value, ktime_t interval, struct __kernel_itimerspec *old)
{
	unsigned long irq = spin_lock_irqsave(&t->wqh.lock);

	timerfd_rearm(t);
	timerfd_left(t, old);
	clock_timer_dequeue(&t->timer);
	t->ticks = 0;
	t->canceled = t->expired = false;
	t->armed = value != 0;
	t->interval = value ? interval : 0;
	t->settime_flags = flags;
	t->cancel_on_set = t->clock == CLOCK_REALTIME &&
			   (flags & (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) ==
			   (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	clock_timer_set(&t->timer, t->clock, flags & TFD_TIMER_ABSTIME, value);
	if (t->armed)
		clock_timer_start(&t->timer);
	spin_unlock_irqrestore(&t->wqh.lock, irq);
	if (t->cancel_on_set)
		clock_watch(&t->on_set);
}

long sys_timerfd_settime(int fd, int flags, const struct __kernel_itimerspec __user *new,
			 struct __kernel_itimerspec __user *uold)
{
	struct __kernel_itimerspec spec, old;
	ktime_t value, interval;
	struct fd f;
	int err;

	if (copy_from_user(&spec, new, sizeof(spec)))
		return -EFAULT;
	if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) || timespec_to_ns(&spec.it_value, &value) ||
	    timespec_to_ns(&spec.it_interval, &interval))
		return -EINVAL;
	f = timerfd_get(fd, &err);
	if (err)
		return err;
	timerfd_set(f.file->private_data, flags, value, interval, &old);
	fdput(f);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_timerfd_gettime(int fd, struct __kernel_itimerspec __user *user)
{
	struct __kernel_itimerspec left;
	unsigned long flags;
	struct timerfd *t;
	struct fd f;
	int err;

	f = timerfd_get(fd, &err);
	if (err)
		return err;
	t = f.file->private_data;
	flags = spin_lock_irqsave(&t->wqh.lock);
	timerfd_rearm(t);
	timerfd_left(t, &left);
	spin_unlock_irqrestore(&t->wqh.lock, flags);
	fdput(f);
	return copy_to_user(user, &left, sizeof(left)) ? -EFAULT : 0;
}
