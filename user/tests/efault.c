/* Bad pointers in every argument that is one: EFAULT, and the process lives on. */
#include "ktap.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>

static void *const bad_pointers[] = {
	(void *)8, (void *)0x700000000000UL, (void *)0x7ffffffff000UL, (void *)0x800000000000UL,
	(void *)0xffff888000000000UL, (void *)0xffffffff80000000UL, (void *)-8L,
};

struct call {
	const char *name;
	long nr;
	int pointer;		/* which argument is the bad one */
	long args[6];
};

static struct call calls[] = {
	{ "write", SYS_write, 1, { -2, 0, 10 } },
	{ "read", SYS_read, 1, { -3, 0, 1 } },
	{ "open", SYS_open, 0, { 0, O_RDONLY } },
	{ "stat", SYS_stat, 0, { 0, 0 } },
	{ "fstat", SYS_fstat, 1, { 0, 0 } },
	{ "access", SYS_access, 0, { 0, 0 } },
	{ "pipe", SYS_pipe, 0, { 0 } },
	{ "poll", SYS_poll, 0, { 0, 1, 0 } },
	{ "select", SYS_select, 1, { 5, 0, 0, 0, 0 } },
	{ "nanosleep", SYS_nanosleep, 0, { 0, 0 } },
	{ "clock_gettime", SYS_clock_gettime, 1, { CLOCK_MONOTONIC, 0 } },
	{ "uname", SYS_uname, 0, { 0 } },
	{ "getcwd", SYS_getcwd, 0, { 0, 100 } },
	{ "chdir", SYS_chdir, 0, { 0 } },
	{ "mkdir", SYS_mkdir, 0, { 0, 0755 } },
	{ "unlink", SYS_unlink, 0, { 0 } },
	{ "readlink path", SYS_readlink, 0, { 0, 0, 10 } },
	{ "rt_sigaction", SYS_rt_sigaction, 1, { SIGUSR1, 0, 0, 8 } },
	{ "rt_sigaction old", SYS_rt_sigaction, 2, { SIGUSR1, 0, 0, 8 } },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, 1, { SIG_BLOCK, 0, 0, 8 } },
	{ "rt_sigprocmask old", SYS_rt_sigprocmask, 2, { SIG_BLOCK, 0, 0, 8 } },
	{ "rt_sigpending", SYS_rt_sigpending, 0, { 0, 8 } },
	{ "getrlimit", SYS_getrlimit, 1, { RLIMIT_STACK, 0 } },
	{ "setrlimit", SYS_setrlimit, 1, { RLIMIT_STACK, 0 } },
	{ "getrusage", SYS_getrusage, 1, { RUSAGE_SELF, 0 } },
	{ "getrandom", SYS_getrandom, 0, { 0, 10, 0 } },
	{ "gettimeofday", SYS_gettimeofday, 0, { 0, 0 } },
	{ "sysinfo", SYS_sysinfo, 0, { 0 } },
	{ "times", SYS_times, 0, { 0 } },
	{ "readv", SYS_readv, 1, { -3, 0, 1 } },
	{ "writev", SYS_writev, 1, { -2, 0, 1 } },
	{ "getdents64", SYS_getdents64, 1, { -4, 0, 1000 } },
	{ "setitimer", SYS_setitimer, 1, { ITIMER_REAL, 0, 0 } },
	{ "sigaltstack", SYS_sigaltstack, 0, { 0, 0 } },
	{ "execve", SYS_execve, 0, { 0, 0, 0 } },
	{ "rename", SYS_rename, 0, { 0, 0 } },
	{ "symlink", SYS_symlink, 0, { 0, 0 } },
};

static int fds[2], dir;

static long stand_in(long arg)
{
	switch (arg) {
	case -2: return fds[1];
	case -3: return fds[0];
	case -4: return dir;
	default: return arg;
	}
}

static int all_efault(struct call *c)
{
	long a[6], got;

	for (size_t i = 0; i < sizeof(bad_pointers) / sizeof(bad_pointers[0]); i++) {
		for (int k = 0; k < 6; k++)
			a[k] = stand_in(c->args[k]);
		a[c->pointer] = (long)bad_pointers[i];
		got = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (got != -1 || errno != EFAULT) {
			say("# %s with %p: %ld, %s", c->name, bad_pointers[i], got, strerror(errno));
			return 0;
		}
	}
	return 1;
}

static void check_wait(void)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(0);
	fails(wait4(pid, (int *)8, 0, NULL), EFAULT, "wait4: EFAULT");
	fails(wait4(pid, NULL, 0, NULL), ECHILD, "wait4: the child is gone all the same");
}

static void check_edges(void)
{
	char *edge = map_private(2 * PAGE), buf[16];

	need(munmap(edge + PAGE, PAGE) == 0);
	memset(edge, '/', PAGE);
	need(write(fds[1], "0123456789", 10) == 10);
	same(read(fds[0], edge + PAGE - 4, 4), 4, "up to the end of a mapping is fine");
	fails(open(edge + PAGE - 4, O_RDONLY), EFAULT, "a name that runs over its end: EFAULT");
	same(read(fds[0], buf, 6), 6, "no byte is lost");
}

int main(void)
{
	int count = sizeof(calls) / sizeof(calls[0]);

	need(pipe(fds) == 0);
	dir = open("/", O_RDONLY | O_DIRECTORY);
	need(dir >= 0);
	plan(count + 5);
	for (int i = 0; i < count; i++) {
		/* The read calls need something to read. */
		if (calls[i].nr == SYS_read || calls[i].nr == SYS_readv)
			need(write(fds[1], "x", 1) == 1);
		ok(all_efault(&calls[i]), calls[i].name);
		if (calls[i].nr == SYS_read || calls[i].nr == SYS_readv) {
			char byte;

			need(read(fds[0], &byte, 1) == 1);
		}
	}
	check_wait();
	check_edges();
	return done();
}
