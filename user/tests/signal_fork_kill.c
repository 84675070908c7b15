/* A signal to a group that forks without end: no child escapes, in any round. The argument is the number of rounds. */
#include "procstate.h"

#include <dirent.h>

/* A tree that grows as fast as it can, everywhere at once. */
static __attribute__((noreturn)) void grow(void)
{
	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();

		if (pid == 0)
			i = 3;
	}
	for (;;)
		pause();
}

/* Kill it after @us, from before the first fork to after the last. */
static int survivors(struct gate *g, long us)
{
	struct timespec wait = { 0, us * 1000 };
	int fds[2], left;
	char byte;
	pid_t pid;

	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0) {
		setpgid(0, 0);
		close(fds[0]);
		gate_open(g);
		grow();
	}
	close(fds[1]);
	gate_wait(g);
	nanosleep(&wait, NULL);
	if (kill(-pid, SIGKILL))
		return 1;
	/* all of the group hold the pipe: end of file is their end */
	left = read(fds[0], &byte, 1);
	close(fds[0]);
	if (outcome(pid) != KILLED_BY(SIGKILL))
		return 2;
	return left;
}

/* Members of the group that are not stopped. */
static int running_members(pid_t pgrp)
{
	struct dirent *entry;
	int count = 0;
	DIR *d = opendir("/proc");

	need(d);
	while ((entry = readdir(d))) {
		pid_t pid = atoi(entry->d_name);

		count += pid > 0 && getpgid(pid) == pgrp && state_of(pid) != 'T';
	}
	closedir(d);
	return count;
}

/* Stop it after @us: nobody runs on, not even who was just being made. */
static int runners(struct gate *g, long us)
{
	struct timespec pause_for = { 0, us * 1000 };
	int left = 1, status;
	pid_t pid = must_fork();

	if (pid == 0) {
		setpgid(0, 0);
		gate_open(g);
		grow();
	}
	gate_wait(g);
	nanosleep(&pause_for, NULL);
	need(kill(-pid, SIGSTOP) == 0);
	for (int i = 0; i < 100 && left; i++) {
		left = running_members(pid);
		if (left)
			sleep_ms(1);
	}
	need(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	need(kill(-pid, SIGKILL) == 0 && outcome(pid) == KILLED_BY(SIGKILL));
	while (wait(NULL) > 0)
		;
	return left;
}

static int stopped_tree(struct gate *g)
{
	pid_t pid = must_fork();
	int status;

	if (pid == 0) {
		setpgid(0, 0);
		gate_open(g);
		for (;;) {
			pid_t child = fork();

			if (child == 0)
				_exit(0);
			waitpid(child, NULL, 0);
		}
	}
	gate_wait(g);
	for (int i = 0; i < 10; i++) {
		kill(-pid, SIGSTOP);
		if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
			return 1;
		kill(-pid, SIGCONT);
		if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status))
			return 2;
	}
	kill(-pid, SIGKILL);
	return outcome(pid) != KILLED_BY(SIGKILL);
}

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 5);
	struct gate g = gate_new();
	int bad = 0;

	plan(3);
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	for (long i = 0; i < rounds && !bad; i++)
		bad = survivors(&g, i * 811 % 4000);
	same(bad, 0, "SIGKILL to a forking group leaves no survivor");
	bad = 0;
	for (long i = 0; i < 20 * rounds && !bad; i++)
		bad = runners(&g, i * 811 % 3000);
	same(bad, 0, "SIGSTOP leaves nobody who runs on");
	same(stopped_tree(&g), 0, "stop and continue reach one that forks");
	return done();
}
