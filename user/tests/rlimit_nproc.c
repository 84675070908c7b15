/* RLIMIT_NPROC: exactly N, for a user's threads all together; who is exempt; set*id past it; counts after failures. */
#include "ktap.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define USER 3210

static struct gate end;

static int become_user(rlim_t n)
{
	struct rlimit limit = { n, n };

	return setrlimit(RLIMIT_NPROC, &limit) || syscall(SYS_setresuid, USER, USER, USER);
}

/* How many children can be had; all end when the gate's writing end closes. */
static int fork_all(int most)
{
	int n = 0, error;

	while (n < most) {
		pid_t pid = fork();

		if (pid == 0) {
			char byte;

			close(end.fd[1]);
			_exit(read(end.fd[0], &byte, 1));
		}
		if (pid < 0)
			break;
		n++;
	}
	error = errno;
	close(end.fd[1]);
	while (wait(NULL) > 0)
		;
	errno = error;
	return n;
}

static int exactly(void)
{
	if (become_user(5))
		return 99;
	return fork_all(20) * 10 + (errno == EAGAIN);
}

static int with_cap(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	prctl(PR_SET_KEEPCAPS, 1);
	if (become_user(5))
		return 99;
	data[0].permitted = data[0].effective = cap < 0 ? 0 : 1U << cap;
	if (syscall(SYS_capset, &head, data))
		return 98;
	return fork_all(10);
}

static int resource(void) { return with_cap(CAP_SYS_RESOURCE); }
static int admin(void) { return with_cap(CAP_SYS_ADMIN); }
static int neither(void) { return with_cap(CAP_SYS_NICE); }

static int root_user(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	struct rlimit limit = { 1, 1 };

	if (setrlimit(RLIMIT_NPROC, &limit) || syscall(SYS_capset, &head, data))
		return 99;
	return fork_all(10);
}

/* The limit is the process's, the count the user's. */
static int two_processes(void)
{
	struct gate g = gate_new();
	pid_t pid = must_fork();
	int n;

	if (pid == 0) {
		if (become_user(100))
			_exit(1);
		close(end.fd[1]);
		gate_open(&g);
		_exit(read(end.fd[0], &n, 1));
	}
	gate_wait(&g);
	if (become_user(5))
		return 99;
	n = 0;
	while (n < 20) {
		pid = fork();
		if (pid == 0) {
			close(end.fd[1]);
			_exit(read(end.fd[0], &n, 1));
		}
		if (pid < 0)
			break;
		n++;
	}
	close(end.fd[1]);
	while (wait(NULL) > 0)
		;
	return n;
}

static int failed_forks_do_not_count(void)
{
	if (become_user(2))
		return 99;
	for (int i = 0; i < 50; i++) {
		pid_t a = fork(), b;

		if (a == 0) {
			pause();
			_exit(0);
		}
		b = fork();
		if (b == 0)
			_exit(0);
		if (a < 0 || b >= 0)
			return i + 1;
		kill(a, SIGKILL);
		waitpid(a, NULL, 0);
	}
	return 0;
}

/* Over the limit by setuid: allowed, but then no exec. */
static int setuid_past(void)
{
	struct gate g = gate_new();
	pid_t pids[2];
	char byte;

	for (int i = 0; i < 2; i++) {
		pids[i] = must_fork();
		if (pids[i] == 0) {
			if (become_user(100))
				_exit(1);
			close(end.fd[1]);
			gate_open(&g);
			_exit(read(end.fd[0], &byte, 1));
		}
	}
	gate_wait(&g);
	gate_wait(&g);
	if (become_user(1))
		return 1;
	if (execl("/bin/busybox", "true", NULL) != -1 || errno != EAGAIN)
		return 2;
	close(end.fd[1]);
	while (wait(NULL) > 0)
		;
	execl("/bin/busybox", "true", NULL);	/* there is room again */
	return 3;
}

static int (*todo)(void);

/* The gate's ends are nobody's but those of the process that tests. */
static int with_gate(void)
{
	end = gate_new();
	return todo();
}

static int test(int (*fn)(void))
{
	todo = fn;
	return in_child(with_gate);
}

int main(void)
{
	plan(9);
	same(test(exactly), 41, "5 allow the process itself and four children, then EAGAIN");
	same(test(exactly), 41, "and again: nothing was lost");
	same(test(resource), 10, "CAP_SYS_RESOURCE is exempt");
	same(test(admin), 10, "CAP_SYS_ADMIN is exempt");
	same(test(neither), 4, "another capability is not");
	same(test(root_user), 10, "root is exempt even without capabilities");
	same(test(two_processes), 3, "the count is the user's");
	same(test(failed_forks_do_not_count), 0, "failed forks leave the count as it was");
	same(test(setuid_past), 0, "setuid past the limit: execve gives EAGAIN");
	return done();
}
