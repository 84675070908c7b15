/* vfork(2), exec: the parent sleeps until the child has another program, and keeps its memory. Runs itself. */
#include "procstate.h"

static volatile int failed, state_after_failure, round;
static unsigned char *data;

static __attribute__((noinline)) unsigned long sum(void)
{
	unsigned long s = 0;

	for (size_t i = 0; i < 64 * PAGE; i++)
		s = s * 31 + data[i];
	return s;
}

int main(int argc, char **argv)
{
	struct gate g = gate_new();
	int fds[2], kept = 0;
	unsigned long before;
	char byte, fd[16];
	pid_t pid;

	if (argc > 1) {
		read(atoi(argv[1]), &byte, 1);
		return 5;
	}
	data = map_private(64 * PAGE);
	for (size_t i = 0; i < 64 * PAGE; i++)
		data[i] = i * 7;
	before = sum();
	need(pipe2(fds, O_CLOEXEC) == 0);
	snprintf(fd, sizeof(fd), "%d", g.fd[0]);
	plan(7);
	pid = vfork();
	if (pid == 0) {
		execl("/nowhere", "nowhere", NULL);
		failed = errno;
		state_after_failure = state_of(getppid());
		execl(argv[0], argv[0], fd, NULL);
		_exit(200);
	}
	same(failed, ENOENT, "an exec that fails lets the child go on");
	same(state_after_failure, 'D', "and the parent sleep on");
	same(waitpid(pid, NULL, WNOHANG), 0, "one that succeeds lets the parent go on while the program runs");
	close(fds[1]);
	same(read(fds[0], &byte, 1), 0, "descriptors of the child are its own");
	gate_open(&g);
	same(outcome(pid), 5, "the program ends with its code");
	for (round = 0; round < 50; round++) {
		pid = vfork();
		if (pid == 0) {
			data[round]++;
			execl("/bin/true", "true", NULL);
			_exit(200);
		}
		data[round]--;
		kept += outcome(pid) == 0 && sum() == before;
	}
	same(kept, 50, "fifty programs: the parent's memory stays as it was");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
