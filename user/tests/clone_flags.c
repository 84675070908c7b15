/*
 * clone(2), clone3(2): every combination of thirteen flags. The comment lines are the table itself: runs of
 * consecutive combinations with the same result. tests/unit/test_clone_flags.c compares the kernel's pure
 * checks with the same lines.
 *
 * Bit i of a combination stands for the i-th flag below; those that contradict others come last, so that runs are
 * long. The child leaves at once by instructions that touch no memory, so that it may share its parent's stack.
 * clone3 wants no exit signal for threads and siblings (clone3_args), and gets none.
 */
#include "ktap.h"
#include <linux/sched.h>
#include <sched.h>

static const unsigned long flags[] = {
	CLONE_FS, CLONE_FILES, CLONE_VFORK, CLONE_SYSVSEM, CLONE_SETTLS, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID,
	CLONE_VM, CLONE_SIGHAND, CLONE_THREAD, CLONE_PARENT, CLONE_PIDFD, CLONE_PARENT_SETTID,
};
#define NR_FLAGS	(sizeof(flags) / sizeof(flags[0]))
#define NR_COMBINATIONS	(1U << NR_FLAGS)

static unsigned char *result;		/* [NR_COMBINATIONS], shared with the runner */
static int parent_tid, child_tid;

static unsigned long flags_of(unsigned int combination)
{
	unsigned long set = 0;

	for (unsigned int i = 0; i < NR_FLAGS; i++)
		if (combination & 1U << i)
			set |= flags[i];
	return set;
}

/* A raw call with five arguments; a child of it ends at once. */
static long call_and_leave(long nr, unsigned long a, unsigned long b, void *c, void *d, unsigned long e)
{
	register long r10 __asm__("r10") = (long)d;
	register long r8 __asm__("r8") = (long)e;
	long ret;

	__asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; mov $60, %%eax; xor %%edi, %%edi; syscall; 1:"
			 : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return ret;
}

static long by_clone(unsigned long set, int signal)
{
	return call_and_leave(SYS_clone, set | signal, 0, &parent_tid, &child_tid, 0);
}

static long by_clone3(unsigned long set, int signal)
{
	static int pidfd;
	struct clone_args args = {
		.flags = set, .pidfd = (unsigned long)&pidfd,
		.parent_tid = (unsigned long)&parent_tid, .child_tid = (unsigned long)&child_tid,
	};
	long ret;

	args.exit_signal = set & (CLONE_THREAD | CLONE_PARENT) ? 0 : signal;
	ret = call_and_leave(SYS_clone3, (unsigned long)&args, sizeof(args), NULL, NULL, 0);

	if (ret > 0 && (set & CLONE_PIDFD))
		parent_tid = pidfd;
	return ret;
}

static void one(unsigned int combination, long (*call)(unsigned long, int))
{
	unsigned long set = flags_of(combination);
	long ret = call(set, SIGCHLD);

	result[combination] = ret < 0 ? -ret : 0;
	if (ret < 0)
		return;
	if (set & CLONE_PIDFD)
		close(parent_tid);
	if (set & CLONE_THREAD)
		while (syscall(SYS_tgkill, getpid(), ret, 0) == 0)
			sched_yield();
	else if (!(set & CLONE_PARENT))
		waitpid(ret, NULL, __WALL);
}

static void print_runs(const char *name)
{
	for (unsigned int from = 0, to; from < NR_COMBINATIONS; from = to) {
		for (to = from; to < NR_COMBINATIONS && result[to] == result[from]; to++)
			;
		say("# %s 0x%04x-0x%04x %d", name, from, to - 1, result[from]);
	}
}

/* In a process of its own: what CLONE_PARENT makes becomes ours to wait for. */
static void table(const char *name, long (*call)(unsigned long, int))
{
	pid_t runner = must_fork();
	int status, code = -1;
	pid_t pid;

	if (runner == 0) {
		for (unsigned int i = 0; i < NR_COMBINATIONS; i++)
			one(i, call);
		_exit(0);
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0)
		if (pid == runner)
			code = status;
	print_runs(name);
	same(code, 0, name);
}

int main(void)
{
	result = map_shared(NR_COMBINATIONS);
	plan(2);
	table("clone", by_clone);
	table("clone3", by_clone3);
	return done();
}
