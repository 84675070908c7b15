/*
 * Ours alone: every fallible act of fork, vfork, clone and clone3 with each meaningful set of flags is made to fail,
 * one after the other. Each time the errno is one that clone(2) knows, there is no child, and the ledger is as it
 * was: nothing that was taken is kept. A bad PARENT_SETTID pointer is passed over in silence, as on Linux.
 */
#include "fail_nth.h"
#include <linux/sched.h>
#include <sched.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

enum call { FORK, VFORK, CLONE, CLONE3 };

static const struct scenario {
	const char *name;
	enum call call;
	unsigned long flags;
	int set_tid;
	int silent;
} scenarios[] = {
	{ .name = "fork", .call = FORK },
	{ .name = "vfork", .call = VFORK, .flags = CLONE_VFORK | CLONE_VM },
	{ .name = "clone", .call = CLONE },
	{ .name = "clone FS", .call = CLONE, .flags = CLONE_FS },
	{ .name = "clone FILES", .call = CLONE, .flags = CLONE_FILES },
	{ .name = "clone VM", .call = CLONE, .flags = CLONE_VM },
	{ .name = "clone VM|SIGHAND", .call = CLONE, .flags = CLONE_VM | CLONE_SIGHAND },
	{ .name = "clone VM|VFORK", .call = CLONE, .flags = CLONE_VM | CLONE_VFORK },
	{ .name = "clone VFORK", .call = CLONE, .flags = CLONE_VFORK },
	{ .name = "clone thread", .call = CLONE, .flags = THREAD_FLAGS },
	{ .name = "clone thread as pthread_create", .call = CLONE, .silent = 1,
	  .flags = THREAD_FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED },
	{ .name = "clone PIDFD", .call = CLONE, .flags = CLONE_PIDFD },
	{ .name = "clone PIDFD|FILES", .call = CLONE, .flags = CLONE_PIDFD | CLONE_FILES },
	{ .name = "clone SETTLS", .call = CLONE, .flags = CLONE_SETTLS },
	{ .name = "clone PARENT_SETTID", .call = CLONE, .flags = CLONE_PARENT_SETTID, .silent = 1 },
	{ .name = "clone CHILD_SETTID|CHILD_CLEARTID", .call = CLONE, .flags = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID },
	{ .name = "clone3", .call = CLONE3 },
	{ .name = "clone3 CLEAR_SIGHAND", .call = CLONE3, .flags = CLONE_CLEAR_SIGHAND },
	{ .name = "clone3 PIDFD|PARENT_SETTID", .call = CLONE3, .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .silent = 1 },
	{ .name = "clone3 set_tid", .call = CLONE3, .set_tid = 1 },
	{ .name = "clone3 thread", .call = CLONE3, .flags = THREAD_FLAGS },
};
#define NR_SCENARIOS (int)(sizeof(scenarios) / sizeof(scenarios[0]))

static int parent_tid, child_tid, pidfd;

/* A raw call with five arguments; a child of it ends at once, without touching memory: it may be ours. */
static long call_and_leave(long nr, unsigned long a, unsigned long b, void *c, void *d, unsigned long e)
{
	register long r10 __asm__("r10") = (long)d;
	register long r8 __asm__("r8") = (long)e;
	long ret;

	__asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; mov $60, %%eax; xor %%edi, %%edi; syscall; 1:"
			 : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return ret;
}

static long make(const struct scenario *s)
{
	static int wanted = 25000;
	static struct clone_args args;

	switch (s->call) {
	case FORK:
		return call_and_leave(SYS_fork, 0, 0, NULL, NULL, 0);
	case VFORK:
		return call_and_leave(SYS_vfork, 0, 0, NULL, NULL, 0);
	case CLONE:
		return call_and_leave(SYS_clone, s->flags | SIGCHLD, 0, s->flags & CLONE_PIDFD ? &pidfd : &parent_tid,
				      &child_tid, 0);
	default:
		args = (struct clone_args){
			.flags = s->flags, .exit_signal = s->flags & CLONE_THREAD ? 0 : SIGCHLD,
			.pidfd = (unsigned long)&pidfd, .parent_tid = (unsigned long)&parent_tid,
			.set_tid = s->set_tid ? (unsigned long)&wanted : 0, .set_tid_size = s->set_tid,
		};
		return call_and_leave(SYS_clone3, (unsigned long)&args, sizeof(args), NULL, NULL, 0);
	}
}

static void wait_for(const struct scenario *s, long pid)
{
	if (s->flags & CLONE_THREAD) {
		while (syscall(SYS_tgkill, getpid(), pid, 0) == 0)
			sched_yield();
	} else {
		need(outcome(pid) == 0);
	}
	if (s->flags & CLONE_PIDFD)
		close(pidfd);
}

static enum verdict try(int n, const void *arg)
{
	static const int errors[] = { ENOMEM, EAGAIN, 0 }, pidfd_errors[] = { ENOMEM, EAGAIN, EMFILE, EFAULT, 0 };
	const struct scenario *s = arg;
	enum verdict verdict;
	long ret;

	arm(n);
	ret = make(s);
	tally_error = ret < 0 ? -ret : 0;
	verdict = judge(ret, tally_error, s->call == CLONE3 || s->flags & CLONE_PIDFD ? pidfd_errors : errors, s->silent);
	if (ret > 0)
		wait_for(s, ret);
	else if (waitpid(-1, NULL, __WALL | WNOHANG) != -1)
		return WRONG;
	return verdict;
}

int main(void)
{
	open_control();
	plan(NR_SCENARIOS);
	for (int i = 0; i < NR_SCENARIOS; i++)
		sweep(try, &scenarios[i], scenarios[i].name);
	return done();
}
