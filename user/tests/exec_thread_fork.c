/* As often as the first argument says: one thread execs while its siblings fork, vfork and start threads. The new program is alone. */
#include "futex.h"
#include <sched.h>
#include <dirent.h>

#define AFTER "after"	/* first argument of the program after exec; the second is its pid */

static struct counters {
	volatile long forked, orphans;
} *c;

static char stack[65536] __attribute__((aligned(16)));

static int count_tasks(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	return n;
}

static void *forks(void *arg)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		__atomic_add_fetch(&c->forked, 1, __ATOMIC_SEQ_CST);
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

static int exits(void *arg)
{
	syscall(SYS_exit, 0);
	return 0;
}

static void *vforks(void *arg)
{
	for (;;) {
		pid_t pid = clone(exits, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		__atomic_add_fetch(&c->forked, 1, __ATOMIC_SEQ_CST);
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

static void *ends_at_once(void *arg)
{
	return arg;
}

static void *makes_threads(void *arg)
{
	pthread_t t;

	for (;;)
		if (pthread_create(&t, NULL, ends_at_once, NULL) == 0)
			pthread_join(t, NULL);
	return NULL;
}

static void *execs(void *arg)
{
	char *argv[] = { "exec_thread_fork", AFTER, arg, NULL };
	long before = c->forked;

	while (c->forked < before + 1)
		sched_yield();
	execv(own_path(), argv);
	return NULL;
}

static int one_round(int i)
{
	char text[16];
	pthread_t t;
	pid_t pid = must_fork();

	if (pid == 0) {
		snprintf(text, sizeof(text), "%d", getpid());
		need(pthread_create(&t, NULL, i % 2 ? forks : vforks, NULL) == 0);
		need(pthread_create(&t, NULL, makes_threads, NULL) == 0);
		if (i % 3 == 0)
			execs(text);
		need(pthread_create(&t, NULL, execs, text) == 0);
		if (i % 3 == 1)
			syscall(SYS_exit, 0);
		forks(NULL);
	}
	return outcome(pid);
}

int main(int argc, char **argv)
{
	long rounds, good = 0;

	if (argc > 2 && !strcmp(argv[1], AFTER))		/* children that were forked before the exec may still be there: ours to wait for */
		return getpid() == atoi(argv[2]) && my_tid() == getpid() && count_tasks() == 1 ? 42 : 1;
	rounds = argument(argc, argv, 60);
	plan(1);
	own_path();
	c = map_shared(PAGE);
	for (int i = 0; i < rounds; i++)
		good += one_round(i) == 42;
	same(good, rounds, "each exec ends with one thread, under the same pid");
	return done();
}
