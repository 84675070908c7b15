/* int 0x80 in a 32-bit code segment of a 64-bit process: the caller and its child both go on there. */
#include "int80.h"

/*
 * Go to the 32-bit code segment on a stack below 4 GiB, int 0x80 with number nr and argument bx, note
 * CS and come back. The registers that 32-bit code cannot keep are saved. (A far jump takes it there: QEMU
 * reads the stack of a far return with the kernel's rights, which SMAP forbids.)
 */
long call_from_32(long nr, long bx, void *low_stack);
__asm__(
"	.globl call_from_32\n"
"call_from_32:\n"
"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
"	mov %rsp, saved_sp(%rip)\n"
"	mov %rdi, %rax\n	mov %rsi, %rbx\n	mov %rdx, %rsp\n"
"	ljmp *gate_to_32(%rip)\n"
"	.code32\n"
"in_32:	int $0x80\n"
"	mov %cs, %ecx\n"
"	mov %ecx, seen_cs\n"
"	ljmp $0x33, $2f\n"
"	.code64\n"
"2:	movslq %eax, %rax\n"
"	mov saved_sp(%rip), %rsp\n"
"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
"	ret\n"
"	.pushsection .data\n	.balign 8\n"
"saved_sp: .quad 0\n"
"gate_to_32: .long in_32\n	.word 0x23\n	.balign 8\n"
"	.globl seen_cs\n"
"seen_cs: .long 0\n"
"	.popsection\n");
extern int seen_cs;

static char stack[4096] __attribute__((aligned(16)));

static long call(long nr, long bx)
{
	seen_cs = 0;
	return call_from_32(nr, bx, stack + sizeof(stack));
}

int main(void)
{
	long pid;

	plan(7);
	same(call(__NR_ia32_getpid, 0), getpid(), "getpid");
	same(seen_cs, 0x23, "from 32-bit code and back to it");
	same(call(__NR_ia32_close, 99), -EBADF, "an error");
	same(call(222, 0), -ENOSYS, "an unknown number");
	pid = call(__NR_ia32_fork, 0);
	if (pid == 0)
		_exit(seen_cs == 0x23 ? 3 : 1);
	same(outcome(pid), 3, "a child of 32-bit code starts in 32-bit code");
	same(seen_cs, 0x23, "the parent is there too");
	pid = must_fork();
	if (pid == 0)
		call(__NR_ia32_exit, 17);
	same(outcome(pid), 17, "exit");
	return done();
}
