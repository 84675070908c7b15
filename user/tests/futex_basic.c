/* futex(2): what WAIT, WAKE and the rest refuse, and what they answer when nobody waits. */
#include "futex.h"

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void timeouts(int *word)
{
	struct timespec start, ts = { 0, 20000000 };

	clock_gettime(CLOCK_MONOTONIC, &start);
	fails(futex(word, FUTEX_WAIT, 7, &ts, NULL, 0), ETIMEDOUT, "a relative wait ends with ETIMEDOUT");
	ok(elapsed_ms(&start) >= 19, "not before its time");
	ts = in_ms(CLOCK_MONOTONIC, 20);
	clock_gettime(CLOCK_MONOTONIC, &start);
	fails(futex(word, FUTEX_WAIT_BITSET, 7, &ts, NULL, ~0U), ETIMEDOUT, "WAIT_BITSET until a monotonic time");
	ok(elapsed_ms(&start) >= 18, "not before that time");
	ts = in_ms(CLOCK_REALTIME, 20);
	clock_gettime(CLOCK_MONOTONIC, &start);
	fails(futex(word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 7, &ts, NULL, ~0U), ETIMEDOUT,
	      "WAIT_BITSET until a real time");
	ok(elapsed_ms(&start) >= 18, "not before that time");
	ts = (struct timespec){ 0, 0 };
	fails(futex(word, FUTEX_WAIT_PRIVATE, 7, &ts, NULL, 0), ETIMEDOUT, "a timeout of 0 passes at once");
	fails(futex(word, FUTEX_WAIT_PRIVATE, 8, &ts, NULL, 0), EAGAIN, "another value counts before the timeout");
	ts = (struct timespec){ 0, 1000000000 };
	fails(futex(word, FUTEX_WAIT, 8, &ts, NULL, 0), EINVAL, "a timeout of 10^9 ns is no time");
	ts = (struct timespec){ -1, 0 };
	fails(futex(word, FUTEX_WAIT, 8, &ts, NULL, 0), EINVAL, "nor is one before the beginning");
	fails(futex(word, FUTEX_WAIT, 8, (void *)8, NULL, 0), EFAULT, "a timeout that cannot be read");
	ts = (struct timespec){ 0, 0 };
	fails(futex(word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 7, &ts, NULL, 0), ENOSYS, "WAIT has no real-time clock");
	fails(futex(word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS, "nor has WAKE");
}

static void refusals(int *word)
{
	char *kernel = (char *)0xffff888000000000UL, *hole = map_private(PAGE);
	int *ro = map_private(PAGE);

	need(munmap(hole, PAGE) == 0 && mprotect(ro, PAGE, PROT_READ) == 0);
	fails(futex((char *)word + 1, FUTEX_WAIT, 7, NULL, NULL, 0), EINVAL, "WAIT wants an aligned word");
	fails(futex((char *)word + 2, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL, "so does WAKE");
	fails(futex(kernel, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT, "WAIT on a kernel address");
	fails(futex(kernel, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EFAULT, "WAKE on a kernel address");
	fails(futex(hole, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EFAULT, "WAIT where nothing is mapped");
	fails(futex(hole, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT, "shared WAKE where nothing is mapped");
	same(futex(hole, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0, "private WAKE does not look there");
	fails(futex(ro, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT, "shared WAKE on untouched read-only memory");
	fails(futex(ro, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0), EAGAIN, "private WAIT may read it");
	fails(futex(word, FUTEX_WAIT_BITSET, 7, NULL, NULL, 0), EINVAL, "WAIT_BITSET without a bit");
	fails(futex(word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL, "WAKE_BITSET without a bit");
	fails(futex(word, 2, 1, NULL, NULL, 0), ENOSYS, "FUTEX_FD is gone");
	fails(futex(word, 100, 1, NULL, NULL, 0), ENOSYS, "an unknown operation");
}

static void two_words(int *word)
{
	fails(futex2(word, FUTEX_REQUEUE, -1, 1, word + 1, 0), EINVAL, "REQUEUE: a negative count to wake");
	fails(futex2(word, FUTEX_REQUEUE, 1, INT_MIN, word + 1, 0), EINVAL, "REQUEUE: a negative count to move");
	fails(futex2(word, FUTEX_CMP_REQUEUE, INT_MIN, 1, word + 1, 7), EINVAL, "CMP_REQUEUE: INT_MIN to wake");
	fails(futex2(word, FUTEX_CMP_REQUEUE, 1, 1, word + 1, 8), EAGAIN, "CMP_REQUEUE: another value");
	same(futex2(word, FUTEX_CMP_REQUEUE, 1, 1, word + 1, 7), 0, "CMP_REQUEUE: nobody waits");
	same(futex2(word, FUTEX_CMP_REQUEUE, INT_MAX, INT_MAX, word, 7), 0, "CMP_REQUEUE to itself");
	fails(futex2(word, FUTEX_REQUEUE, 1, 1, (char *)word + 2, 0), EINVAL, "the second word must be aligned");
	fails(futex2(word, FUTEX_REQUEUE, 1, 1, NULL, 0), EFAULT, "and be there, if shared");
	same(futex(word, FUTEX_WAKE_PRIVATE, -1, NULL, NULL, 0), 0, "WAKE of -1 waiters");
	same(futex(word, FUTEX_WAKE_PRIVATE, INT_MIN, NULL, NULL, 0), 0, "WAKE of INT_MIN waiters");
}

static void wake_op(int *word)
{
	int *other = word + 1, *ro = map_private(PAGE);

	need(mprotect(ro, PAGE, PROT_READ) == 0);
	*other = 5;
	same(futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)), 0, "WAKE_OP add");
	same(*other, 8, "adds");
	futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(FUTEX_OP_SET, -1, FUTEX_OP_CMP_EQ, 5));
	same(*other, -1, "set extends the sign of its argument");
	futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(FUTEX_OP_ANDN, 0xf0, FUTEX_OP_CMP_LT, 0));
	same(*other, ~0xf0, "andn clears bits");
	futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(FUTEX_OP_OR, 0x30, FUTEX_OP_CMP_GE, 0));
	same(*other, ~0xc0, "or sets bits");
	futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP((FUTEX_OP_XOR | FUTEX_OP_OPARG_SHIFT), 6, FUTEX_OP_CMP_LE, 0));
	same(*other, ~0x80, "xor with a shifted argument");
	fails(futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(5, 1, FUTEX_OP_CMP_EQ, 0)), ENOSYS, "an unknown operation");
	fails(futex2(word, FUTEX_WAKE_OP, 1, 1, other, FUTEX_OP(FUTEX_OP_SET, 9, 7, 0)), ENOSYS, "an unknown comparison");
	same(*other, 9, "is noticed after the operation");
	fails(futex2(word, FUTEX_WAKE_OP_PRIVATE, 1, 1, ro, FUTEX_OP(FUTEX_OP_SET, 9, 0, 0)), EFAULT, "a word that cannot be written");
	need(munmap(ro, PAGE) == 0);
}

int main(void)
{
	int *word = map_private(PAGE);

	plan(46);
	*word = 7;
	timeouts(word);
	refusals(word);
	two_words(word);
	wake_op(word);
	return done();
}
