/* fork(2) returns twice: the child's pid in the parent, 0 in the child. Each process takes its own branch. */
#include "ktap.h"

struct seen {
	pid_t in_child, child_self, child_parent;
	int parent_branch, child_branch;
};

int main(void)
{
	volatile struct seen *seen = map_shared(PAGE);
	pid_t self = getpid(), pid;

	plan(8);
	pid = must_fork();
	if (pid == 0) {
		seen->child_branch++;
		seen->in_child = pid;
		seen->child_self = getpid();
		seen->child_parent = getppid();
		_exit(3);
	} else {
		seen->parent_branch++;
	}
	ok(pid > 0, "fork returns a positive number in the parent");
	same(outcome(pid), 3, "the number is that of a child to wait for");
	same(seen->in_child, 0, "fork returned 0 in the child");
	same(seen->child_self, pid, "the child's getpid is what the parent got");
	same(seen->child_parent, self, "the child's getppid is the parent");
	same(seen->child_branch, 1, "the child took its branch once");
	same(seen->parent_branch, 1, "the parent took its branch once");
	same(getpid(), self, "the parent is still who it was");
	return done();
}
