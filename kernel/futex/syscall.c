/*
 * syscall.c - futex(2): from the one system call to its operations. Those with priority inheritance are not
 * offered: ENOSYS, as from a Linux without them.
 */
#include "futex.h"

#include <arch/uaccess.h>
#include <tine/syscalls.h>
#include <tine/time.h>

/* Only FUTEX_WAIT counts its time from now; the others name a point in time. */
static int get_timeout(const struct __kernel_timespec __user *utime, int cmd, ktime_t *expires)
{
	struct __kernel_timespec ts;

	if (copy_from_user(&ts, utime, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, expires))
		return -EINVAL;
	if (cmd == FUTEX_WAIT)
		*expires = ktime_add(ktime_get(), *expires);
	return 0;
}

static long do_wait(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *utime, u32 bitset)
{
	ktime_t expires;

	if (utime) {
		int err = get_timeout(utime, op & FUTEX_CMD_MASK, &expires);

		if (err)
			return err;
	}
	if ((op & FUTEX_CLOCK_REALTIME) && (op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		return -ENOSYS;
	return futex_wait(uaddr, op, val, utime ? &expires : NULL, bitset);
}

long sys_futex(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *utime,
	       u32 __user *uaddr2, u32 val3)
{
	bool shared = !(op & FUTEX_PRIVATE_FLAG);
	int cmd = op & FUTEX_CMD_MASK, val2 = (int)(unsigned long)utime;

	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		return do_wait(uaddr, op, val, utime, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return do_wait(uaddr, op, val, utime, val3);
	case FUTEX_WAKE:
		return futex_wake(uaddr, shared, (int)val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, shared, (int)val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(uaddr, uaddr2, shared, (int)val, val2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(uaddr, uaddr2, shared, (int)val, val2, &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, uaddr2, shared, (int)val, val2, val3);
	default:
		return -ENOSYS;
	}
}
