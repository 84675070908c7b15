/*
 * A fork bomb of an ordinary user under RLIMIT_NPROC: never more processes than allowed, root works beside it, and one
 * kill ends it. fork(2), getrlimit(2), kill(2)
 */
#include "ktap.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define USER	4321
#define LIMIT	60

static volatile int *forks;

/*
 * Every process forks without end. A pause after a failure: without one, Linux, which frees the remains of failed forks
 * later, runs out of memory.
 */
static void bomb(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid > 0)
			__atomic_add_fetch(forks, 1, __ATOMIC_RELAXED);
		else if (pid < 0)
			sleep_ms(1);
	}
}

static int become_user(void)
{
	return syscall(SYS_setresgid, USER, USER, USER) || syscall(SYS_setresuid, USER, USER, USER);
}

/* Processes of the user, as /proc shows them. */
static int processes(void)
{
	struct dirent *entry;
	char path[64];
	struct stat st;
	int count = 0;
	DIR *d = opendir("/proc");

	need(d);
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%.20s", entry->d_name);
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && stat(path, &st) == 0 && st.st_uid == USER;
	}
	closedir(d);
	return count;
}

static int run_true(void)
{
	execl("/bin/true", "true", NULL);
	return 1;
}

/* kill(2) with -1, as the user: everybody but the caller. */
static int kill_all(void)
{
	if (become_user())
		return 1;
	return kill(-1, SIGKILL) != 0;
}

int main(void)
{
	int most = 0, good = 0, waited = 0;
	pid_t pid;

	plan(7);
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	forks = map_shared(PAGE);
	pid = must_fork();
	if (pid == 0) {
		struct rlimit limit = { LIMIT, LIMIT };

		need(setrlimit(RLIMIT_NPROC, &limit) == 0 && become_user() == 0);
		bomb();
	}
	while (*forks < LIMIT - 1)
		sleep_ms(1);
	for (int i = 0; i < 20; i++) {
		int now = processes();

		if (now > most)
			most = now;
		good += in_child(run_true) == 0;
	}
	ok(most <= LIMIT, "never more than the limit");
	ok(most >= LIMIT / 2, "but many");
	same(good, 20, "root forks and executes beside it");
	same(in_child(kill_all), 0, "kill -1 by the user");
	same(outcome(pid), KILLED_BY(SIGKILL), "ends the first");
	for (int status; (pid = wait(&status)) > 0; )
		waited += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ok(waited > 0 && waited < LIMIT, "and all the others");
	same(processes(), 0, "none is left");
	return done();
}
