/* vfork(2), exit: the parent sleeps until the child has left, and shares its memory meanwhile. */
#include "procstate.h"

static volatile int step, rounds, i;
static volatile char *volatile late;
static volatile char parent_state;
static volatile pid_t child_pid;

int main(void)
{
	volatile int on_stack = 1;
	pid_t pid;

	plan(8);
	pid = vfork();
	if (pid == 0) {
		child_pid = getpid();
		parent_state = state_of(getppid());
		sleep_ms(10);
		late = map_private(PAGE);
		*late = 42;
		on_stack = 2;
		step = 1;
		_exit(3);
	}
	same(step, 1, "the parent goes on after the child's exit");
	same(pid, child_pid, "with the child's number");
	same(parent_state, 'D', "it was asleep, and not for any signal");
	same(on_stack, 2, "the child's writes to the stack are seen");
	same(*late, 42, "and a mapping that it has made");
	same(outcome(pid), 3, "its code can be waited for");
	for (i = 0; i < 200; i++) {
		pid = vfork();
		if (pid == 0) {
			step = i;
			_exit(i & 127);
		}
		rounds += step == i && outcome(pid) == (i & 127);
	}
	same(rounds, 200, "two hundred times in a row");
	fails(waitpid(-1, NULL, WNOHANG), ECHILD, "nothing is left");
	return done();
}
