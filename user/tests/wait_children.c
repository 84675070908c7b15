/* Which child wait4(2) waits for: any, one, one of a group; WNOHANG; ECHILD; zombies until they are waited for. */
#include "ktap.h"

static struct gate hold;

static pid_t waiting_child(int code)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&hold);
		_exit(code);
	}
	return pid;
}

static void check_groups(void)
{
	pid_t a = waiting_child(1), b = waiting_child(2);
	int status;

	need(setpgid(a, a) == 0);
	gate_open(&hold);
	gate_open(&hold);
	same(waitpid(-a, &status, 0), a, "-pgid: the child in that group");
	same(waitpid(0, &status, 0), b, "0: the child in the caller's group");
	fails(waitpid(-a, &status, 0), ECHILD, "a group without children: ECHILD");
}

int main(void)
{
	pid_t a, b;
	int status;

	hold = gate_new();
	plan(17);
	fails(waitpid(-1, &status, 0), ECHILD, "no children: ECHILD");
	fails(waitpid(1, &status, 0), ECHILD, "not a child: ECHILD");
	fails(waitpid(-1, &status, 0x40), EINVAL, "unknown option: EINVAL");

	a = waiting_child(5);
	same(waitpid(a, &status, WNOHANG), 0, "WNOHANG: 0 while the child lives");
	same(waitpid(-1, &status, WNOHANG), 0, "WNOHANG for any: 0 while the child lives");
	gate_open(&hold);
	while (kill(a, 0) == 0 && waitpid(a, &status, WNOHANG) == 0)
		sleep_ms(1);
	same(WEXITSTATUS(status), 5, "WNOHANG takes the child that has ended");
	fails(waitpid(a, &status, 0), ECHILD, "a child can be waited for once");
	fails(kill(a, 0), ESRCH, "then its number is free");

	a = must_fork();
	if (a == 0)
		_exit(6);
	need(waitid(P_PID, a, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) == 0);
	same(kill(a, 0), 0, "a zombie can still be signalled");
	same(kill(a, SIGKILL), 0, "which does nothing");
	same(outcome(a), 6, "and its code stays what it was");

	a = waiting_child(1);
	b = must_fork();
	if (b == 0)
		_exit(2);
	same(waitpid(-1, &status, 0), b, "any: the one that has ended");
	gate_open(&hold);
	same(waitpid(-1, &status, 0), a, "any: then the other");
	check_groups();
	same(wait4(-1, NULL, WNOHANG, NULL), -1, "all are gone");
	return done();
}
