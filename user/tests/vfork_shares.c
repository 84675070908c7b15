/* vfork(2): the child runs in the parent's memory, and the parent waits until it exits or executes a program. */
#include "ktap.h"

static volatile int step;

int main(int argc, char **argv)
{
	struct gate g = gate_new();
	int fds[2];
	char byte;
	pid_t pid;

	if (argc > 1) {
		sleep_ms(20);
		return 5;
	}
	plan(7);
	pid = vfork();
	if (pid == 0) {
		sleep_ms(20);
		step = 1;
		_exit(3);
	}
	same(step, 1, "the parent goes on after the child's exit and sees its write");
	same(outcome(pid), 3, "with the child's code to wait for");

	need(pipe2(fds, O_CLOEXEC) == 0);
	pid = vfork();
	if (pid == 0) {
		step = 2;
		execl(argv[0], argv[0], "run", NULL);
		_exit(200);
	}
	same(step, 2, "the parent goes on after the child's exec");
	same(waitpid(pid, NULL, WNOHANG), 0, "while the new program still runs");
	same(outcome(pid), 5, "which ends with its own code");
	close(fds[1]);
	same(read(fds[0], &byte, 1), 0, "descriptors of the child are its own");

	pid = must_fork();
	if (pid == 0) {
		pid_t inner = vfork();

		if (inner == 0) {
			kill(getpid(), SIGKILL);
			_exit(1);
		}
		gate_open(&g);
		_exit(outcome(inner) != KILLED_BY(SIGKILL));
	}
	gate_wait(&g);
	same(outcome(pid), 0, "a child that is killed lets the parent go on as well");
	return done();
}
