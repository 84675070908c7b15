/* CLONE_THREAD: one process, several threads; what they share and what becomes of them. */
#include "ktap.h"
#include <sched.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stacks[4][65536] __attribute__((aligned(16)));
static volatile int tids[4], pids[4], ppids[4], go, clear[4];

/* Threads run without a C library's thread of their own: raw calls only, and no errno. */
static long raw(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

static int body(void *arg)
{
	long i = (long)arg;

	pids[i] = raw(SYS_getpid, 0, 0, 0);
	ppids[i] = raw(SYS_getppid, 0, 0, 0);
	tids[i] = raw(SYS_gettid, 0, 0, 0);
	while (!go)
		raw(SYS_sched_yield, 0, 0, 0);
	raw(SYS_exit, 0, 0, 0);
	return 0;
}

static int start(long i, unsigned long more)
{
	clear[i] = 1;
	return clone(body, stacks[i] + sizeof(stacks[i]), THREAD_FLAGS | CLONE_CHILD_CLEARTID | more, (void *)i, NULL, NULL,
		     &clear[i]);
}

static void settle(volatile int *word, int zero)
{
	while ((*word == 0) != zero)
		sched_yield();
}

static int threads_in_proc(void)
{
	char text[2048] = "", *at;
	int fd = open("/proc/self/status", O_RDONLY);

	need(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strstr(text, "\nThreads:");
	return at ? atoi(at + 9) : -1;
}

/* The first thread leaves; the process lives on in the other, whose end is the process's. */
static int leader_leaves(void)
{
	go = 1;
	start(0, 0);
	raw(SYS_exit, 7, 0, 0);
	return 0;
}

static int group_exit(void)
{
	go = 0;
	start(0, 0);
	settle(&tids[0], 0);
	_exit(8);
}

static int killed(void)
{
	go = 0;
	start(0, 0);
	settle(&tids[0], 0);
	kill(getpid(), SIGTERM);
	return 0;
}

int main(void)
{
	int tid, sum = 0;

	plan(13);
	tid = start(0, SIGCHLD);
	settle(&tids[0], 0);
	same(tids[0], tid, "a thread has the number that clone gave");
	same(pids[0], getpid(), "its process is the caller's");
	same(ppids[0], getppid(), "and so is its parent");
	same(threads_in_proc(), 2, "two threads");
	fails(waitpid(tid, NULL, __WALL | WNOHANG), ECHILD, "nobody waits for a thread");
	same(syscall(SYS_tgkill, getpid(), tid, 0), 0, "tgkill finds it");
	fails(kill(-tid, 0), ESRCH, "no group has its number");
	go = 1;
	settle(&clear[0], 1);
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		sched_yield();
	fails(kill(tid, 0), ESRCH, "its number is free once it has left");
	for (long i = 0; i < 4; i++)
		sum += start(i, 0) > 0;
	for (int i = 0; i < 4; i++)
		settle(&clear[i], 1);
	same(sum, 4, "four more come and go");
	same(in_child(leader_leaves), 0, "the process ends with the code of its last thread");
	same(in_child(group_exit), 8, "exit_group ends all");
	same(in_child(killed), KILLED_BY(SIGTERM), "so does a signal");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "threads leave nothing to wait for");
	return done();
}
