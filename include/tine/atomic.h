/*
 * atomic.h - atomic counters and reference counts.
 *
 * All read-modify-write operations here are full barriers, as on x86.
 */
#pragma once

#include <tine/compiler.h>

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic64_t;

#define ATOMIC_INIT(v) { (v) }

#define atomic_read(v)		READ_ONCE((v)->counter)
#define atomic_set(v, i)	WRITE_ONCE((v)->counter, i)
#define atomic_add(i, v)	((void)__atomic_add_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST))
#define atomic_sub(i, v)	((void)__atomic_sub_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST))
#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_sub(1, v)
#define atomic_add_return(i, v)	__atomic_add_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_sub_return(i, v)	__atomic_sub_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_inc_return(v)	atomic_add_return(1, v)
#define atomic_dec_and_test(v)	(atomic_sub_return(1, v) == 0)
#define atomic64_read(v)	atomic_read(v)
#define atomic64_set(v, i)	atomic_set(v, i)
#define atomic64_add(i, v)	atomic_add(i, v)
#define atomic64_sub(i, v)	atomic_sub(i, v)
#define atomic64_inc(v)		atomic_inc(v)
#define atomic64_dec(v)		atomic_dec(v)

#define xchg(ptr, v)		__atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
/* Store @new if *@ptr is @old; returns what was there. */
#define cmpxchg(ptr, old, new) ({ \
	typeof(*(ptr)) _old = (old); \
	__atomic_compare_exchange_n(ptr, &_old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	_old; })

#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb()	barrier()
#define smp_rmb()	barrier()
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)

/*
 * A count of references. It never wraps: near the top it sticks (saturates), so that the object
 * leaks instead of being freed under a holder.
 */
typedef struct { atomic_t refs; } refcount_t;

#define REFCOUNT_INIT(n)	{ ATOMIC_INIT(n) }
#define REFCOUNT_SATURATED	0x40000000

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline int refcount_read(const refcount_t *r)
{
	return atomic_read(&r->refs);
}

/* Besides: what those did who have dropped theirs is seen after it. */
static inline int refcount_read_acquire(const refcount_t *r)
{
	return smp_load_acquire(&r->refs.counter);
}

void refcount_complain(refcount_t *r, const char *what);

static inline void refcount_inc(refcount_t *r)
{
	int old = atomic_add_return(1, &r->refs) - 1;

	if (unlikely(old <= 0 || old >= REFCOUNT_SATURATED))
		refcount_complain(r, "taken");
}

/* Take a reference unless the count is already zero; says whether it did. */
bool refcount_inc_not_zero(refcount_t *r);

/* Drop a reference; true for the caller that dropped the last one. */
static inline bool __must_check refcount_dec_and_test(refcount_t *r)
{
	int now = atomic_sub_return(1, &r->refs);

	if (unlikely(now < 0 || now >= REFCOUNT_SATURATED))
		refcount_complain(r, "dropped");
	return now == 0;
}
