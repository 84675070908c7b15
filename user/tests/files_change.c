/*
 * Each call that changes descriptors, in a child and in its parent, right after fork: the other one does not see it.
 * With CLONE_FILES both see it, and a child that has been forked off them does not.
 */
#include "ktap.h"
#include <linux/close_range.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int file;

static int by_close(void) { return close(file); }
static int by_dup(void) { return dup(file) < 0; }
static int by_dup2(void) { return dup2(0, file) < 0; }
static int by_dup2_high(void) { return dup2(file, 300) < 0; }
static int by_dup3(void) { return dup3(file, 70, O_CLOEXEC) < 0; }
static int by_dupfd(void) { return fcntl(file, F_DUPFD, 20) < 0; }
static int by_dupfd_high(void) { return fcntl(file, F_DUPFD_CLOEXEC, 1000) < 0; }
static int by_setfd(void) { return fcntl(file, F_SETFD, FD_CLOEXEC); }
static int by_open(void) { return open("/dev/null", O_RDONLY) < 0; }
static int by_pipe(void) { int fd[2]; return pipe(fd); }
static int by_eventfd(void) { return eventfd(0, 0) < 0; }
static int by_close_range(void) { return syscall(SYS_close_range, 3, ~0U, 0); }
static int by_range_cloexec(void) { return syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC); }
static int by_range_unshare(void) { return syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE); }
static int by_many(void)
{
	for (int i = 0; i < 100; i++)
		if (dup(0) < 0)
			return 1;
	return 0;
}

static const struct change {
	int (*make)(void);
	const char *name;
} changes[] = {
	{ by_close, "close" }, { by_dup, "dup" }, { by_dup2, "dup2" }, { by_dup2_high, "dup2 beyond the table" },
	{ by_dup3, "dup3" }, { by_dupfd, "F_DUPFD" }, { by_dupfd_high, "F_DUPFD beyond the table" },
	{ by_setfd, "F_SETFD" }, { by_open, "open" }, { by_pipe, "pipe" }, { by_eventfd, "eventfd" },
	{ by_close_range, "close_range" }, { by_range_cloexec, "close_range with CLOEXEC" },
	{ by_range_unshare, "close_range with UNSHARE" }, { by_many, "a hundred times dup" },
};
#define NR_CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

/* What descriptors there are, with their flags: a number that each change alters. */
static unsigned long state(void)
{
	unsigned long sum = 5381;

	for (int fd = 0; fd < 1100; fd++) {
		int flags = fcntl(fd, F_GETFD), mode = flags < 0 ? 0 : fcntl(fd, F_GETFL);

		sum = sum * 33 + (flags < 0 ? 7 : flags + 2 * mode + 1);
	}
	return sum;
}

/* The child changes, the parent does not see it, nor does a child born later. */
static int child_changes(const struct change *change)
{
	unsigned long before = state();
	pid_t pid = must_fork();

	if (pid == 0) {
		pid_t inner;

		if (change->make() || state() == before)
			_exit(1);
		before = state();
		inner = must_fork();
		if (inner == 0)
			_exit(state() != before);
		_exit(outcome(inner));
	}
	return outcome(pid) == 0 && state() == before;
}

static volatile int *turn;		/* shared memory: descriptors are what the test is about */

static void wait_for_turn(int nr)
{
	while (*turn != nr)
		sleep_ms(1);
}

/* A process of its own whose parent changes while the child looks on. */
static int parent_changes(const struct change *change)
{
	unsigned long before = state();
	pid_t pid, child;
	int result;

	*turn = 0;
	pid = must_fork();
	if (pid == 0) {
		child = must_fork();
		if (child == 0) {
			wait_for_turn(1);
			_exit(state() != before);
		}
		result = change->make() || state() == before;
		*turn = 1;
		_exit(result | outcome(child));
	}
	return outcome(pid) == 0 && state() == before;
}

static char stack[65536] __attribute__((aligned(16)));
static volatile unsigned long seen;
static volatile int failed;

/* Shares the descriptors of its parent, and makes the change that is its argument. */
static int sharer(void *arg)
{
	const struct change *change = arg;

	failed = change->make() != 0;
	seen = state();
	return 0;
}

/*
 * P and S have the same descriptors (CLONE_FILES), F is forked off P. S changes: P sees it and F does not; F changes: neither
 * sees it.
 */
static int with_sharer(const struct change *change)
{
	unsigned long before, after;
	pid_t pid, forked, s;

	*turn = 0;
	pid = must_fork();
	if (pid)
		return outcome(pid) == 0;
	before = state();
	forked = must_fork();
	if (forked == 0) {
		if (state() != before || change->make() || state() == before)
			_exit(1);
		_exit(0);
	}
	if (outcome(forked) || state() != before)
		_exit(3);
	forked = must_fork();
	if (forked == 0) {
		wait_for_turn(1);
		_exit(state() != before);
	}
	s = clone(sharer, stack + sizeof(stack), CLONE_VM | CLONE_FILES | SIGCHLD, (void *)change);
	need(s > 0 && outcome(s) == 0);
	after = state();
	*turn = 1;
	if (failed || (change->make != by_range_unshare && (after == before || seen != after)))
		_exit(4);
	if (change->make == by_range_unshare && after != before)
		_exit(5);
	_exit(outcome(forked) != 0);
}

/* The table has been large and is small again: copies are small, and grow anew. */
static int shrunk(void)
{
	pid_t pid = must_fork();
	int fd;

	if (pid)
		return outcome(pid) == 0;
	need(dup2(file, 900) == 900 && dup2(file, 901) == 901);
	pid = must_fork();
	if (pid == 0) {
		need(close(901) == 0 && close(900) == 0);
		pid = must_fork();
		if (pid == 0) {
			need(dup2(file, 600) == 600 && fcntl(file, F_DUPFD, 63) == 63 && fcntl(file, F_DUPFD, 63) == 64);
			need(syscall(SYS_close_range, 0, ~0U, CLOSE_RANGE_CLOEXEC) == 0);
			_exit(fcntl(600, F_GETFD) != FD_CLOEXEC || fcntl(900, F_GETFD) != -1);
		}
		_exit(outcome(pid));
	}
	for (fd = 100; fd < 200; fd++)
		need(fcntl(file, F_DUPFD, fd) == fd);
	need(outcome(pid) == 0);
	_exit(fcntl(900, F_GETFD) || fcntl(199, F_GETFD) || fcntl(600, F_GETFD) != -1);
}

static char fifo[64];

static int opens_fifo(void *arg)
{
	seen = open(fifo, O_RDONLY);
	return seen != (unsigned long)(file + 1);
}

/*
 * One of two that share descriptors sleeps in open(2), its descriptor taken but not there yet, while the other forks:
 * the child finds that number free, and the opener gets it.
 */
static int while_opening(void)
{
	pid_t opener, child;
	int fd;

	snprintf(fifo, sizeof(fifo), "%s", tmp_name(".fifo"));
	need(mkfifo(fifo, 0600) == 0);
	opener = clone(opens_fifo, stack + sizeof(stack), CLONE_VM | CLONE_FILES | SIGCHLD, NULL);
	need(opener > 0);
	sleep_ms(20);
	child = must_fork();
	if (child == 0)
		_exit(dup(0) != file + 1 || dup(0) != file + 2);
	if (outcome(child) || fcntl(file + 1, F_GETFD) != -1)
		return 0;
	child = must_fork();
	if (child == 0) {
		fd = open(fifo, O_WRONLY);
		_exit(fd != file + 1 || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY);
	}
	if (outcome(child) || outcome(opener))
		return 0;
	unlink(fifo);
	return (fcntl(file + 1, F_GETFL) & O_ACCMODE) == O_RDONLY && close(file + 1) == 0;
}

int main(void)
{
	const char *path = tmp_name("");
	char what[80];

	need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 2000, 2000 }) == 0);
	plan(NR_CHANGES * 3 + 2);
	turn = map_shared(PAGE);
	file = tmp_file(path, "0123456789", 10);
	unlink(path);
	for (int i = 0; i < NR_CHANGES; i++) {
		snprintf(what, sizeof(what), "%s in a child", changes[i].name);
		ok(child_changes(&changes[i]), what);
		snprintf(what, sizeof(what), "%s in the parent", changes[i].name);
		ok(parent_changes(&changes[i]), what);
		snprintf(what, sizeof(what), "%s in one of two that share with CLONE_FILES", changes[i].name);
		ok(with_sharer(&changes[i]), what);
	}
	ok(while_opening(), "fork while another one sleeps in open");
	ok(shrunk(), "a table that has become small");
	return done();
}
