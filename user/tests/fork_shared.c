/* MAP_SHARED memory is one memory on both sides of a fork, anonymous or of a file. */
#include "ktap.h"

static volatile int *mem;
static struct gate to_child, to_parent;

static int talk(void)
{
	gate_wait(&to_child);
	if (mem[0] != 11)
		return 1;
	mem[1024] = 22;		/* a page that nobody has touched before the fork */
	gate_open(&to_parent);
	return 0;
}

static void both_ways(const char *child_sees, const char *parent_sees)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(talk());
	mem[0] = 11;
	gate_open(&to_child);
	same(outcome(pid), 0, child_sees);
	same(mem[1024], 22, parent_sees);
}

int main(void)
{
	static char zero[2 * PAGE];
	const char *path = tmp_name("");
	int fd = tmp_file(path, zero, sizeof(zero)), value;

	to_child = gate_new();
	to_parent = gate_new();
	plan(6);
	mem = map_shared(2 * PAGE);
	both_ways("anonymous: the child sees the parent's write", "anonymous: the parent sees the child's write");

	mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(mem != MAP_FAILED);
	both_ways("file: the child sees the parent's write", "file: the parent sees the child's write");
	need(pread(fd, &value, sizeof(value), PAGE) == sizeof(value));
	same(value, 22, "file: read(2) sees the child's write");
	need(munmap((void *)mem, 2 * PAGE) == 0);
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	need(mem != MAP_FAILED);
	mem[0] = 33;
	need(pread(fd, &value, sizeof(value), 0) == sizeof(value));
	same(value, 11, "file: a private mapping does not write through");
	unlink(path);
	return done();
}
