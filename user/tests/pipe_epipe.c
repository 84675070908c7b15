/* Writing to a pipe that nobody can read: SIGPIPE, or EPIPE when that is ignored; the last descriptor counts. */
#include "ktap.h"

static int fds[2];

static int write_one(void)
{
	return write(fds[1], "x", 1) != 1;
}

static int blocked_writer(void)
{
	static char chunk[PAGE];

	close(fds[0]);
	for (;;)
		if (write(fds[1], chunk, sizeof(chunk)) < 0)
			return errno;
}

int main(void)
{
	pid_t pid;

	plan(5);
	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0)
		_exit(blocked_writer());
	sleep_ms(20);
	close(fds[0]);
	same(outcome(pid), KILLED_BY(SIGPIPE), "a writer that waits is woken and killed by SIGPIPE");
	same(in_child(write_one), KILLED_BY(SIGPIPE), "writing to it: SIGPIPE");
	signal(SIGPIPE, SIG_IGN);
	fails(write(fds[1], "x", 1), EPIPE, "with SIGPIPE ignored: EPIPE");
	close(fds[1]);
	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0) {
		char byte;

		close(fds[1]);
		_exit(read(fds[0], &byte, 1) != 1);
	}
	close(fds[0]);
	same(write(fds[1], "x", 1), 1, "a reader in another process is a reader");
	same(outcome(pid), 0, "who gets the byte");
	return done();
}
