/*
 * Ours alone: a table of ways to make a task, each as often as the first argument says (1,000), and what is left of
 * all of them: nothing. Runs itself as what is executed.
 */
#include "ledger.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>

static char *self[] = { "/proc/self/exe", "exit", NULL };

static void fork_exit(void)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(0);
	need(outcome(pid) == 0);
}

static void vfork_exit(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	need(pid > 0 && outcome(pid) == 0);
}

static void *nothing(void *arg)
{
	return arg;
}

static void thread_join(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

static void fork_exec(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		execv(self[0], self);
		_exit(1);
	}
	need(outcome(pid) == 0);
}

static void vfork_exec(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self[0], self);
		_exit(1);
	}
	need(pid > 0 && outcome(pid) == 0);
}

static void spawn(void)
{
	pid_t pid;

	need(posix_spawn(&pid, self[0], NULL, NULL, self, self + 2) == 0 && outcome(pid) == 0);
}

/* clone3 with a pidfd, and the child waited for by it. */
static void clone3_pidfd(void)
{
	int pidfd = -1;
	struct { unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, rest[6]; } args = {
		.flags = 0x1000 /* CLONE_PIDFD */, .pidfd = (unsigned long)&pidfd, .exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(435, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	need(pid > 0 && syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, NULL, WEXITED, NULL) == 0);
	close(pidfd);
}

static const struct way {
	const char *name;
	void (*once)(void);
} ways[] = {
	{ "fork, exit, wait", fork_exit },
	{ "vfork, exit, wait", vfork_exit },
	{ "thread create, join", thread_join },
	{ "fork, exec, exit, wait", fork_exec },
	{ "vfork, exec, exit, wait", vfork_exec },
	{ "posix_spawn, wait", spawn },
	{ "clone3 with a pidfd, waitid", clone3_pidfd },
};
#define NR_WAYS (int)(sizeof(ways) / sizeof(ways[0]))

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long times, start, took;

	if (argc > 1 && strcmp(argv[1], "exit") == 0)
		return 0;
	times = argument(argc, argv, 1000);
	plan(NR_WAYS);
	memset(before, 1, sizeof(before));
	memset(after, 1, sizeof(after));
	for (int i = 0; i < NR_WAYS; i++) {
		ways[i].once();		/* brings in what this process itself will use */
		now_us();
		read_ledger(after);
		read_ledger(before);
		start = now_us();
		for (long n = 0; n < times; n++)
			ways[i].once();
		took = now_us() - start;
		ok(unchanged(), ways[i].name);
		say("# %ld times, %ld us each", times, took / times);
	}
	return done();
}
