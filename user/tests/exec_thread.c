/* execve(2) with several threads: the others go, the one that calls becomes the process. */
#include "futex.h"
#include <dirent.h>

static struct gate go;

static int count_tasks(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	return n;
}

/* What the new program checks: argv[1] is the pid that it must have. */
static int after_exec(char **argv)
{
	if (getpid() != atoi(argv[1]))
		return 10;
	if (my_tid() != getpid())
		return 11;
	if (count_tasks() != 1)
		return 12;
	if (getppid() != atoi(argv[2]))
		return 13;
	if (argv[3] && outcome(atoi(argv[3])) != 6)
		return 14;
	return 42;
}

static void *exec_self(void *arg)
{
	char pid[16], ppid[16], *child = arg;
	char *argv[] = { "exec_thread", pid, ppid, child, NULL };

	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(ppid, sizeof(ppid), "%d", getppid());
	execv(own_path(), argv);
	_exit(20);
}

static void *sleeps(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void *spins(void *arg)
{
	for (volatile long i = 0;; i++)
		;
	return NULL;
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	need(pthread_create(&t, NULL, fn, arg) == 0);
	return t;
}

static int leader_execs(void)
{
	for (int i = 0; i < 10; i++)
		start(i % 2 ? sleeps : spins, NULL);
	exec_self(NULL);
	return 21;
}

static int thread_execs(void)
{
	for (int i = 0; i < 10; i++)
		start(i % 2 ? sleeps : spins, NULL);
	start(exec_self, NULL);
	sleeps(NULL);
	return 21;
}

static int spinning_leader(void)
{
	start(exec_self, NULL);
	spins(NULL);
	return 21;
}

static void *exec_when_leader_is_gone(void *arg)
{
	wait_for_state(getpid(), 'Z');
	return exec_self(NULL);
}

static int dead_leader(void)
{
	start(sleeps, NULL);
	start(exec_when_leader_is_gone, NULL);
	syscall(SYS_exit, 5);
	return 21;
}

static int with_child(void)
{
	char child[16];
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&go);
		_exit(6);
	}
	snprintf(child, sizeof(child), "%d", pid);
	gate_open(&go);
	start(exec_self, child);
	sleeps(NULL);
	return 21;
}

/* All of them try at once: one wins. */
static int race(void)
{
	for (int i = 0; i < 5; i++)
		start(exec_self, NULL);
	exec_self(NULL);
	return 21;
}

static void *execs_nothing(void *arg)
{
	char *argv[] = { "none", NULL };

	execv("/nowhere", argv);
	return (void *)(long)errno;
}

int main(int argc, char **argv)
{
	void *result;
	pthread_t t;

	if (argc > 2)
		return after_exec(argv);
	plan(8);
	own_path();
	go = gate_new();
	same(in_child(leader_execs), 42, "exec by the leader ends the other threads");
	same(in_child(thread_execs), 42, "exec by another: it has the leader's pid then, alone");
	same(in_child(spinning_leader), 42, "a leader that never sleeps");
	same(in_child(dead_leader), 42, "a leader that is dead already");
	same(in_child(with_child), 42, "the leader's children are the new program's");
	same(in_child(race), 42, "of several that exec at once, one wins");
	t = start(execs_nothing, NULL);
	need(pthread_join(t, &result) == 0);
	same((long)result, ENOENT, "an exec that fails");
	while (count_tasks() != 1)
		sleep_ms(1);
	ok(getpid() == my_tid(), "leaves the others alone");
	return done();
}
