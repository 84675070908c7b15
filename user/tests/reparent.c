/* A process whose parent ends becomes the child of PID 1 or of the nearest subreaper, which gets its status. */
#include "ktap.h"

struct family {
	volatile pid_t before, after, grandchild;
};

int main(void)
{
	struct family *f = map_shared(PAGE);
	struct gate parent_gone = gate_new(), looked = gate_new();
	pid_t pid;

	plan(4);
	pid = must_fork();
	if (pid == 0) {
		pid = must_fork();
		if (pid == 0) {
			f->before = getppid();
			gate_open(&looked);
			gate_wait(&parent_gone);
			f->after = getppid();
			gate_open(&looked);
			_exit(0);
		}
		f->grandchild = pid;
		gate_wait(&looked);
		_exit(9);
	}
	same(outcome(pid), 9, "the parent has ended");
	same(f->before, pid, "getppid was the parent");
	gate_open(&parent_gone);
	gate_wait(&looked);
	/* The test's own parent is PID 1 or the subreaper. */
	same(f->after, getppid(), "getppid is now the reaper");
	fails(waitpid(f->grandchild, NULL, 0), ECHILD, "the grandparent cannot wait for it");
	return done();
}
