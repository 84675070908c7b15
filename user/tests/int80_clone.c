/* clone(2) by int 0x80: flags, stack, parent's thread id, TLS, child's thread id, in this order. */
#include "int80.h"
#include <sched.h>

static volatile int parent_tid, child_tid, word;
static char stack[16384] __attribute__((aligned(16)));

/* Runs on the new stack, in shared memory, in a task that has no thread data of its own. */
static void on_new_stack(void)
{
	char here;

	word = &here > stack && &here < stack + sizeof(stack) ? child_tid : -1;
	int80(exit, 5);
}

/* clone with a new stack: the parent returns, the child calls on_new_stack(). */
static long clone_on_stack(long flags)
{
	void **top = (void **)(stack + sizeof(stack) - 16);
	long ret = __NR_ia32_clone;

	*top = (void *)on_new_stack;
	__asm__ volatile("int $0x80\n	test %%rax, %%rax\n	jnz 1f\n	xor %%ebp, %%ebp\n	call *(%%rsp)\n1:"
			 : "+a"(ret) : "b"(flags), "c"(top), "d"(&parent_tid), "S"(0L), "D"(&child_tid)
			 : "memory", "cc");
	return ret;
}

int main(void)
{
	long pid, threads = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	int last;

	plan(16);
	pid = int80(clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parent_tid, 0, &child_tid);
	if (pid == 0)
		_exit(parent_tid == 0 && child_tid == getpid() ? 4 : 1);
	same(int80_outcome(pid), 4, "CHILD_SETTID: the fifth argument");
	same(parent_tid, pid, "PARENT_SETTID: the third");
	same(child_tid, 0, "the parent's copy is unchanged");

	pid = clone_on_stack(CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD);
	same(int80_outcome(pid), 5, "a new stack in shared memory");
	same(word, pid, "the child was on it and found its number");
	same(child_tid, 0, "CHILD_CLEARTID: cleared at its end");

	child_tid = -1;
	pid = clone_on_stack(threads | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
	ok(pid > 0, "a thread");
	while ((last = child_tid) != 0)
		sched_yield();
	same(word, pid, "has run on the new stack");
	same(int80(waitpid, pid, 0, 0), -ECHILD, "and cannot be waited for");

	word = 0;
	pid = int80(clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		word = 8;
		int80(exit, 6);
	}
	same(word, 8, "CLONE_VFORK: the parent sleeps until the child is done");
	same(int80_outcome(pid), 6, "with the same stack");
	pid = int80(vfork);
	if (pid == 0) {
		word = 9;
		int80(exit, 7);
	}
	same(word, 9, "vfork");
	same(int80_outcome(pid), 7, "the child's code");

	same(int80(clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), -EINVAL, "SIGHAND without VM: EINVAL");
	same(int80(clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), -EINVAL, "THREAD without SIGHAND: EINVAL");
	pid = int80(clone, CLONE_PARENT_SETTID | SIGCHLD, 0, NOWHERE, 0, 0);
	if (pid == 0)
		_exit(3);
	same(int80_outcome(pid), 3, "a bad pointer for the parent is passed over in silence");
	return done();
}
