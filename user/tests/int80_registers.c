/* int 0x80 uses 32 bits of each argument and of the number, fills rax, and leaves all else alone. */
#include "int80.h"

#define HIGH	0xabcdef0100000000

struct regs {
	unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* Load all registers from *r, int 0x80, store all to *r; the flags are exchanged with *flags. */
void int80_regs(struct regs *r, unsigned long *flags);
__asm__(
"	.globl int80_regs\n"
"int80_regs:\n"
"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
"	push %rsi\n	push %rdi\n"
"	pushq (%rsi)\n"
"	mov 0(%rdi), %rax\n	mov 8(%rdi), %rbx\n	mov 16(%rdi), %rcx\n	mov 24(%rdi), %rdx\n"
"	mov 32(%rdi), %rsi\n	mov 48(%rdi), %rbp\n	mov 56(%rdi), %r8\n	mov 64(%rdi), %r9\n"
"	mov 72(%rdi), %r10\n	mov 80(%rdi), %r11\n	mov 88(%rdi), %r12\n	mov 96(%rdi), %r13\n"
"	mov 104(%rdi), %r14\n	mov 112(%rdi), %r15\n	mov 40(%rdi), %rdi\n"
"	popf\n"
"	int $0x80\n"
"	pushf\n"
"	xchg %rdi, 8(%rsp)\n"			/* r; rdi's value is on the stack */
"	mov %rax, 0(%rdi)\n	mov %rbx, 8(%rdi)\n	mov %rcx, 16(%rdi)\n	mov %rdx, 24(%rdi)\n"
"	mov %rsi, 32(%rdi)\n	mov %rbp, 48(%rdi)\n	mov %r8, 56(%rdi)\n	mov %r9, 64(%rdi)\n"
"	mov %r10, 72(%rdi)\n	mov %r11, 80(%rdi)\n	mov %r12, 88(%rdi)\n	mov %r13, 96(%rdi)\n"
"	mov %r14, 104(%rdi)\n	mov %r15, 112(%rdi)\n"
"	pop %rax\n"
"	popq 40(%rdi)\n"
"	pop %rsi\n	mov %rax, (%rsi)\n"
"	push $0x202\n	popf\n"
"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
"	ret\n");

static struct regs before, after;

/* Number @nr with @bx, @cx, all upper halves filled; rax afterwards. */
static unsigned long call(unsigned long nr, unsigned int bx, unsigned long *flags)
{
	unsigned long *value = &before.rax;

	for (int i = 0; i < 15; i++)
		value[i] = HIGH + 0x1000 * i;
	before.rax = HIGH | nr;
	before.rbx = HIGH | bx;
	after = before;
	int80_regs(&after, flags);
	return after.rax;
}

static int kept(void)
{
	return memcmp(&before.rbx, &after.rbx, sizeof(before) - sizeof(before.rax)) == 0;
}

int main(void)
{
	unsigned long plain = 0x202, odd = 0x202 | 0x1 | 0x4 | 0x10 | 0x80 | 0x400 | 0x800 | 0x40000, flags;

	plan(11);
	flags = plain;
	same(call(__NR_ia32_getpid, 0, &flags), getpid(), "the upper half of rax is ignored");
	ok(kept(), "rbx to r15 are kept, rcx and r8 to r11 too");
	same(flags & 0x40ed5, plain & 0x40ed5, "the flags are kept");
	flags = odd;
	same(call(__NR_ia32_getppid, 0, &flags), getppid(), "direction, carry, overflow, alignment check set");
	ok(kept(), "all is kept");
	same(flags & 0x40ed5, odd & 0x40ed5, "these flags are kept too");
	flags = plain;
	same(call(__NR_ia32_kill, getpid(), &flags), -EINVAL, "the upper halves of arguments are ignored: signal 0x2000");
	ok(kept(), "all is kept by a call that fails");
	same(call(__NR_ia32_close, 77, &flags), -EBADF, "an error fills all of rax");
	same(call(0x7fffffff, 0, &flags), -ENOSYS, "a large number");
	same(call(0xffffffff, 0, &flags), -ENOSYS, "-1");
	return done();
}
