/*
 * run_tests.c - runs the programs in /tests, each in a child of its own, and reports in KTAP.
 *
 * Usage: run-tests [-t SECONDS] [NAME...]
 *   NAME is the name of a test, may contain * and ?, and "tine/x" names one below /tests/tine, where the
 *   tests stand that only Tine can pass. Without a name: all of /tests, and on Tine /tests/tine as well.
 *
 * A test passes if it exits with 0 in time, leaves no process behind and, where /proc/ledger exists, leaves
 * every live object of the kernel's counted as before. As PID 1 the runner mounts what tests need and ends
 * the machine: on Tine by exiting, on Linux by writing to QEMU's isa-debug-exit itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_TESTS	512
#define NAME_SIZE	64
#define LEDGER_SIZE	8192
#define INDENT		"    "

/* All static and touched before the first test, so that the runner's own memory stays as it is. */
static char names[MAX_TESTS][NAME_SIZE];
static int nr_names;
static char ledger_before[LEDGER_SIZE], ledger_after[LEDGER_SIZE];
static char line[1024];
static size_t line_len;
static int time_limit = 240;
static int on_tine;

static void say(const char *fmt, ...)
{
	static char text[1200];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (int at = 0, n; at < len; at += n) {
		n = write(STDOUT_FILENO, text + at, len - at);
		if (n < 0)
			_exit(99);
	}
}

/* ---- which tests ---- */

static int wanted(const char *name, char **patterns, int count)
{
	for (int i = 0; i < count; i++)
		if (fnmatch(patterns[i], name, FNM_PATHNAME) == 0)
			return 1;
	return count == 0;
}

static void add_tests(const char *dir, const char *prefix, char **patterns, int count)
{
	char name[NAME_SIZE], path[2 * NAME_SIZE];
	struct dirent *entry;
	struct stat st;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		snprintf(name, sizeof(name), "%s%.40s", prefix, entry->d_name);
		snprintf(path, sizeof(path), "/tests/%s", name);
		if (stat(path, &st) || !S_ISREG(st.st_mode) || !wanted(name, patterns, count))
			continue;
		if (nr_names < MAX_TESTS)
			strcpy(names[nr_names++], name);
	}
	if (d)
		closedir(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* ---- the ledger ---- */

static void read_ledger(char *buf)
{
	int fd = open("/proc/ledger", O_RDONLY);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf + len, LEDGER_SIZE - 1 - len)) > 0)
		len += n;
	memset(buf + len, 0, LEDGER_SIZE - len);
	if (fd >= 0)
		close(fd);
}

/* Print the lines in which the two differ; both have the same lines in the same order. */
static void show_differences(const char *before, const char *after)
{
	while (*before && *after) {
		size_t a = strcspn(before, "\n"), b = strcspn(after, "\n");

		if (a != b || memcmp(before, after, a))
			say(INDENT "# ledger: '%.*s' became '%.*s'\n", (int)a, before, (int)b, after);
		before += a + (before[a] == '\n');
		after += b + (after[b] == '\n');
	}
}

/* ---- the audit of DEBUG=1 ---- */

static int audit_ok(char *text)
{
	int fd = open("/proc/sys/kernel/audit", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, LEDGER_SIZE - 1);

	text[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
	return fd < 0 || strncmp(text, "ok ", 3) == 0;
}

/* Do the kernel's counts of tables and frames agree with its page tables? Somebody in the middle of a change may
   hold a reference for a moment. */
static int audit_passes(void)
{
	static char text[LEDGER_SIZE];

	for (int i = 0; i < 20; i++) {
		if (audit_ok(text))
			return 1;
		nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000000 }, NULL);
	}
	for (char *at = text; *at; ) {
		size_t n = strcspn(at, "\n");

		say(INDENT "# audit: %.*s\n", (int)n, at);
		at += n + (at[n] == '\n');
	}
	return 0;
}

/* What died a moment ago may still be on its way out: look again for a while before complaining. */
static int ledger_same(void)
{
	for (int i = 0; i < 20; i++) {
		read_ledger(ledger_after);
		if (strcmp(ledger_before, ledger_after) == 0)
			return 1;
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000000 }, NULL);
	}
	show_differences(ledger_before, ledger_after);
	return 0;
}

/* ---- one test ---- */

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void flush_line(void)
{
	if (line_len)
		say(INDENT "%.*s\n", (int)line_len, line);
	line_len = 0;
}

/* Pass on the test's output line by line, indented. 0 at its end. */
static int relay(int fd)
{
	static char chunk[512];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] == '\n' || line_len == sizeof(line))
			flush_line();
		if (chunk[i] != '\n')
			line[line_len++] = chunk[i];
	}
	return n > 0;
}

/* Relay until everybody has closed the pipe; 0 if that takes longer than the time limit. */
static int relay_all(int fd, long long deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		long long left = deadline - now_ms();

		if (left <= 0)
			return 0;
		if (poll(&p, 1, left) > 0 && !relay(fd))
			return 1;
	}
}

static void become_test(const char *name, int out)
{
	static char path[2 * NAME_SIZE];
	char *argv[] = { path, NULL };
	char *env[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root", NULL };
	int null = open("/dev/null", O_RDONLY);

	snprintf(path, sizeof(path), "/tests/%s", name);
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	close(out);
	if (chdir("/tmp") == 0)
		execve(path, argv, env);
	dprintf(STDERR_FILENO, "# cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Wait for @pid, killing it at the deadline; then for what it left behind, which is an error. */
static int reap(pid_t pid, long long deadline, int *left_behind)
{
	int status = 0, other, killed = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
		if (!killed && now_ms() >= deadline)
			killed = kill(pid, SIGKILL) == 0;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	/* Orphans on their way out are ours to bury; those that live on are one too many. */
	for (int idle = 0; idle < 1000 && (got = waitpid(-1, &other, WNOHANG)) >= 0; idle += got == 0)
		if (got == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	*left_behind = got == 0;
	if (got == 0) {
		kill(-pid, SIGKILL);
		if (getpid() == 1)
			kill(-1, SIGKILL);
		while (waitpid(-1, &other, 0) > 0 || errno == EINTR)
			;
	}
	return status;
}

/* Run it; NULL if all is well, else what is wrong. */
static const char *run_test(const char *name)
{
	static char why[64];
	long long deadline = now_ms() + time_limit * 1000LL;
	int out[2], status, left_behind, ended;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return "pipe failed";
	pid = fork();
	if (pid == 0)
		become_test(name, out[1]);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return "fork failed";
	}
	ended = relay_all(out[0], deadline);
	if (!ended)
		kill(-pid, SIGKILL);
	status = reap(pid, deadline, &left_behind);
	if (!ended)
		relay_all(out[0], now_ms() + 1000);
	flush_line();
	close(out[0]);
	if (!ended)
		return "took too long";
	if (WIFSIGNALED(status)) {
		snprintf(why, sizeof(why), "killed by signal %d", WTERMSIG(status));
		return why;
	}
	if (WEXITSTATUS(status)) {
		snprintf(why, sizeof(why), "exit code %d", WEXITSTATUS(status));
		return why;
	}
	return left_behind ? "left a process behind" : NULL;
}

/* The first fork, and the first use of each buffer, bring in pages of the runner's own. */
static void warm_up(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	read_ledger(ledger_before);
	read_ledger(ledger_after);
	audit_passes();
	memset(line, ' ', sizeof(line));
}

static int report_test(int number, const char *name)
{
	const char *why;

	if (on_tine)
		read_ledger(ledger_before);
	why = run_test(name);
	if (!ledger_same() && !why)
		why = "the ledger changed";
	if (on_tine && !audit_passes() && !why)
		why = "the audit failed";
	if (why)
		say("not ok %d %s # %s\n", number, name, why);
	else
		say("ok %d %s\n", number, name);
	return why == NULL;
}

/* ---- as PID 1 ---- */

static void mount_all(void)
{
	static const char *const what[][2] = {
		{ "devtmpfs", "/dev" }, { "devpts", "/dev/pts" }, { "tmpfs", "/dev/shm" },
		{ "proc", "/proc" }, { "tmpfs", "/tmp" }
	};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		mkdir(what[i][1], 0755);
		if (mount(what[i][0], what[i][1], what[i][0], 0, NULL) && errno != EBUSY)
			say("# cannot mount %s: %s\n", what[i][1], strerror(errno));
	}
}

/* Linux has no word for success when PID 1 exits; speak to the debug-exit device as Tine does. */
static void leave_linux(int failed)
{
	if (ioperm(0xf4, 4, 1) == 0)
		outl(failed ? 0x11 : 0x10, 0xf4);
	say("# no isa-debug-exit device\n");
}

int main(int argc, char **argv)
{
	int failed = 0, option;

	if (getpid() == 1)
		mount_all();
	while ((option = getopt(argc, argv, "t:")) != -1) {
		if (option != 't')
			return 2;
		time_limit = atoi(optarg);
	}
	on_tine = access("/proc/ledger", R_OK) == 0;
	add_tests("/tests", "", argv + optind, argc - optind);
	if (on_tine)
		add_tests("/tests/tine", "tine/", argv + optind, argc - optind);
	qsort(names, nr_names, NAME_SIZE, by_name);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	warm_up();
	say("KTAP version 1\n1..%d\n", nr_names);
	for (int i = 0; i < nr_names; i++)
		failed += !report_test(i + 1, names[i]);
	say("# pass:%d fail:%d total:%d\n", nr_names - failed, failed, nr_names);
	if (nr_names == 0)
		failed = 1;
	if (getpid() == 1 && !on_tine)
		leave_linux(failed);
	return failed != 0;
}
