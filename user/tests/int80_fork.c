/* fork(2) and waitpid(2) by int 0x80: the child returns with 0 and with every register of its parent. */
#include "int80.h"

struct regs {
	unsigned long rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rsp, rflags, rax;
};

/* fork by int 0x80 with known values in all registers; what they hold afterwards goes to *out. */
long fork_with_registers(struct regs *out);
__asm__(
"	.globl fork_with_registers\n"
"fork_with_registers:\n"
"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
"	push %rdi\n"				/* out */
"	mov $0x1111111100000001, %rbx\n"
"	mov $0x1111111100000002, %rcx\n"
"	mov $0x1111111100000003, %rdx\n"
"	mov $0x1111111100000004, %rsi\n"
"	mov $0x1111111100000005, %rdi\n"
"	mov $0x1111111100000006, %rbp\n"
"	mov $0x1111111100000007, %r8\n"
"	mov $0x1111111100000008, %r9\n"
"	mov $0x1111111100000009, %r10\n"
"	mov $0x111111110000000a, %r11\n"
"	mov $0x111111110000000b, %r12\n"
"	mov $0x111111110000000c, %r13\n"
"	mov $0x111111110000000d, %r14\n"
"	mov $0x111111110000000e, %r15\n"
"	mov $2, %eax\n"
"	stc\n"
"	int $0x80\n"
"	xchg %rax, (%rsp)\n"
"	mov %rbx, 0(%rax)\n	mov %rcx, 8(%rax)\n	mov %rdx, 16(%rax)\n	mov %rsi, 24(%rax)\n"
"	mov %rdi, 32(%rax)\n	mov %rbp, 40(%rax)\n	mov %r8, 48(%rax)\n	mov %r9, 56(%rax)\n"
"	mov %r10, 64(%rax)\n	mov %r11, 72(%rax)\n	mov %r12, 80(%rax)\n	mov %r13, 88(%rax)\n"
"	mov %r14, 96(%rax)\n	mov %r15, 104(%rax)\n	mov %rsp, 112(%rax)\n"
"	pushf\n	pop %rdx\n	mov %rdx, 120(%rax)\n"
"	pop %rdx\n	mov %rdx, 128(%rax)\n	mov %rdx, %rax\n"
"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
"	ret\n");

#define CARRY 1UL

static int as_set(const struct regs *r)
{
	const unsigned long *value = &r->rbx;

	for (int i = 0; i < 14; i++)
		if (value[i] != 0x1111111100000001UL + i)
			return 0;
	return 1;
}

int main(void)
{
	struct regs *child = map_shared(PAGE), *parent = child + 1, mine = { 0 };
	long pid, self = getpid();

	plan(11);
	same(int80(getpid), self, "getpid is the same as by syscall");
	pid = fork_with_registers(&mine);
	need(pid >= 0);
	if (pid == 0) {
		*child = mine;
		_exit(getppid() == self ? 7 : 1);
	}
	*parent = mine;
	same(int80_outcome(pid), 7, "the child runs on, waitpid yields its code");
	ok(as_set(parent), "the parent's registers are as before, all 64 bits of them");
	ok(as_set(child), "the child's registers are the parent's");
	same(child->rax, 0, "rax is 0 in the child");
	same(parent->rax, pid, "rax is the pid in the parent");
	same(child->rsp, parent->rsp, "the stack pointers are equal");
	ok((child->rflags & CARRY) && child->rflags == parent->rflags, "the flags are equal");

	pid = int80(fork);
	if (pid == 0)
		int80(exit, 0x123);
	same(int80_outcome(pid), 0x23, "exit");
	pid = int80(fork);
	if (pid == 0)
		int80(exit_group, 9);
	same(int80_outcome(pid), 9, "exit_group");
	same(int80(waitpid, -1, 0, 0), -ECHILD, "no child is left");
	return done();
}
