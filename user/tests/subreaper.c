/* prctl(PR_SET_CHILD_SUBREAPER): orphans go to the nearest ancestor that asked for them. */
#include "ktap.h"
#include <sys/prctl.h>

int main(void)
{
	volatile pid_t *grandchild = map_shared(PAGE);
	struct gate gone = gate_new();
	pid_t pid, self = getpid();

	plan(4);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pid = must_fork();
	if (pid == 0) {
		pid = must_fork();
		if (pid == 0) {
			gate_wait(&gone);
			_exit(getppid() == self ? 21 : 22);
		}
		*grandchild = pid;
		_exit(0);
	}
	same(outcome(pid), 0, "the parent in between ends");
	gate_open(&gone);
	same(outcome(*grandchild), 21, "its child is now ours, and we wait for it");
	fails(wait(NULL), ECHILD, "there are no others");
	need(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
	pid = must_fork();
	if (pid == 0) {
		if (must_fork() == 0)
			_exit(0);
		_exit(0);
	}
	outcome(pid);
	fails(wait(NULL), ECHILD, "without it orphans go elsewhere");
	return done();
}
