/* How a process of several threads ends: leader first, exit_group, signals; what wait and /proc show. */
#include "futex.h"

static struct gate go;
static pid_t leader_tid;

static void *last_thread(void *arg)
{
	gate_wait(&go);
	syscall(SYS_exit, (int)(long)arg);
	return NULL;
}

static void *group_thread(void *arg)
{
	gate_wait(&go);
	syscall(SYS_exit_group, (int)(long)arg);
	return NULL;
}

static void *sleeping_thread(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

/* A child whose leader exits with 3 while a thread that runs @fn lives on. */
static pid_t leader_goes_first(void *(*fn)(void *), long code)
{
	pthread_t thread;
	pid_t pid = must_fork();

	if (pid == 0) {
		need(pthread_create(&thread, NULL, fn, (void *)code) == 0);
		syscall(SYS_exit, 3);
	}
	wait_for_state(pid, 'Z');
	return pid;
}

static void leader_first(void)
{
	int status;
	pid_t pid = leader_goes_first(last_thread, 4);

	same(waitpid(pid, &status, WNOHANG), 0, "a leader that exits before its threads is no news");
	need(kill(pid, 0) == 0);
	gate_open(&go);
	same(outcome(pid), 4, "the process ends with its last thread, which sets its status");
	pid = leader_goes_first(group_thread, 5);
	gate_open(&go);
	same(outcome(pid), 5, "exit_group by another thread gives its own");
	pid = leader_goes_first(sleeping_thread, 0);
	need(kill(pid, SIGTERM) == 0);
	same(outcome(pid), KILLED_BY(SIGTERM), "a signal to the process reaches the thread that is left");
	pid = leader_goes_first(sleeping_thread, 0);
	need(kill(pid, SIGSTOP) == 0);
	need(waitpid(pid, &status, WUNTRACED) == pid);
	ok(WIFSTOPPED(status), "the thread that is left can be stopped");
	need(kill(pid, SIGKILL) == 0);
	same(outcome(pid), KILLED_BY(SIGKILL), "and killed");
}

/* A child with @n threads asleep; it then does @act. */
static int many(int n, void (*act)(void))
{
	pthread_t thread;
	pid_t pid = must_fork();

	if (pid == 0) {
		leader_tid = my_tid();
		for (int i = 0; i < n; i++)
			need(pthread_create(&thread, NULL, sleeping_thread, NULL) == 0);
		act();
		for (;;)
			pause();
	}
	return outcome(pid);
}

static void *exits_group(void *arg)
{
	syscall(SYS_exit_group, 9);
	return NULL;
}

static void leader_exits_group(void)
{
	syscall(SYS_exit_group, 7);
}

static void thread_exits_group(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, exits_group, NULL) == 0);
}

static void kills_process(void)
{
	kill(getpid(), SIGKILL);
}

static void *segfaults(void *arg)
{
	*(volatile int *)arg = 0;
	return NULL;
}

static void thread_segfaults(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, segfaults, NULL) == 0);
}

static void *terminates_leader(void *arg)
{
	syscall(SYS_tgkill, getpid(), leader_tid, SIGTERM);
	return NULL;
}

static void leader_gets_signal(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, terminates_leader, NULL) == 0);
}

int main(void)
{
	plan(11);
	go = gate_new();
	leader_first();
	same(many(20, leader_exits_group), 7, "exit_group takes sleeping threads along");
	same(many(20, thread_exits_group), 9, "by any thread");
	same(many(20, kills_process), KILLED_BY(SIGKILL), "SIGKILL ends all threads");
	same(many(20, thread_segfaults), KILLED_BY(SIGSEGV), "a fault in one thread ends all");
	same(many(20, leader_gets_signal), KILLED_BY(SIGTERM), "and so does a deadly signal to one");
	return done();
}
