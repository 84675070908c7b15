/*
 * Ours alone: calls on descriptors that a forked child shares until the first change. That the change makes a copy must
 * not give them acts that can fail: close(2) and the others know no lack of memory. Fork alone may fail for it.
 */
#include "fail_nth.h"
#include <linux/close_range.h>

static struct gate go;
static int fd;

/* A call that changes the table, or -1. Each is undone afterwards. */
static int do_close(void) { return close(fd); }
static int do_dup2(void) { return dup2(0, fd) == fd ? 0 : -1; }
static int do_setfd(void) { return fcntl(fd, F_SETFD, FD_CLOEXEC); }
static int do_range(void) { return syscall(SYS_close_range, fd, fd, 0); }
static int do_range_cloexec(void) { return syscall(SYS_close_range, fd, fd, CLOSE_RANGE_CLOEXEC); }

/* Run @change in a process whose table @many others share, with the first act armed: it works and nothing fires. */
static int needs_nothing(int (*change)(void), int shared_by)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		for (int i = 0; i < shared_by; i++) {
			if (must_fork() == 0) {
				sleep_ms(1);
				_exit(0);
			}
		}
		open_control();
		arm(1);
		if (change() || fired())
			_exit(1);
		while (waitpid(-1, NULL, 0) > 0)
			;
		_exit(0);
	}
	return outcome(pid) == 0;
}

static void check(int (*change)(void), const char *name)
{
	needs_nothing(change, 1);		/* brings in what the attempt itself needs */
	read_ledger(ledger_after);
	read_ledger(ledger_before);
	read_ledger(ledger_before);
	ok(needs_nothing(change, 1) && needs_nothing(change, 5) && unchanged(), name);
}

/* A new descriptor in a table that a child shares, all in a process of its own since a table that has grown stays so. */
static enum verdict try_shared(int n, long (*call)(void))
{
	static const int errors[] = { ENOMEM, ENFILE, EMFILE, EFAULT, 0 };
	enum verdict verdict;
	pid_t pid = must_fork(), child;
	long result;
	int error;

	if (pid) {
		verdict = outcome(pid);
		tally_error = verdict >> 2;
		return verdict & 3;
	}
	open_control();
	child = must_fork();
	if (child == 0) {
		gate_wait(&go);
		_exit(0);
	}
	arm(n);
	result = call();
	error = errno;
	verdict = judge(result, error, errors, 0);
	if (verdict == FAILED)
		verdict |= (error & 63) << 2;
	gate_open(&go);
	outcome(child);
	_exit(verdict);
}

static long make_dup(void) { return syscall(SYS_dup, fd); }
static long make_open(void) { return syscall(SYS_open, "/etc/passwd", O_RDONLY); }
static long make_high(void) { return syscall(SYS_fcntl, fd, F_DUPFD, 200); }
static long make_dup2_high(void) { return syscall(SYS_dup2, fd, 100); }

static enum verdict try_dup(int n, const void *arg) { return try_shared(n, make_dup); }
static enum verdict try_open(int n, const void *arg) { return try_shared(n, make_open); }
static enum verdict try_high(int n, const void *arg) { return try_shared(n, make_high); }
static enum verdict try_dup2_high(int n, const void *arg) { return try_shared(n, make_dup2_high); }

/* fork of a process with many descriptors, which needs a larger spare. */
static enum verdict try_fork(int n, const void *arg)
{
	static const int errors[] = { ENOMEM, EAGAIN, 0 };
	long pid;

	arm(n);
	pid = syscall(SYS_fork);
	if (pid == 0)
		_exit(0);
	tally_error = errno;
	if (pid > 0)
		need(outcome(pid) == 0);
	return judge(pid, tally_error, errors, 0);
}

/* In a process of its own, so that a table that has grown goes again. */
static void sweep_apart(enum verdict (*attempt)(int n, const void *arg), const char *name, int descriptors)
{
	int *result = map_shared(PAGE);
	pid_t pid = must_fork();

	if (pid == 0) {
		open_control();
		for (int i = 0; i < descriptors; i++)
			need(dup(fd) >= 0);
		sweep(attempt, NULL, name);
		*result = ktap_failed;
		_exit(0);
	}
	need(outcome(pid) == 0);
	ktap_run++;
	ktap_failed += *result;
	munmap(result, PAGE);
}

int main(void)
{
	open_control();
	go = gate_new();
	fd = open("/dev/null", O_RDWR);
	plan(10);
	check(do_close, "close of a shared table's descriptor");
	check(do_dup2, "dup2");
	check(do_setfd, "F_SETFD");
	check(do_range, "close_range");
	check(do_range_cloexec, "close_range with CLOEXEC");
	sweep_apart(try_dup, "dup", 0);
	sweep_apart(try_open, "open", 0);
	sweep_apart(try_high, "F_DUPFD beyond the table", 0);
	sweep_apart(try_dup2_high, "dup2 beyond the table", 0);
	sweep_apart(try_fork, "fork with 500 descriptors", 500);
	return done();
}
