/* kill(2) to a process group reaches all of it, also children that are being made; and nobody else. */
#include "ktap.h"
#include <sys/prctl.h>

/* A group that forks all the time; its leader. */
static pid_t forking_group(void)
{
	pid_t pid = must_fork();

	if (pid)
		return pid;
	setpgid(0, 0);
	for (;;)
		if (fork() == 0) {
			if (fork() == 0)
				_exit(0);
			wait(NULL);
			_exit(0);
		} else {
			wait(NULL);
		}
}

/* Bury what the leader has left; true if nobody of the group lives on. */
static int all_gone(pid_t leader)
{
	for (int tries = 0; tries < 2000; tries++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (kill(-leader, 0) == -1 && errno == ESRCH)
			return 1;
		sleep_ms(1);
	}
	return 0;
}

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 50), bad = 0;
	pid_t leader, other;

	plan(4);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	for (long i = 0; i < rounds; i++) {
		leader = forking_group();
		setpgid(leader, leader);
		sleep_ms(i % 5);
		kill(-leader, SIGKILL);
		bad += outcome(leader) != KILLED_BY(SIGKILL);
		bad += !all_gone(leader);
	}
	same(bad, 0, "every round: the leader was killed and nobody survived");
	other = must_fork();
	if (other == 0)
		for (;;)
			pause();
	fails(kill(-999999, SIGKILL), ESRCH, "a group that does not exist: ESRCH");
	same(waitpid(other, NULL, WNOHANG), 0, "a process outside of the group lives on");
	kill(other, SIGKILL);
	same(outcome(other), KILLED_BY(SIGKILL), "until it is killed itself");
	return done();
}
