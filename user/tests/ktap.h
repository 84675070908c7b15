/*
 * ktap.h - what the test programs share: results in KTAP, and small helpers around fork and wait.
 *
 * A test prints its plan first, then one line for each check, always the same lines in the same order and
 * without figures that may vary: the output on Linux is the expected output. Only the process that called
 * plan() reports; others tell it by their exit status or through memory that they share.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define __unused_fn __attribute__((unused))
#define PAGE 4096UL

static int ktap_planned, ktap_run, ktap_failed;

/* One line in one write, so that lines of two processes never mix. */
static __unused_fn __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(STDOUT_FILENO, line, len) != len)
		_exit(99);
}

static __unused_fn void plan(int checks)
{
	ktap_planned = checks;
	say("KTAP version 1");
	say("# Subtest: %s", program_invocation_short_name);
	say("1..%d", checks);
}

static __unused_fn int ktap_result(int good, const char *what, const char *file, int line)
{
	ktap_run++;
	say("%s %d %s", good ? "ok" : "not ok", ktap_run, what);
	if (!good) {
		ktap_failed++;
		say("# failed at %s:%d, errno %d (%s)", file, line, errno, strerror(errno));
	}
	return good;
}

/* The check is passed if @cond holds. */
#define ok(cond, what) ktap_result(!!(cond), what, __FILE__, __LINE__)

static __unused_fn int ktap_same(long got, long want, const char *what, const char *file, int line)
{
	int good = ktap_result(got == want, what, file, line);

	if (!good)
		say("# got %ld (%#lx), expected %ld (%#lx)", got, got, want, want);
	return good;
}

/* The check is passed if the two numbers are the same. */
#define same(got, want, what) ktap_same((long)(got), (long)(want), what, __FILE__, __LINE__)

/* The check is passed if the call gives -1 and this errno. */
#define fails(call, error, what) do { \
	long _r; \
	errno = 0; \
	_r = (long)(call); \
	if (!ktap_result(_r == -1 && errno == (error), what, __FILE__, __LINE__)) \
		say("# result %ld, expected -1 with %s", _r, strerror(error)); \
} while (0)

/* Nothing can be tested if this does not hold. */
#define need(cond) do { \
	if (!(cond)) { \
		say("Bail out! %s:%d: %s: %s", __FILE__, __LINE__, #cond, strerror(errno)); \
		_exit(98); \
	} \
} while (0)

/* The exit status of main(). */
static __unused_fn int done(void)
{
	if (ktap_run != ktap_planned)
		say("# %d checks planned, %d run", ktap_planned, ktap_run);
	return ktap_failed || ktap_run != ktap_planned;
}

/* fork() that cannot fail. */
static __unused_fn pid_t must_fork(void)
{
	pid_t pid = fork();

	need(pid >= 0);
	return pid;
}

/* The wait status of @pid, -1 if it is not a child. */
static __unused_fn int status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return status;
}

/* 0 to 255: the exit code of @pid. 1000 + the signal that killed it. -1: neither. */
static __unused_fn int outcome(pid_t pid)
{
	int status = status_of(pid);

	if (status == -1)
		return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : -1;
}
#define KILLED_BY(sig) (1000 + (sig))

/* Run @fn in a child; the child's outcome. */
static __unused_fn int in_child(int (*fn)(void))
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(fn());
	return outcome(pid);
}

static __unused_fn void sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* Zeroed memory, private to this process or shared with its children to come. */
static __unused_fn void *map_private(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED);
	return p;
}

static __unused_fn void *map_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED);
	return p;
}

/* A turnstile between processes: one passes a byte, the other waits for it. */
struct gate {
	int fd[2];
};

static __unused_fn struct gate gate_new(void)
{
	struct gate g;

	need(pipe(g.fd) == 0);
	return g;
}

static __unused_fn void gate_open(struct gate *g)
{
	need(write(g->fd[1], "!", 1) == 1);
}

static __unused_fn void gate_wait(struct gate *g)
{
	char byte;

	while (read(g->fd[0], &byte, 1) != 1)
		need(errno == EINTR);
}

/* The number given as first argument, or @standard. */
static __unused_fn long argument(int argc, char **argv, long standard)
{
	return argc > 1 ? strtol(argv[1], NULL, 0) : standard;
}

/* A file name of this process's own in /tmp. */
static __unused_fn const char *tmp_name(const char *suffix)
{
	static char name[4][128];
	static int next;
	char *buf = name[next++ % 4];

	snprintf(buf, sizeof(name[0]), "/tmp/%s.%d%s", program_invocation_short_name, getpid(), suffix);
	return buf;
}

/* A new file with this content, open for reading and writing at its start. */
static __unused_fn int tmp_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	need(fd >= 0);
	need(write(fd, data, size) == (ssize_t)size);
	need(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}
