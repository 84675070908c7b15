/* Every general register but rax, rcx and r11 and the flags are the same in the child and in the parent. */
#include "ktap.h"

struct regs {
	unsigned long rbx, rbp, r12, r13, r14, r15, rdi, rsi, rdx, r8, r9, r10, rsp, rflags, rax;
};

/* System call number @nr with known values in all registers; what they hold afterwards goes to @out. */
long call_with_registers(long nr, struct regs *out);
__asm__(
"	.globl call_with_registers\n"
"call_with_registers:\n"
"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
"	push %rsi\n"				/* out */
"	mov %rdi, %rax\n"
"	mov $0x1111111122222222, %rbx\n"
"	mov $0x3333333344444444, %rbp\n"
"	mov $0x5555555566666666, %r12\n"
"	mov $0x7777777788888888, %r13\n"
"	mov $0x99999999aaaaaaaa, %r14\n"
"	mov $0xbbbbbbbbcccccccc, %r15\n"
"	mov $0xdddddddd00000001, %rdi\n"
"	mov $0xdddddddd00000002, %rsi\n"
"	mov $0xdddddddd00000003, %rdx\n"
"	mov $0xdddddddd00000004, %r8\n"
"	mov $0xdddddddd00000005, %r9\n"
"	mov $0xdddddddd00000006, %r10\n"
"	stc\n"
"	syscall\n"
"	mov (%rsp), %rcx\n"
"	mov %rbx, 0(%rcx)\n	mov %rbp, 8(%rcx)\n	mov %r12, 16(%rcx)\n	mov %r13, 24(%rcx)\n"
"	mov %r14, 32(%rcx)\n	mov %r15, 40(%rcx)\n	mov %rdi, 48(%rcx)\n	mov %rsi, 56(%rcx)\n"
"	mov %rdx, 64(%rcx)\n	mov %r8, 72(%rcx)\n	mov %r9, 80(%rcx)\n	mov %r10, 88(%rcx)\n"
"	mov %rsp, 96(%rcx)\n	mov %rax, 112(%rcx)\n"
"	pushf\n	pop %rdx\n	mov %rdx, 104(%rcx)\n"
"	pop %rsi\n"
"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
"	ret\n");

#define CARRY 1UL

static int as_set(const struct regs *r)
{
	return r->rbx == 0x1111111122222222 && r->rbp == 0x3333333344444444 && r->r12 == 0x5555555566666666 &&
	       r->r13 == 0x7777777788888888 && r->r14 == 0x99999999aaaaaaaa && r->r15 == 0xbbbbbbbbcccccccc &&
	       r->rdi == 0xdddddddd00000001 && r->rsi == 0xdddddddd00000002 && r->rdx == 0xdddddddd00000003 &&
	       r->r8 == 0xdddddddd00000004 && r->r9 == 0xdddddddd00000005 && r->r10 == 0xdddddddd00000006;
}

int main(void)
{
	struct regs *child = map_shared(PAGE), *parent = child + 1;
	struct regs mine = { 0 };
	long pid;

	plan(7);
	pid = call_with_registers(SYS_fork, &mine);
	need(pid >= 0);
	if (pid == 0) {
		*child = mine;
		_exit(0);
	}
	*parent = mine;
	same(outcome(pid), 0, "the child runs on");
	ok(as_set(parent), "the parent's registers are as before");
	ok(as_set(child), "the child's registers are the parent's");
	same(child->rax, 0, "rax is 0 in the child");
	same(parent->rax, pid, "rax is the pid in the parent");
	same(child->rsp, parent->rsp, "the stack pointers are equal");
	ok((child->rflags & CARRY) && child->rflags == parent->rflags, "the flags are equal");
	return done();
}
