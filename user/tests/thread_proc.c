/* Threads as /proc and getrusage(2) see them; what a thread has of its own and what it shares. */
#include "futex.h"
#include <dirent.h>
#include <sys/resource.h>

#define N 5

static struct gate go;
static volatile int started;
static volatile pid_t tids[N], pids[N], children[N];

static void *sleeper(void *arg)
{
	long i = (long)arg;

	tids[i] = my_tid();
	pids[i] = getpid();
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
	gate_wait(&go);
	return NULL;
}

static int count_tasks(int *known)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	need(d);
	*known = 0;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		for (int i = 0; i < N; i++)
			*known += atoi(e->d_name) == tids[i];
	}
	closedir(d);
	return n;
}

static int status_line(const char *key)
{
	char text[4096] = "", *at;
	int fd = open("/proc/self/status", O_RDONLY);

	need(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strstr(text, key);
	return at ? atoi(at + strlen(key)) : -1;
}

static long cpu_us(int who)
{
	struct rusage ru;

	need(getrusage(who, &ru) == 0);
	return ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 + ru.ru_stime.tv_usec;
}

static volatile long thread_us;

static void *burner(void *arg)
{
	while ((thread_us = cpu_us(RUSAGE_THREAD)) < 20000)
		;
	return NULL;
}

static void *forker(void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(getppid() == (pid_t)(long)arg ? 11 : 12);
	children[0] = pid;
	return NULL;
}

static void *changes_directory(void *arg)
{
	need(chdir("/proc") == 0);
	return NULL;
}

static void who_is_who(void)
{
	pthread_t t[N];
	char path[64];
	int known, good = 1;

	for (long i = 0; i < N; i++)
		need(pthread_create(&t[i], NULL, sleeper, (void *)i) == 0);
	while (started < N)
		sleep_ms(1);
	for (int i = 0; i < N; i++)
		good = good && pids[i] == getpid() && tids[i] != getpid();
	ok(good, "threads have the process's pid and numbers of their own");
	same(count_tasks(&known), N + 1, "/proc/self/task has all threads");
	same(known, N, "by their numbers");
	same(status_line("Threads:"), N + 1, "/proc/self/status counts them");
	snprintf(path, sizeof(path), "/proc/%d/status", tids[0]);
	same(access(path, R_OK), 0, "/proc knows a thread's number");
	fails(waitpid(tids[0], NULL, __WALL), ECHILD, "but nobody waits for it");
	for (int i = 0; i < N; i++)
		gate_open(&go);
	for (int i = 0; i < N; i++)
		need(pthread_join(t[i], NULL) == 0);
	while (count_tasks(&known) != 1)
		sleep_ms(1);
	same(status_line("Threads:"), 1, "they are gone");
}

int main(void)
{
	char cwd[64];
	pthread_t t;
	long before;

	plan(12);
	go = gate_new();
	who_is_who();
	before = cpu_us(RUSAGE_SELF);
	need(pthread_create(&t, NULL, burner, NULL) == 0 && pthread_join(t, NULL) == 0);
	ok(thread_us >= 20000, "RUSAGE_THREAD counts the thread's time");
	ok(cpu_us(RUSAGE_SELF) - before >= 19000, "RUSAGE_SELF remembers that of threads that are gone");
	need(pthread_create(&t, NULL, forker, (void *)(long)getpid()) == 0 && pthread_join(t, NULL) == 0);
	same(outcome(children[0]), 11, "a thread's child is the process's, whoever waits");
	need(pthread_create(&t, NULL, changes_directory, NULL) == 0 && pthread_join(t, NULL) == 0);
	ok(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/proc"), "the working directory is shared");
	need(chdir("/tmp") == 0);
	while (count_tasks(&(int){ 0 }) != 1)
		sleep_ms(1);
	ok(getpid() == my_tid(), "one thread at the end");
	return done();
}
