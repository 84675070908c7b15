/*
 * poll.c - waiting for several files at once: the common part, and poll(2).
 *
 * A first round asks every file and hands it a table; the file's poll() puts each of its queues
 * in there (poll_wait). If nothing is ready the task sleeps; a wake-up on any queue sets
 * `triggered` and wakes it, and the next round only asks. The task sets its state first and looks
 * at `triggered` then, so a wake-up between asking and sleeping is not lost. Each entry holds a
 * reference on its file, because another thread may close the descriptor meanwhile.
 */
#include "internal.h"

void poll_begin(struct poll_table *pt)
{
	pt->queueing = true;
	pt->error = 0;
	pt->triggered = 0;
	pt->used = 0;
	pt->entries = NULL;
}

static bool is_inline(const struct poll_table *pt, const struct poll_entry *entry)
{
	return entry >= pt->inline_entries && entry < pt->inline_entries + POLL_INLINE_ENTRIES;
}

void poll_end(struct poll_table *pt)
{
	struct poll_entry *entry = pt->entries;

	while (entry) {
		struct poll_entry *next = entry->next;

		remove_wait_queue(entry->wq, &entry->wait);
		fput(entry->file);
		if (!is_inline(pt, entry))
			kfree(entry);
		entry = next;
	}
}

static bool poll_wake(struct wait_queue_entry *wait)
{
	struct poll_entry *entry = container_of(wait, struct poll_entry, wait);

	smp_store_release(&entry->table->triggered, 1U);
	return try_to_wake_up(wait->task, TASK_INTERRUPTIBLE);
}

void poll_wait(struct file *file, wait_queue_head_t *wq, struct poll_table *pt)
{
	struct poll_entry *entry;

	if (!pt || !pt->queueing)
		return;
	if (pt->used < POLL_INLINE_ENTRIES)
		entry = &pt->inline_entries[pt->used++];
	else
		entry = kmalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry) {
		pt->error = -ENOMEM;
		return;
	}
	INIT_LIST_HEAD(&entry->wait.link);
	entry->wait.task = current;
	entry->wait.func = poll_wake;
	entry->wait.exclusive = false;
	entry->wq = wq;
	entry->file = get_file(file);
	entry->table = pt;
	entry->next = pt->entries;
	pt->entries = entry;
	add_wait_queue(wq, &entry->wait);
}

bool poll_sleep(struct poll_table *pt, ktime_t expires)
{
	bool timed_out = false;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!smp_load_acquire(&pt->triggered) && !signal_pending(current))
		timed_out = schedule_timeout_until(expires);
	__set_current_state(TASK_RUNNING);
	/* A full barrier: files are asked again only after this. */
	xchg(&pt->triggered, 0U);
	return !timed_out;
}

unsigned int vfs_poll(struct file *file, struct poll_table *pt)
{
	return file->f_op->poll ? file->f_op->poll(file, pt) : DEFAULT_POLLMASK;
}

/* @ns from now, without wrapping; 0 stays 0, which means not to wait at all. */
static ktime_t deadline_after(ktime_t ns)
{
	ktime_t expires;

	if (ns == 0)
		return 0;
	if (ns >= KTIME_MAX || __builtin_add_overflow(ktime_get(), ns, &expires) || expires > KTIME_MAX)
		return KTIME_MAX;
	return expires;
}

int poll_deadline(const struct __kernel_timespec __user *user, ktime_t *expires)
{
	struct __kernel_timespec ts;
	ktime_t ns;

	*expires = KTIME_MAX;
	if (!user)
		return 0;
	if (copy_from_user(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	*expires = deadline_after(ns);
	return 0;
}

long poll_finish(long ret, struct __kernel_timespec __user *user, ktime_t expires)
{
	struct __kernel_timespec ts = { 0, 0 };
	ktime_t now;

	if (!user || expires == KTIME_MAX)
		return ret;
	now = ktime_get();
	if (expires > now)
		ts = ns_to_timespec(expires - now);
	/* A restart would begin with the whole timeout again if it cannot be told what is left. */
	if (copy_to_user(user, &ts, sizeof(ts)) && ret == -ERESTARTNOHAND)
		return -EINTR;
	return ret;
}

/* ---- poll(2) ---- */

#define POLL_STACK_FDS 16

/* What one descriptor answers, as its revents. */
static short poll_one(const struct pollfd *pfd, struct poll_table *pt)
{
	unsigned int events = (unsigned short)pfd->events | POLLERR | POLLHUP, mask;
	struct fd f;

	if (pfd->fd < 0)
		return 0;
	f = fdget((unsigned int)pfd->fd);
	if (!f.file)
		return POLLNVAL;
	mask = vfs_poll(f.file, pt) & events;
	fdput(f);
	return (short)mask;
}

/* Ask until something answers, a signal comes or @expires. @expires is 0 for "do not wait". */
static long poll_loop(struct pollfd *fds, unsigned int nfds, ktime_t expires)
{
	struct poll_table pt;
	bool more = expires != 0;
	long count;

	poll_begin(&pt);
	pt.queueing = more;
	for (;;) {
		count = 0;
		for (unsigned int i = 0; i < nfds; i++) {
			fds[i].revents = poll_one(&fds[i], &pt);
			if (fds[i].revents) {
				count++;
				pt.queueing = false;
			}
		}
		pt.queueing = false;
		if (!count)
			count = pt.error;
		if (!count && signal_pending(current))
			count = -ERESTARTNOHAND;
		if (count || !more)
			break;
		more = poll_sleep(&pt, expires);
	}
	poll_end(&pt);
	return count;
}

static long do_poll(struct pollfd __user *user, unsigned int nfds, ktime_t expires)
{
	struct pollfd stack_fds[POLL_STACK_FDS], *fds = stack_fds;
	long ret;

	if (nfds > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	if (nfds > POLL_STACK_FDS)
		fds = kmalloc(nfds * sizeof(*fds), GFP_KERNEL);
	if (!fds)
		return -ENOMEM;
	if (copy_from_user(fds, user, nfds * sizeof(*fds))) {
		ret = -EFAULT;
	} else {
		ret = poll_loop(fds, nfds, expires);
		for (unsigned int i = 0; i < nfds && ret >= 0; i++) {
			if (put_user(fds[i].revents, &user[i].revents))
				ret = -EFAULT;
		}
	}
	if (fds != stack_fds)
		kfree(fds);
	return ret;
}

/* poll(2) goes on after a stop or an ignored signal with the time that is left. */
static long poll_restart(struct restart_block *rb)
{
	long ret = do_poll(rb->rmtp, rb->nfds, rb->expires);

	if (ret == -ERESTARTNOHAND) {
		rb->fn = poll_restart;
		ret = -ERESTART_RESTARTBLOCK;
	}
	return ret;
}

long sys_poll(struct pollfd __user *fds, unsigned int nfds, int timeout_ms)
{
	ktime_t expires = KTIME_MAX;
	long ret;

	if (timeout_ms == 0)
		expires = 0;
	else if (timeout_ms > 0)
		expires = deadline_after((ktime_t)timeout_ms * NSEC_PER_MSEC);
	ret = do_poll(fds, nfds, expires);
	if (ret == -ERESTARTNOHAND) {
		struct restart_block *rb = &current->restart_block;

		rb->fn = poll_restart;
		rb->rmtp = fds;
		rb->nfds = nfds;
		rb->expires = expires;
		ret = -ERESTART_RESTARTBLOCK;
	}
	return ret;
}

long sys_ppoll(struct pollfd __user *fds, unsigned int nfds, struct __kernel_timespec __user *ts,
	       const sigset_t __user *mask, size_t size)
{
	ktime_t expires;
	long ret = poll_deadline(ts, &expires);

	if (!ret)
		ret = set_user_sigmask(mask, size);
	if (ret)
		return ret;
	ret = do_poll(fds, nfds, expires);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	return poll_finish(ret, ts, expires);
}
