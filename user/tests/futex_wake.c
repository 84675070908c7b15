/* futex(2): how many WAKE wakes and in which order, bits, requeueing and WAKE_OP with threads that wait. */
#include "futex.h"

static volatile int *word;
static struct waiter w[4];

static void start(int n, int op)
{
	for (int i = 0; i < n; i++)
		waiter_start(&w[i], word, op, ~0U);
}

static void end(int n)
{
	for (int i = 0; i < n; i++)
		need(waiter_end(&w[i]) == 0);
}

static void wake(void)
{
	start(4, FUTEX_WAIT_PRIVATE);
	same(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1, "WAKE of one wakes one");
	same(returned(w, 4), 1, "who came first");
	same(futex(word, FUTEX_WAKE_PRIVATE, 0, NULL, NULL, 0), 1, "WAKE of none wakes one");
	same(returned(w, 4), 3, "the next");
	same(futex(word, FUTEX_WAKE_PRIVATE, -1, NULL, NULL, 0), 1, "WAKE of -1 wakes one");
	same(futex(word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0), 1, "WAKE of all wakes the last");
	end(4);
	start(3, FUTEX_WAIT);
	same(futex(word + 1, FUTEX_WAKE, 9, NULL, NULL, 0), 0, "nobody waits at the next word");
	same(futex(word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 0, "private WAKE does not find who waits as shared");
	same(futex(word, FUTEX_WAKE, 2, NULL, NULL, 0), 2, "WAKE of two wakes two");
	same(returned(w, 3), 3, "the first two");
	same(futex(word, FUTEX_WAKE, INT_MIN, NULL, NULL, 0), 1, "WAKE of INT_MIN wakes one");
	end(3);
}

static void bits(void)
{
	waiter_start(&w[0], word, FUTEX_WAIT_BITSET_PRIVATE, 1);
	waiter_start(&w[1], word, FUTEX_WAIT_BITSET_PRIVATE, 6);
	waiter_start(&w[2], word, FUTEX_WAIT_PRIVATE, 0);
	same(futex(word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 4), 2, "WAKE_BITSET wakes who shares a bit, and who said none");
	same(returned(w, 3), 6, "and nobody else");
	same(futex(word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1, "WAKE has all bits");
	end(3);
}

static void requeue(void)
{
	volatile int *other = word + 100;

	start(4, FUTEX_WAIT_PRIVATE);
	same(futex2(word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, other, *word), 3, "CMP_REQUEUE counts woken and moved");
	same(returned(w, 4), 1, "the first is woken");
	same(futex(word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1, "the last still waits where it was");
	same(returned(w, 4), 9, "that one is woken");
	same(futex2(other, FUTEX_CMP_REQUEUE_PRIVATE, 0, 9, other, *other), 2, "a move to the same word");
	same(returned(w, 4), 9, "wakes nobody");
	same(futex2(other, FUTEX_REQUEUE_PRIVATE, 1, 0, word, 0), 1, "REQUEUE may move nobody");
	same(returned(w, 4), 11, "only wake");
	same(futex2(other, FUTEX_REQUEUE_PRIVATE, 0, 0, word, 0), 0, "or do nothing");
	same(futex(other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1, "the third waits at the second word");
	end(4);
}

static void requeue_timeout(void)
{
	struct timespec ts = { 0, 30000000 };

	w[0].timeout = &ts;
	start(1, FUTEX_WAIT_PRIVATE);
	same(futex2(word, FUTEX_REQUEUE_PRIVATE, 0, 1, word + 1, 0), 1, "one with a timeout is moved");
	same(waiter_end(&w[0]), ETIMEDOUT, "and times out there");
	w[0].timeout = NULL;
	same(futex(word + 1, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0, "leaving nothing behind");
}

static void wake_op(void)
{
	volatile int *other = word + 200;

	start(2, FUTEX_WAIT_PRIVATE);
	*other = 1;
	waiter_start(&w[2], other, FUTEX_WAIT_PRIVATE, 0);
	waiter_start(&w[3], other, FUTEX_WAIT_PRIVATE, 0);
	same(futex2(word, FUTEX_WAKE_OP_PRIVATE, 1, 1, other, FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_GT, 1)), 1,
	     "WAKE_OP wakes at the first word alone if the comparison fails");
	same(returned(w, 4), 1, "one");
	same(futex2(word, FUTEX_WAKE_OP_PRIVATE, 9, 1, other, FUTEX_OP(FUTEX_OP_SET, 3, FUTEX_OP_CMP_EQ, 0)), 2,
	     "and at both if it holds");
	same(returned(w, 4), 7, "as many as asked for");
	same(*other, 3, "the word is changed");
	same(futex2(other, FUTEX_WAKE_OP_PRIVATE, 1, 1, other, FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 3)), 1,
	     "both words may be one");
	end(4);
}

int main(void)
{
	plan(33);
	word = map_private(PAGE);
	wake();
	bits();
	requeue();
	requeue_timeout();
	wake_op();
	return done();
}
