/* CLONE_FILES shares the descriptors, CLONE_FS root, working directory and umask; without them they are copies. */
#include "ktap.h"
#include <linux/limits.h>
#include <sched.h>
#include <sys/stat.h>

static char stack[65536] __attribute__((aligned(16)));
static int fd;

static int opens(void *arg)
{
	fd = dup(0);
	return fcntl(fd, F_GETFD) == -1;
}

static int closes(void *arg)
{
	return close(fd);
}

static int moves(void *arg)
{
	umask(0123);
	return chdir("/proc");
}

static int execs(void *arg)
{
	char *argv[] = { "true", NULL };

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	execv("/bin/true", argv);
	return 9;
}

static int run(int (*fn)(void *), unsigned long flags)
{
	return outcome(clone(fn, stack + sizeof(stack), CLONE_VM | flags | SIGCHLD, NULL));
}

static const char *where(void)
{
	static char buf[PATH_MAX];

	return getcwd(buf, sizeof(buf));
}

int main(void)
{
	plan(15);
	same(run(opens, 0), 0, "without FILES: the child opens");
	fails(fcntl(fd, F_GETFD), EBADF, "and the parent does not have it");
	same(run(opens, CLONE_FILES), 0, "with FILES: the child opens");
	ok(fcntl(fd, F_GETFD) >= 0, "and the parent has it");
	same(run(closes, 0), 0, "without FILES: the child closes");
	ok(fcntl(fd, F_GETFD) >= 0, "and the parent still has it");
	same(run(execs, CLONE_FILES), 0, "exec in a child with FILES");
	same(fcntl(fd, F_GETFD), FD_CLOEXEC, "closes its own copy only");
	same(run(closes, CLONE_FILES), 0, "with FILES: the child closes");
	fails(fcntl(fd, F_GETFD), EBADF, "and the parent has it no more");

	umask(022);
	need(chdir("/") == 0);
	same(run(moves, 0), 0, "without FS: the child moves");
	ok(!strcmp(where(), "/") && umask(022) == 022, "and the parent stays");
	same(run(moves, CLONE_FS), 0, "with FS: the child moves");
	ok(!strcmp(where(), "/proc"), "and the parent is there, too");
	same(umask(022), 0123, "with its umask");
	return done();
}
