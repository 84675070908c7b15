/* What an interrupted system call returns: with SA_RESTART, without, and when a stop or an ignored signal interrupts. */
#include "ktap.h"

#include <poll.h>
#include <sched.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>

static volatile int runs;

static void handler(int sig)
{
	runs++;
}

static int pipe_fds[2];
static char fifo[64];

static long do_read(void) { char c; return read(pipe_fds[0], &c, 1); }
static long do_readv(void) { char c; struct iovec { void *p; size_t n; } v = { &c, 1 }; return syscall(SYS_readv, pipe_fds[0], &v, 1); }
static long do_wait4(void) { return wait4(-1, NULL, 0, NULL); }
static long do_waitid(void) { siginfo_t i; return waitid(P_ALL, 0, &i, WEXITED); }
static long do_open(void) { int fd = open(fifo, O_RDONLY); if (fd >= 0) close(fd); return fd < 0 ? -1 : 0; }
static long do_pause(void) { return pause(); }
static long do_suspend(void) { sigset_t s; sigemptyset(&s); return sigsuspend(&s); }
static long do_nanosleep(void) { struct timespec t = { 0, 30000000 }; return nanosleep(&t, NULL); }
static long do_clock_abs(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 30000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}
static long do_poll(void) { struct pollfd p = { pipe_fds[0], POLLIN, 0 }; return poll(&p, 1, 30); }
static long do_ppoll(void) { struct pollfd p = { pipe_fds[0], POLLIN, 0 }; struct timespec t = { 0, 30000000 }; return ppoll(&p, 1, &t, NULL); }
static long do_select(void) { fd_set s; struct timeval t = { 0, 30000 }; FD_ZERO(&s); FD_SET(pipe_fds[0], &s); return select(pipe_fds[0] + 1, &s, NULL, NULL, &t); }
static long do_timedwait(void) { sigset_t s; struct timespec t = { 0, 30000000 }; sigemptyset(&s); sigaddset(&s, SIGUSR2); return syscall(SYS_rt_sigtimedwait, &s, NULL, &t, 8); }
static long do_lock(void) { struct flock l = { .l_type = F_WRLCK }; return fcntl(STDIN_FILENO + 9, F_SETLKW, &l); }

/* How each is let go when it is still at it: after it was interrupted. */
enum release { TIMEOUT, BYTE, CHILD, WRITER, NEVER, UNLOCK };

static const struct {
	const char *name;
	long (*call)(void);
	enum release release;
	const char *plain, *restart, *stopped;
} rows[] = {
	{ "read of a pipe",	do_read,	BYTE,	"EINTR",  "1",		"1" },
	{ "readv of a pipe",	do_readv,	BYTE,	"EINTR",  "1",		"1" },
	{ "wait4",		do_wait4,	CHILD,	"EINTR",  "child",	"child" },
	{ "waitid",		do_waitid,	CHILD,	"EINTR",  "0",		"0" },
	{ "open of a fifo",	do_open,	WRITER,	"EINTR",  "0",		"0" },
	{ "fcntl F_SETLKW",	do_lock,	UNLOCK,	"EINTR",  "0",		"0" },
	{ "pause",		do_pause,	NEVER,	"EINTR",  "EINTR",	"asleep" },
	{ "sigsuspend",		do_suspend,	NEVER,	"EINTR",  "EINTR",	"asleep" },
	{ "nanosleep",		do_nanosleep,	TIMEOUT, "EINTR", "EINTR",	"0" },
	{ "clock_nanosleep to a time", do_clock_abs, TIMEOUT, "EINTR", "EINTR",	"0" },
	{ "poll",		do_poll,	TIMEOUT, "EINTR", "EINTR",	"0" },
	{ "ppoll",		do_ppoll,	TIMEOUT, "EINTR", "EINTR",	"0" },
	{ "select",		do_select,	TIMEOUT, "EINTR", "EINTR",	"0" },
	{ "sigtimedwait",	do_timedwait,	TIMEOUT, "EINTR", "EINTR",	"EINTR" },
};

static void until_asleep(pid_t pid, char state)
{
	char path[64], text[256], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int i = 0; i < 2000; i++) {
		int fd = open(path, O_RDONLY), n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

		close(fd);
		text[n > 0 ? n : 0] = 0;
		p = strrchr(text, ')');
		if (p && p[2] == state)
			return;
		sched_yield();
	}
}

/* In the child: make the call and exit with what became of it. */
static int call_it(long (*call)(void), enum release release)
{
	pid_t child = 0;
	long ret;

	if (release == CHILD) {
		child = fork();
		if (child == 0) {
			struct pollfd p = { pipe_fds[0], POLLIN, 0 };

			poll(&p, 1, -1);
			_exit(0);
		}
	}
	errno = 0;
	ret = call();
	if (ret == -1 && errno == EINTR)
		ret = 200;
	else if (ret == -1)
		ret = 100 + errno;
	else if (child && ret == child)
		ret = 201;
	if (child)
		kill(child, SIGKILL);
	return ret;
}

static void let_go(enum release release)
{
	int fd;

	switch (release) {
	case BYTE:
	case CHILD:
		need(write(pipe_fds[1], "x", 1) == 1);
		break;
	case WRITER:
		fd = open(fifo, O_WRONLY | O_NONBLOCK);
		close(fd);
		break;
	case UNLOCK:
		need(fcntl(9, F_SETLK, &(struct flock){ .l_type = F_UNLCK }) == 0);
		break;
	default:
		break;
	}
}

static const char *describe(int code)
{
	static char text[32];

	if (code == 200)
		return "EINTR";
	if (code == 201)
		return "child";
	if (code == KILLED_BY(SIGKILL))
		return "asleep";
	snprintf(text, sizeof(text), code > 100 ? "errno %d" : "%d", code > 100 ? code - 100 : code);
	return text;
}

/* One call interrupted in one way; what it returns. */
static const char *interrupted(int row, int flags, int stop)
{
	pid_t pid;

	need(pipe(pipe_fds) == 0);
	if (rows[row].release == UNLOCK)
		need(fcntl(9, F_SETLK, &(struct flock){ .l_type = F_WRLCK }) == 0);
	pid = must_fork();
	if (pid == 0) {
		struct sigaction act = { .sa_handler = handler, .sa_flags = flags };

		sigaction(SIGUSR1, &act, NULL);
		_exit(call_it(rows[row].call, rows[row].release));
	}
	until_asleep(pid, 'S');
	if (stop) {
		kill(pid, SIGSTOP);
		until_asleep(pid, 'T');
		kill(pid, SIGCONT);
	} else {
		kill(pid, SIGUSR1);
	}
	until_asleep(pid, 'S');
	if (rows[row].release == NEVER)
		kill(pid, SIGKILL);
	else
		let_go(rows[row].release);
	close(pipe_fds[1]);
	pid = outcome(pid);
	close(pipe_fds[0]);
	return describe(pid);
}

static void check(int row, const char *how, const char *got, const char *want)
{
	char what[96];

	snprintf(what, sizeof(what), "%s, %s: %s", rows[row].name, how, want);
	if (!ok(strcmp(got, want) == 0, what))
		say("# it was %s", got);
}

int main(void)
{
	int n = sizeof(rows) / sizeof(rows[0]), fd;

	plan(3 * n);
	snprintf(fifo, sizeof(fifo), "%s", tmp_name(".fifo"));
	need(mkfifo(fifo, 0600) == 0);
	fd = tmp_file(tmp_name(".lock"), "x", 1);
	need(dup2(fd, 9) == 9);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < n; i++) {
		check(i, "handler", interrupted(i, 0, 0), rows[i].plain);
		check(i, "SA_RESTART", interrupted(i, SA_RESTART, 0), rows[i].restart);
		check(i, "stopped", interrupted(i, 0, 1), rows[i].stopped);
	}
	unlink(fifo);
	unlink(tmp_name(".lock"));
	return done();
}
