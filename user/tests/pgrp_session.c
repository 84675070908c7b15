/* setpgid(2) and setsid(2): what they change, what fork inherits, what they refuse. */
#include "ktap.h"

static int new_session(void)
{
	pid_t self = getpid();

	if (setsid() != self || getsid(0) != self || getpgrp() != self)
		return 1;
	if (setsid() != -1 || errno != EPERM)
		return 2;		/* a group leader may not */
	if (setpgid(0, 0) != -1 || errno != EPERM)
		return 3;		/* nor may a session leader move */
	return open("/dev/tty", O_RDWR) != -1 || errno != ENXIO;
}

static int own_group(void)
{
	pid_t old = getpgrp();

	if (setpgid(0, 0) || getpgrp() != getpid())
		return 1;
	return setpgid(0, old) || getpgrp() != old;
}

static struct gate hold;

static pid_t waiting(int sid)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		if (sid)
			setsid();
		gate_open(&hold);
		for (;;)
			pause();
	}
	gate_wait(&hold);
	return pid;
}

static int exec_true(void)
{
	execl("/bin/true", "true", NULL);
	return 1;
}

int main(void)
{
	pid_t a, b, c;

	hold = gate_new();
	plan(12);
	same(in_child(new_session), 0, "setsid makes a session, once, without a terminal");
	same(in_child(own_group), 0, "a process may make a group of its own and come back");
	a = waiting(0);
	b = waiting(0);
	c = waiting(1);
	same(setpgid(a, a), 0, "the parent may move a child");
	same(getpgid(a), a, "it has moved");
	same(setpgid(b, a), 0, "and another one into the same group");
	fails(setpgid(b, 999999), EPERM, "not into a group that does not exist: EPERM");
	fails(setpgid(b, c), EPERM, "not into a group of another session: EPERM");
	fails(setpgid(c, c), EPERM, "not one in another session: EPERM");
	fails(setpgid(a, -1), EINVAL, "not into group -1: EINVAL");
	fails(setpgid(1 + 999999, 0), ESRCH, "not somebody who does not exist: ESRCH");
	kill(-a, SIGKILL);
	kill(c, SIGKILL);
	same(outcome(a) + outcome(b) + outcome(c), 3 * KILLED_BY(SIGKILL), "all ended");
	same(in_child(exec_true), 0, "exec works in a child of ours");
	return done();
}
