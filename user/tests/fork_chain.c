/*
 * A page shared by a chain of nine processes (eight forks without a write between them) is written by four of
 * them in every order. Each writer sees its own value afterwards, each other process the old one.
 */
#include "ktap.h"
#include <sched.h>

#define DEPTH	8
#define WRITERS	4

static const int writer_level[WRITERS] = { 0, 2, 5, 8 };

struct shared {
	int order[WRITERS];		/* order[k]: which writer is the k-th */
	volatile int turn;
	volatile int bad;
};

static struct shared *shared;
static volatile long *page;

static void wait_for_turn(int turn)
{
	while (shared->turn < turn)
		sched_yield();
}

/* What the process at @level of the chain does once all of the chain exists. */
static void act(int level)
{
	long expected = 0xaa;

	for (int k = 0; k < WRITERS; k++) {
		if (writer_level[shared->order[k]] != level)
			continue;
		wait_for_turn(k);
		if (*page != 0xaa)
			shared->bad++;
		*page = expected = 1000 + level;
		shared->turn = k + 1;
	}
	wait_for_turn(WRITERS);
	if (*page != expected)
		shared->bad++;
}

static void run_chain(void)
{
	pid_t pid = -1;
	int level = 0;

	*page = 0xaa;
	shared->turn = -1;
	while (level < DEPTH && (pid = must_fork()) == 0)
		level++;
	if (level == DEPTH)
		shared->turn = 0;
	act(level);
	if (level < DEPTH && outcome(pid) != 0)
		shared->bad++;
	if (level > 0)
		_exit(0);
}

/* All orders of writers, by swapping; runs the chain for each. */
static void permute(int n, int *count)
{
	if (n == WRITERS) {
		run_chain();
		++*count;
		return;
	}
	for (int i = n; i < WRITERS; i++) {
		int first = shared->order[n];

		shared->order[n] = shared->order[i];
		shared->order[i] = first;
		permute(n + 1, count);
		shared->order[i] = shared->order[n];
		shared->order[n] = first;
	}
}

int main(void)
{
	int count = 0;

	shared = map_shared(PAGE);
	page = map_private(PAGE);
	for (int i = 0; i < WRITERS; i++)
		shared->order[i] = i;
	plan(2);
	permute(0, &count);
	same(count, 24, "every order of four writers was run");
	same(shared->bad, 0, "each process saw its own bytes only");
	return done();
}
