/*
 * Ours alone: every fallible act of fork, mmap, pipe, open, wait and execve is made to fail, one after the other.
 * Each time the call must give an errno that its manual page knows, leave the ledger as it was, and work when
 * nothing fails. /proc/self/fail-nth arms the n-th act of the next system call (architecture, section 8).
 * Runs itself as "after" when execve has worked.
 */
#include "../ktap.h"

#define MOST_ACTS 2000

static char before[8192], after[8192];
static int control;

static void read_ledger(char *buf)
{
	int fd = open("/proc/ledger", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, 8191);

	need(n > 0);
	buf[n] = 0;
	close(fd);
}

static void open_control(void)
{
	control = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	need(control >= 0);
}

static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	need(pwrite(control, text, len, 0) == len);
}

/* Has the armed act failed? */
static int fired(void)
{
	char text[16] = "";

	need(pread(control, text, sizeof(text) - 1, 0) > 0);
	return atoi(text) == 0;
}

static int unchanged(void)
{
	for (int i = 0; i < 100; i++) {
		read_ledger(after);
		if (!strcmp(before, after))
			return 1;
		sleep_ms(5);
	}
	say("# before: %s", before);
	say("# after: %s", after);
	return 0;
}

/* One attempt with the n-th act failing: 1 it failed as it may, 0 it worked without firing, -1 wrong. */
typedef int (*attempt)(int n);

static int judge(long result, const int *errors)
{
	int error = errno, did = fired();

	if (result >= 0)
		return did ? -1 : 0;
	for (; *errors; errors++)
		if (did && error == *errors)
			return 1;
	say("# result %ld, errno %d (%s), fired %d", result, error, strerror(error), did);
	return -1;
}

static int try_fork(int n)
{
	static const int errors[] = { ENOMEM, EAGAIN, 0 };
	long pid;
	int error;

	arm(n);
	pid = syscall(SYS_fork);
	error = errno;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		outcome(pid);
	errno = error;
	return judge(pid, errors);
}

/* A mapping in the middle of another: that one is split, then mended. */
static int try_mmap(int n)
{
	static const int errors[] = { ENOMEM, EAGAIN, 0 };
	static char *area;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, error;
	char *p;

	if (!area)
		area = map_private(16 * PAGE);
	arm(n);
	p = mmap(area + 4 * PAGE, 4 * PAGE, PROT_READ, flags, -1, 0);
	error = errno;
	need(mmap(area, 16 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == area);
	errno = error;
	return judge(p == MAP_FAILED ? -1 : 0, errors);
}

static int try_pipe(int n)
{
	static const int errors[] = { ENOMEM, ENFILE, EMFILE, EFAULT, 0 };
	int fds[2];
	long result;

	arm(n);
	result = syscall(SYS_pipe, fds);
	if (result == 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return judge(result, errors);
}

static int try_open(int n)
{
	static const int errors[] = { ENOMEM, ENFILE, EMFILE, EFAULT, 0 };
	long fd;

	arm(n);
	fd = syscall(SYS_open, "/etc/passwd", O_RDONLY);
	if (fd >= 0)
		close(fd);
	return judge(fd, errors);
}

/* wait4 that cannot hand over the status still takes the child away. */
static int try_wait(int n)
{
	static const int errors[] = { EFAULT, ENOMEM, 0 };
	pid_t pid = must_fork();
	int status, verdict;
	long result;

	if (pid == 0)
		_exit(0);
	arm(n);
	result = syscall(SYS_wait4, pid, &status, 0, NULL);
	verdict = judge(result, errors);
	waitpid(pid, NULL, 0);
	return verdict;
}

static const char *self;

/* Past its point of no return execve cannot report: the process dies by SIGKILL or SIGSEGV. */
static int try_exec(int n)
{
	pid_t pid = must_fork();
	int how;

	if (pid == 0) {
		char *argv[] = { (char *)self, "after", NULL };

		open_control();			/* a task may arm itself only */
		arm(n);
		syscall(SYS_execve, self, argv, argv + 2);
		_exit(errno == ENOMEM || errno == EFAULT || errno == EAGAIN || errno == E2BIG ? 50 : 51);
	}
	how = outcome(pid);
	if (how == 50 || how == KILLED_BY(SIGKILL) || how == KILLED_BY(SIGSEGV) || how == 60)
		return 1;
	return how == 61 ? 0 : -1;
}

/* The program that execve started: 60 if an act has failed in silence, 61 if none has. */
static int after_exec(void)
{
	open_control();
	return fired() ? 60 : 61;
}

static void sweep(attempt try, const char *fails_well, const char *nothing_left)
{
	int n = 1, verdict, clean = 1;

	try(MOST_ACTS);			/* brings in what the attempt itself needs */
	read_ledger(before);
	read_ledger(before);
	while ((verdict = try(n)) > 0 && n < MOST_ACTS && clean) {
		clean = unchanged();
		n++;
	}
	say("# %d acts", n - 1);
	ok(verdict == 0 && n > 1, fails_well);
	ok(clean && unchanged(), nothing_left);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return after_exec();
	self = argv[0];
	open_control();
	plan(12);
	sweep(try_fork, "fork: each act fails with its errno, then it works", "fork: nothing is left behind");
	sweep(try_mmap, "mmap: each act fails with its errno, then it works", "mmap: nothing is left behind");
	sweep(try_pipe, "pipe: each act fails with its errno, then it works", "pipe: nothing is left behind");
	sweep(try_open, "open: each act fails with its errno, then it works", "open: nothing is left behind");
	sweep(try_wait, "wait4: each act fails with its errno, then it works", "wait4: nothing is left behind");
	sweep(try_exec, "execve: each act fails with its errno, then it works", "execve: nothing is left behind");
	return done();
}
