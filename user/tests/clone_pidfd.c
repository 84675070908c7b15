/* CLONE_PIDFD of clone(2) and clone3(2): where the descriptor goes, what it is, and what undoes it. */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static long raw_clone(unsigned long flags, void *parent_tid, void *child_tid)
{
	long pid = syscall(SYS_clone, flags, NULL, parent_tid, child_tid, NULL);

	if (pid == 0)
		_exit(fcntl(lowest_fd(), F_GETFD) == -1 ? 0 : 1);
	return pid;
}

static int run_clone3(int *pidfd)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (unsigned long)pidfd };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(5);
	return pid;
}

static int number_in_fdinfo(int fd)
{
	char path[64], text[512] = "", *at;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY);
	need(info >= 0 && read(info, text, sizeof(text) - 1) > 0);
	close(info);
	at = strstr(text, "\nPid:\t");
	return at ? atoi(at + 6) : -2;
}

int main(void)
{
	int pidfd = -1, before = lowest_fd();
	struct stat st;
	char link[64] = "", path[64];
	pid_t pid;

	plan(25);
	pid = raw_clone(CLONE_PIDFD | SIGCHLD, &pidfd, NULL);
	ok(pid > 0, "clone gives a child");
	same(pidfd, before, "and the lowest free descriptor, through parent_tid");
	same(fcntl(pidfd, F_GETFD), FD_CLOEXEC, "closed on exec");
	same(fcntl(pidfd, F_GETFL), O_RDWR, "open for reading and writing");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pidfd);
	ok(readlink(path, link, sizeof(link) - 1) > 0 && !strcmp(link, "anon_inode:[pidfd]"), "with this name");
	ok(fstat(pidfd, &st) == 0 && (st.st_mode & 07777) == 0600 && (st.st_mode & S_IFMT) == 0, "and no type");
	same(number_in_fdinfo(pidfd), pid, "fdinfo names the process");
	same(outcome(pid), 0, "the child does not have the descriptor");
	same(number_in_fdinfo(pidfd), -1, "fdinfo once it is waited for: -1");
	fails(read(pidfd, link, 1), EINVAL, "read: EINVAL");
	fails(write(pidfd, link, 1), EINVAL, "write: EINVAL");
	close(pidfd);

	pidfd = -1;
	pid = run_clone3(&pidfd);
	same(pidfd, before, "clone3: through pidfd");
	same(outcome(pid), 5, "its child");
	close(pidfd);

	pid = raw_clone(CLONE_PIDFD | CLONE_FILES | SIGCHLD, &pidfd, NULL);
	same(pidfd, before, "with FILES");
	same(outcome(pid), 0, "the child runs");
	close(pidfd);

	fails(raw_clone(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, &pidfd, NULL), EINVAL, "with PARENT_SETTID: EINVAL");
	fails(raw_clone(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, &pidfd, NULL), EINVAL, "with DETACHED: EINVAL");
	fails(raw_clone(CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, &pidfd, NULL), EINVAL, "with THREAD: EINVAL");
	fails(raw_clone(CLONE_PIDFD | SIGCHLD, NULL, NULL), EFAULT, "no place for it: EFAULT");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "and no child");
	same(lowest_fd(), before, "and no descriptor");
	fails(raw_clone(CLONE_PIDFD | SIGCHLD, (void *)0xffffffff80000000, NULL), EFAULT, "a place in the kernel: EFAULT");
	same(lowest_fd(), before, "and no descriptor");
	fails(run_clone3(NULL), EFAULT, "clone3: EFAULT");
	same(lowest_fd(), before, "and no descriptor");
	return done();
}
