/* clone3(2): what its fields may say, and which of them contradict each other. */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>

static struct clone_args args;

static int attempt(size_t size)
{
	long pid = syscall(SYS_clone3, &args, size);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	waitpid(pid, NULL, __WALL);
	return 0;
}

#define tries(...) (args = (struct clone_args){ __VA_ARGS__ }, attempt(sizeof(args)))

int main(void)
{
	unsigned long page = (unsigned long)map_private(PAGE), kernel = 0xffffffff80000000;
	struct { void *handler; unsigned long flags, restorer, mask; } ignore = { .handler = SIG_IGN },
		standard = { .handler = SIG_DFL };
	int bits = 0, good = 0;
	pid_t tids[33];

	memset(tids, 0, sizeof(tids));
	plan(31);
	for (int i = 0; i < 8; i++)
		if (i != 7)
			bits += tries(.flags = 1ULL << i) == EINVAL;
	same(bits, 7, "flags: the bits of the signal are refused");
	bits = 0;
	for (int i = 34; i < 64; i++)
		bits += tries(.flags = 1ULL << i) == EINVAL;
	same(bits, 30, "flags: unknown bits are refused");
	same(tries(.flags = CLONE_DETACHED), EINVAL, "flags: DETACHED is refused");
	/* the C library keeps some signals to itself */
	for (int i = 0; i <= 64; i++) {
		syscall(SYS_rt_sigaction, i, &ignore, NULL, 8);
		if (i != SIGKILL && i != SIGSTOP && i != SIGCHLD)
			good += tries(.exit_signal = i) == 0;
	}
	syscall(SYS_rt_sigaction, SIGCHLD, &standard, NULL, 8);
	good += tries(.exit_signal = SIGCHLD) == 0;
	same(good, 63, "exit_signal: 0 to 64");
	same(tries(.exit_signal = 65), EINVAL, "exit_signal: not 65");
	same(tries(.exit_signal = 255), EINVAL, "not 255");
	same(tries(.exit_signal = 256), EINVAL, "not 256");
	same(tries(.exit_signal = 1ULL << 32 | SIGCHLD), EINVAL, "nothing in its upper half");
	same(tries(.exit_signal = SIGCHLD, .flags = CLONE_PARENT), EINVAL, "exit_signal with PARENT");
	same(tries(.exit_signal = SIGCHLD, .flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD), EINVAL, "with THREAD");
	same(tries(.stack = page), EINVAL, "stack without size");
	same(tries(.stack_size = PAGE), EINVAL, "size without stack");
	same(tries(.stack = page, .stack_size = PAGE), 0, "both");
	same(tries(.stack = kernel, .stack_size = PAGE), EINVAL, "a stack in the kernel");
	same(tries(.stack = page, .stack_size = -page), EINVAL, "one that wraps around");
	same(tries(.stack = 16, .stack_size = 16, .flags = CLONE_SETTLS, .tls = kernel), EPERM, "tls in the kernel");
	same(tries(.flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM), EINVAL, "CLEAR_SIGHAND with SIGHAND");
	same(tries(.flags = CLONE_CLEAR_SIGHAND), 0, "CLEAR_SIGHAND alone");
	same(tries(.flags = CLONE_INTO_CGROUP, .cgroup = 1000), EBADF, "INTO_CGROUP: no such descriptor");
	same(tries(.flags = CLONE_INTO_CGROUP, .cgroup = 1), EBADF, "a descriptor of something else");
	same(tries(.flags = CLONE_INTO_CGROUP, .cgroup = 1ULL << 31), EINVAL, "no descriptor at all");
	args = (struct clone_args){ .flags = CLONE_INTO_CGROUP };
	same(attempt(CLONE_ARGS_SIZE_VER1), EINVAL, "in a structure without cgroup");
	same(tries(.cgroup = 1ULL << 31), 0, "cgroup without INTO_CGROUP is not looked at");
	same(tries(.set_tid = (unsigned long)tids), EINVAL, "set_tid without size");
	same(tries(.set_tid_size = 1), EINVAL, "size without set_tid");
	same(tries(.set_tid = (unsigned long)tids, .set_tid_size = 33), EINVAL, "more than 32 numbers");
	same(tries(.set_tid = 8, .set_tid_size = 32), EFAULT, "set_tid that cannot be read");
	same(tries(.set_tid = (unsigned long)tids, .set_tid_size = 2), EINVAL, "more levels than there are");
	same(tries(.set_tid = (unsigned long)tids, .set_tid_size = 1), EINVAL, "number 0");
	same(tries(.pidfd = 8, .parent_tid = 8, .child_tid = 8), 0, "pointers without their flags are not looked at");
	same(tries(.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = (unsigned long)tids,
		   .parent_tid = (unsigned long)tids), EINVAL, "pidfd and parent_tid in one place");
	return done();
}
