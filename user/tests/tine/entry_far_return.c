/*
 * A far return in user mode either works or is a SIGSEGV. (QEMU 7.2 reads the stack for it with the kernel's
 * rights; where SMAP is on that faults for ever unless the kernel ends it. Linux 6.1 has an oops there.)
 */
#include "../ktap.h"

static int far_return(void)
{
	__asm__ volatile("pushq $0x33\n	pushq $1f\n	lretq\n1:" ::: "memory");
	return 0;
}

int main(void)
{
	int got;

	plan(1);
	got = in_child(far_return);
	ok(got == 0 || got == KILLED_BY(SIGSEGV), "a far return");
	return done();
}
