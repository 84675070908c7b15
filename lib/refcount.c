/*
 * refcount.c - the rare cases of reference counts; the common ones are inline in atomic.h.
 */
#include <tine/atomic.h>
#include <tine/printk.h>

/*
 * Where a broken count is parked: as far from REFCOUNT_SATURATED as from overflow, so that no
 * number of CPUs in the middle of an operation moves it out of the range that sticks.
 */
#define REFCOUNT_PARKED	(REFCOUNT_SATURATED + REFCOUNT_SATURATED / 2)

/*
 * A count was taken from zero, dropped below it, or is near the top: saturate it, so that the
 * object leaks from now on. Says so once, since a leak that a user can repeat must not flood the log.
 */
void refcount_complain(refcount_t *r, const char *what)
{
	static bool said;

	atomic_set(&r->refs, REFCOUNT_PARKED);
	if (!xchg(&said, true))
		warn_failed("refcount", 0, what);
}

bool refcount_inc_not_zero(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	for (;;) {
		int seen;

		if (!old)
			return false;
		if (unlikely(old < 0 || old >= REFCOUNT_SATURATED)) {
			refcount_complain(r, "taken");
			return true;
		}
		seen = cmpxchg(&r->refs.counter, old, old + 1);
		if (likely(seen == old))
			return true;
		old = seen;
	}
}
