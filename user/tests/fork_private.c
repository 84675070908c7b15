/* What one side of a fork writes, the other does not see: stack, heap, data, bss, private mappings. */
#include "ktap.h"

static long in_data = 1;
static long in_bss;
static char big_bss[64 * 1024];

static long *place[6];

static void fill(long value)
{
	for (int i = 0; i < 6; i++)
		*(volatile long *)place[i] = value;
}

static int all_are(long value)
{
	for (int i = 0; i < 6; i++)
		if (*(volatile long *)place[i] != value)
			return 0;
	return 1;
}

int main(void)
{
	long on_stack = 1;
	struct gate parent_wrote = gate_new(), child_wrote = gate_new();
	pid_t pid;

	place[0] = &on_stack;
	place[1] = malloc(100000);
	place[2] = &in_data;
	place[3] = &in_bss;
	place[4] = (long *)(big_bss + 40000);
	place[5] = map_private(PAGE);
	fill(1);
	plan(5);

	pid = must_fork();
	if (pid == 0) {
		int bad = !all_are(1);

		fill(2);
		gate_open(&child_wrote);
		gate_wait(&parent_wrote);
		bad |= !all_are(2) << 1;
		_exit(bad);
	}
	gate_wait(&child_wrote);
	ok(all_are(1), "the parent does not see what the child wrote");
	fill(3);
	gate_open(&parent_wrote);
	same(outcome(pid), 0, "the child started with the parent's values and kept its own");
	ok(all_are(3), "the parent keeps its own values");

	pid = must_fork();
	if (pid == 0) {
		gate_wait(&parent_wrote);
		_exit(!all_are(3));
	}
	fill(4);
	gate_open(&parent_wrote);
	same(outcome(pid), 0, "the child does not see what the parent writes first");
	ok(all_are(4), "the parent sees what it wrote");
	return done();
}
