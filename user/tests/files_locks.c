/*
 * Record locks and fork: the child inherits none, and what it does to its descriptors, its exit and its exec release
 * its own locks at most, not its parent's; fcntl(2).
 */
#include "ktap.h"
#include <sched.h>

static const char *path;
static int fd;

static int lock_range(int type, long start, long len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, F_SETLK, &fl);
}

/* Who stands against a write lock of the byte: 0 nobody. A process does not see its own locks. */
static pid_t owner_of(long byte)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	need(fcntl(fd, F_GETLK, &fl) == 0);
	return fl.l_type == F_UNLCK ? 0 : fl.l_pid;
}

/* As a third process sees it. */
static pid_t seen_by_another(long byte)
{
	pid_t *seen = map_shared(PAGE), result;
	pid_t pid = must_fork();

	if (pid == 0) {
		*seen = owner_of(byte);
		_exit(0);
	}
	need(outcome(pid) == 0);
	result = *seen;
	munmap(seen, PAGE);
	return result;
}

static int sees_parents(void)
{
	return owner_of(0) != getppid() || lock_range(F_WRLCK, 0, 1) != -1 || errno != EAGAIN;
}

static int does_nothing(void) { return 0; }
static int closes(void) { return close(fd); }
static int dups_over(void) { return dup2(0, fd) != fd; }
static int opens_and_closes(void) { return close(open(path, O_RDWR)); }
static int locks_and_exits(void) { return lock_range(F_WRLCK, 50, 10); }
static int locks_and_closes(void) { return lock_range(F_WRLCK, 50, 10) || close(fd); }

static int execs(void)
{
	char *argv[] = { "true", NULL };

	execv("/bin/true", argv);
	return 1;
}

static int execs_with_cloexec(void)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) || execs();
}

static struct gate go;

/* Keeps its lock through exec, as long as the new program runs. */
static int locks_and_execs(void)
{
	char *argv[] = { "cat", NULL };

	if (lock_range(F_WRLCK, 50, 10))
		return 1;
	dup2(go.fd[0], 0);
	close(go.fd[1]);
	execv("/bin/cat", argv);
	return 1;
}

static void child_does(int (*fn)(void), const char *what)
{
	int result = in_child(fn);

	ok(result == 0 && seen_by_another(0) == getpid() && seen_by_another(50) == 0, what);
}

static int keeps_through_exec(void)
{
	pid_t pid, seen;

	go = gate_new();
	pid = must_fork();
	if (pid == 0)
		_exit(locks_and_execs());
	while ((seen = seen_by_another(50)) == 0)
		sleep_ms(1);
	sleep_ms(20);			/* exec is over by then */
	seen = seen_by_another(50);
	close(go.fd[1]);
	close(go.fd[0]);
	outcome(pid);
	return seen == pid && seen_by_another(50) == 0;
}

static char stack[65536] __attribute__((aligned(16)));

static int sharer_locks(void *arg)
{
	return lock_range(F_WRLCK, 50, 10);
}

static int sharer_closes(void *arg)
{
	return close(dup(fd));
}

static int run_sharer(int (*fn)(void *), unsigned long flags)
{
	pid_t pid = clone(fn, stack + sizeof(stack), CLONE_VM | flags | SIGCHLD, NULL);

	need(pid > 0);
	return outcome(pid);
}

/* Children that have locks of their own and exit one after the other, the descriptors never touched. */
static int many_owners(void)
{
	struct gate g[6];
	pid_t pids[6];
	int good = 1;

	for (int i = 0; i < 6; i++) {
		struct gate ready = gate_new();

		g[i] = gate_new();
		pids[i] = must_fork();
		if (pids[i] == 0) {
			if (lock_range(F_WRLCK, 100 + i, 1))
				_exit(1);
			gate_open(&ready);
			gate_wait(&g[i]);
			_exit(0);
		}
		gate_wait(&ready);
		close(ready.fd[0]);
		close(ready.fd[1]);
	}
	for (int i = 0; i < 6; i++)
		good &= seen_by_another(100 + i) == pids[i];
	for (int i = 5; i >= 0; i--) {
		gate_open(&g[i]);
		good &= outcome(pids[i]) == 0 && seen_by_another(100 + i) == 0;
		for (int j = 0; j < i; j++)
			good &= seen_by_another(100 + j) == pids[j];
		close(g[i].fd[0]);
		close(g[i].fd[1]);
	}
	return good;
}

int main(void)
{
	static char text[200];

	path = tmp_name("");
	fd = tmp_file(path, text, sizeof(text));
	plan(17);
	same(lock_range(F_WRLCK, 0, 10), 0, "the parent locks");
	same(in_child(sees_parents), 0, "its child meets the lock as a stranger");
	child_does(does_nothing, "a child exits: the parent keeps its lock");
	child_does(closes, "a child closes");
	child_does(dups_over, "a child puts another file there");
	child_does(opens_and_closes, "a child opens the file anew and closes that");
	child_does(execs, "a child execs");
	child_does(execs_with_cloexec, "a child execs with close-on-exec");
	child_does(locks_and_exits, "a child locks and exits: its lock is gone");
	child_does(locks_and_closes, "a child locks and closes");
	ok(keeps_through_exec(), "a child's lock stays through exec and goes with the program");
	ok(many_owners(), "six children with locks of their own");
	same(run_sharer(sharer_locks, CLONE_FILES), 0, "a child with CLONE_FILES locks");
	ok(seen_by_another(50) && seen_by_another(0) == getpid(), "and exits: the lock belongs to both, and stays");
	same(run_sharer(sharer_closes, CLONE_FILES), 0, "another one closes the file");
	ok(!seen_by_another(50) && !seen_by_another(0), "all locks are gone");
	close(fd);
	fd = open(path, O_RDWR);
	same(seen_by_another(0), 0, "and stay so");
	unlink(path);
	return done();
}
