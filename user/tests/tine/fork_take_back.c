/*
 * Ours alone: when a child has been waited for, what it shared with its parent is the parent's again, and written
 * without a fault. While it lives, a write costs one for each table and page, and only once.
 */
#include "../ktap.h"
#include <sys/resource.h>

#define SIZE (4UL << 20)

static char *area;
static struct gate stay;

static long faults(void)
{
	struct rusage usage;

	need(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

/* How many faults does it take to write each page? */
static long write_all(char value)
{
	long before = faults();

	for (unsigned long i = 0; i < SIZE; i += PAGE)
		area[i] = value;
	return faults() - before;
}

static int just_exit(void)
{
	return 0;
}

static pid_t child_that_stays(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&stay);
		_exit(0);
	}
	return pid;
}

int main(void)
{
	long before;
	pid_t pid[2];
	int i;

	area = map_private(SIZE);
	write_all(1);
	stay = gate_new();
	plan(7);
	for (i = 0; i < 8; i++)		/* what the loop itself writes is known by then */
		in_child(just_exit);
	before = faults();
	same(in_child(just_exit), 0, "a child that only exits");
	same(faults(), before, "fork, exit and wait fault nowhere");
	same(write_all(2), 0, "neither does a write to what was shared");
	pid[0] = child_that_stays();
	pid[1] = child_that_stays();
	ok(write_all(3) >= (long)(SIZE / PAGE), "while children live each page is copied");
	same(write_all(4), 0, "once");
	gate_open(&stay);
	gate_open(&stay);
	need(outcome(pid[0]) == 0 && outcome(pid[1]) == 0);
	same(in_child(just_exit), 0, "and after them");
	same(write_all(5), 0, "all is as it was before them");
	return done();
}
