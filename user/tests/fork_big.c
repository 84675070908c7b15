/* A parent with many megabytes (the argument) forks; both sides write every page and see only their own bytes. */
#include "ktap.h"

static size_t size;
static volatile long *mem;

/* Give every page @side's own values. */
static void write_all(long side)
{
	for (size_t i = 0; i < size / sizeof(long); i += PAGE / sizeof(long))
		mem[i] = side * 1000000000L + i;
}

static int all_of(long side)
{
	for (size_t i = 0; i < size / sizeof(long); i += PAGE / sizeof(long))
		if (mem[i] != (long)(side * 1000000000L + i))
			return 0;
	return 1;
}

static int child(struct gate *both)
{
	int bad = !all_of(1);

	write_all(2);
	gate_wait(both);
	return bad | !all_of(2) << 1;
}

int main(int argc, char **argv)
{
	struct gate both = gate_new();
	pid_t pid;

	size = argument(argc, argv, 16) << 20;
	mem = map_private(size);
	write_all(1);
	plan(3);
	pid = must_fork();
	if (pid == 0)
		_exit(child(&both));
	ok(all_of(1), "the parent still sees its bytes");
	write_all(3);
	gate_open(&both);
	same(outcome(pid), 0, "the child saw the parent's old bytes, then its own");
	ok(all_of(3), "the parent sees its new bytes");
	return done();
}
