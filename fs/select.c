/*
 * select.c - select(2) and pselect6(2): poll(2) with bitmaps.
 */
#include "internal.h"

#include <tine/bitmap.h>

#define SELECT_STACK_LONGS 24		/* six maps of 256 descriptors */

/* What poll(2) calls the three questions; select(2), "Correspondence between select() and poll()". */
#define POLLIN_SET	(POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define POLLOUT_SET	(POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define POLLEX_SET	POLLPRI

enum { SEL_IN, SEL_OUT, SEL_EX, NR_SEL };

struct select_maps {
	unsigned int n;				/* descriptors */
	unsigned int longs;			/* of each map */
	unsigned long *ask[NR_SEL], *answer[NR_SEL];
	unsigned long stack_maps[SELECT_STACK_LONGS];
	unsigned long *block;			/* where the maps are */
};

static const unsigned int select_masks[NR_SEL] = { POLLIN_SET, POLLOUT_SET, POLLEX_SET };

static int maps_alloc(struct select_maps *m, unsigned int n)
{
	m->n = n;
	m->longs = BITS_TO_LONGS(n);
	m->block = m->stack_maps;
	if (2 * NR_SEL * m->longs > SELECT_STACK_LONGS)
		m->block = kmalloc(2 * NR_SEL * m->longs * sizeof(long), GFP_KERNEL);
	if (!m->block)
		return -ENOMEM;
	for (unsigned int i = 0; i < NR_SEL; i++) {
		m->ask[i] = m->block + i * m->longs;
		m->answer[i] = m->block + (NR_SEL + i) * m->longs;
	}
	return 0;
}

static void maps_free(struct select_maps *m)
{
	if (m->block != m->stack_maps)
		kfree(m->block);
}

static int maps_read(struct select_maps *m, unsigned long __user *const user[NR_SEL])
{
	size_t bytes = m->longs * sizeof(long);

	for (unsigned int i = 0; i < NR_SEL; i++) {
		memset(m->ask[i], 0, bytes);
		if (user[i] && copy_from_user(m->ask[i], user[i], bytes))
			return -EFAULT;
		if (m->n % BITS_PER_LONG)
			m->ask[i][m->longs - 1] &= BIT(m->n % BITS_PER_LONG) - 1;
	}
	return 0;
}

static int maps_write(const struct select_maps *m, unsigned long __user *const user[NR_SEL])
{
	for (unsigned int i = 0; i < NR_SEL; i++) {
		if (user[i] && copy_to_user(user[i], m->answer[i], m->longs * sizeof(long)))
			return -EFAULT;
	}
	return 0;
}

/* Ask one descriptor: how many of the questions it answers, or -EBADF. */
static long select_one(struct select_maps *m, unsigned int fd, struct poll_table *pt)
{
	struct fd f = fdget(fd);
	unsigned int mask;
	long count = 0;

	if (!f.file)
		return -EBADF;
	mask = vfs_poll(f.file, pt);
	for (unsigned int i = 0; i < NR_SEL; i++) {
		if (test_bit(m->ask[i], fd) && (mask & select_masks[i])) {
			set_bit(m->answer[i], fd);
			count++;
		}
	}
	fdput(f);
	return count;
}

/* One round over all descriptors in any of the maps. */
static long select_round(struct select_maps *m, struct poll_table *pt)
{
	long count = 0;

	memset(m->answer[0], 0, NR_SEL * m->longs * sizeof(long));
	for (unsigned int i = 0; i < m->longs; i++) {
		unsigned long bits = m->ask[SEL_IN][i] | m->ask[SEL_OUT][i] | m->ask[SEL_EX][i];

		while (bits) {
			long ret = select_one(m, i * BITS_PER_LONG + (unsigned int)__builtin_ctzl(bits), pt);

			if (ret < 0)
				return ret;
			if (ret > 0)
				pt->queueing = false;
			count += ret;
			bits &= bits - 1;
		}
	}
	pt->queueing = false;
	return count ? count : pt->error;
}

static long select_loop(struct select_maps *m, ktime_t expires)
{
	struct poll_table pt;
	bool more = expires != 0;
	long count;

	poll_begin(&pt);
	pt.queueing = more;
	for (;;) {
		count = select_round(m, &pt);
		if (!count && signal_pending(current))
			count = -ERESTARTNOHAND;
		if (count || !more)
			break;
		more = poll_sleep(&pt, expires);
	}
	poll_end(&pt);
	return count;
}

/* @expires is 0 for "do not wait". Descriptors beyond the table cannot be open: not looked at. */
static long do_select(int n, unsigned long __user *const user[NR_SEL], ktime_t expires)
{
	struct select_maps m;
	long ret;

	if (n < 0)
		return -EINVAL;
	ret = maps_alloc(&m, min((unsigned int)n, files_max_fds(current->files)));
	if (ret)
		return ret;
	ret = maps_read(&m, user);
	if (!ret)
		ret = select_loop(&m, expires);
	if (ret >= 0 && maps_write(&m, user))
		ret = -EFAULT;
	maps_free(&m);
	return ret;
}

/* Timeouts of select(2) are in microseconds; an overlong fraction counts as seconds. */
static int select_deadline(const struct __kernel_old_timeval __user *user, ktime_t *expires)
{
	struct __kernel_old_timeval tv;
	struct __kernel_timespec ts;
	ktime_t ns;

	*expires = KTIME_MAX;
	if (!user)
		return 0;
	if (copy_from_user(&tv, user, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_sec < 0 || tv.tv_usec < 0)
		return -EINVAL;
	ts.tv_sec = tv.tv_sec + tv.tv_usec / 1000000;
	ts.tv_nsec = tv.tv_usec % 1000000 * 1000;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	if (ns == 0)
		*expires = 0;
	else if (ns < KTIME_MAX - ktime_get())
		*expires = ktime_get() + ns;
	return 0;
}

static long select_finish(long ret, struct __kernel_old_timeval __user *user, ktime_t expires)
{
	struct __kernel_old_timeval tv = { 0, 0 };
	ktime_t now;

	if (!user || expires == KTIME_MAX)
		return ret;
	now = ktime_get();
	if (expires > now) {
		tv.tv_sec = (long)((expires - now) / NSEC_PER_SEC);
		tv.tv_usec = (long)((expires - now) % NSEC_PER_SEC / NSEC_PER_USEC);
	}
	if (copy_to_user(user, &tv, sizeof(tv)) && ret == -ERESTARTNOHAND)
		return -EINTR;
	return ret;
}

long sys_select(int n, unsigned long __user *in, unsigned long __user *out, unsigned long __user *ex,
		struct __kernel_old_timeval __user *tv)
{
	unsigned long __user *const user[NR_SEL] = { in, out, ex };
	ktime_t expires;
	long ret = select_deadline(tv, &expires);

	if (ret)
		return ret;
	return select_finish(do_select(n, user, expires), tv, expires);
}

/* The sixth argument: a mask and its size, since there is no seventh register. */
struct sigset_argpack {
	const sigset_t __user *mask;
	size_t size;
};

long sys_pselect6(int n, unsigned long __user *in, unsigned long __user *out, unsigned long __user *ex,
		  struct __kernel_timespec __user *ts, void __user *sig)
{
	unsigned long __user *const user[NR_SEL] = { in, out, ex };
	struct sigset_argpack pack = { NULL, 0 };
	ktime_t expires;
	long ret;

	if (sig && copy_from_user(&pack, sig, sizeof(pack)))
		return -EFAULT;
	ret = poll_deadline(ts, &expires);
	if (!ret)
		ret = set_user_sigmask(pack.mask, pack.size);
	if (ret)
		return ret;
	ret = do_select(n, user, expires);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	return poll_finish(ret, ts, expires);
}
