/* Ours alone: /proc/ledger names every kind of live object, and comes back to where it was after forks and execs. */
#include "ledger.h"

#include <sched.h>

static long value_of(const char *name)
{
	char key[64], *at;

	snprintf(key, sizeof(key), "\n%s ", name);
	at = strstr(before, key);
	return at ? atol(at + strlen(key)) : -1;
}

static int use_memory(void)
{
	char *mem = map_private(64 * PAGE);

	memset(mem, 1, 64 * PAGE);
	return in_child(sched_yield);
}

static int use_exec(void)
{
	execl("/bin/true", "true", NULL);
	return 1;
}

static int use_pipe(void)
{
	int fds[2];

	need(pipe(fds) == 0 && write(fds[1], before, 5000) == 5000);
	return 0;
}

int main(void)
{
	in_child(use_memory);		/* brings in what this process itself will use */
	read_ledger(after);
	read_ledger(before);
	memmove(before + 1, before, sizeof(before) - 2);
	before[0] = '\n';
	plan(7);
	ok(value_of("tasks") > 0, "there are tasks");
	ok(value_of("mm") > 0, "there are address spaces");
	ok(value_of("files") > 0, "there are open files");
	read_ledger(before);
	ok(unchanged(), "reading it changes nothing");
	for (int i = 0; i < 100; i++)
		in_child(use_memory);
	ok(unchanged(), "after 100 children that write");
	for (int i = 0; i < 100; i++)
		in_child(use_exec);
	ok(unchanged(), "after 100 children that exec");
	in_child(use_pipe);
	ok(unchanged(), "after a child that leaves a full pipe");
	return done();
}
