/* A mapped file that is truncated: SIGBUS behind its end, in every process that maps it; growing it brings zeroes. */
#include "ktap.h"

static volatile char *map;

static int touch_second(void)
{
	return map[PAGE];
}

static int first_is_f(void)
{
	return map[0] != 'f';
}

int main(void)
{
	char text[2 * PAGE];
	const char *path = tmp_name("");
	struct gate go = gate_new(), ready = gate_new();
	int fd;
	pid_t pid;

	memset(text, 'f', sizeof(text));
	fd = tmp_file(path, text, sizeof(text));
	map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(map != MAP_FAILED);
	plan(7);
	same(map[PAGE], 'f', "before");
	pid = must_fork();
	if (pid == 0) {
		if (map[PAGE] != 'f')
			_exit(1);
		gate_open(&ready);
		gate_wait(&go);
		_exit(touch_second());
	}
	gate_wait(&ready);
	need(ftruncate(fd, PAGE) == 0);
	gate_open(&go);
	same(outcome(pid), KILLED_BY(SIGBUS), "a child that had the page mapped: SIGBUS");
	same(in_child(touch_second), KILLED_BY(SIGBUS), "a new child: SIGBUS");
	same(in_child(first_is_f), 0, "what is left is still there");
	need(ftruncate(fd, 2 * PAGE) == 0);
	same(map[PAGE], 0, "grown again: zeroes");
	map[PAGE] = 'm';
	need(pread(fd, text, 1, PAGE) == 1);
	same(text[0], 'm', "and the mapping is connected to the file");
	unlink(path);
	close(fd);
	same(map[0], 'f', "the mapping outlives the name and the descriptor");
	return done();
}
