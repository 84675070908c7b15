/* What else a child inherits: nice value, resource limits, folder, root, umask, identity; and what it does not. */
#include "ktap.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>

static int nice_is_7(void) { return getpriority(PRIO_PROCESS, 0) != 7; }

static int limits(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_CORE, &limit);
	if (limit.rlim_cur != 0)
		return 1;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != 64)
		return 2;
	limit.rlim_cur = 32;
	return setrlimit(RLIMIT_NOFILE, &limit) != 0;
}

static int where(void)
{
	char cwd[100] = "";

	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/proc") || umask(0) != 077)
		return 1;
	return chdir("/");
}

static int new_root(void)
{
	char cwd[100] = "";

	if (chroot("/etc") || chdir("/"))
		return 1;
	if (access("/passwd", R_OK) || access("/../../passwd", R_OK) || !access("/etc/passwd", R_OK))
		return 2;
	return !getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/");
}

static int times_start_at_zero(void)
{
	struct tms t;

	times(&t);
	return t.tms_cutime != 0 || t.tms_cstime != 0 || t.tms_utime > 1;
}

static int alarm_is_off(void) { return alarm(0) != 0; }

static int user(void)
{
	return setuid(1000) || getuid() != 1000 || geteuid() != 1000 || setuid(0) != -1 || errno != EPERM;
}

int main(void)
{
	struct rlimit limit;

	plan(12);
	need(setpriority(PRIO_PROCESS, 0, 7) == 0);
	same(in_child(nice_is_7), 0, "the nice value");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	same(in_child(limits), 0, "resource limits");
	getrlimit(RLIMIT_NOFILE, &limit);
	same(limit.rlim_cur, 64, "which are the child's own afterwards");
	umask(077);
	need(chdir("/proc") == 0);
	same(in_child(where), 0, "working folder and umask");
	same(umask(0), 077, "the child's umask is its own");
	same(access("version", R_OK), 0, "so is its working folder");
	same(in_child(new_root), 0, "chroot in the child");
	same(access("/etc/passwd", R_OK), 0, "does not move the parent's root");
	same(in_child(user), 0, "a child that gives up being root");
	same(getuid(), 0, "does so alone");
	alarm(1000);
	same(in_child(alarm_is_off), 0, "no alarm is inherited");
	alarm(0);
	same(in_child(times_start_at_zero), 0, "nor CPU time");
	return done();
}
