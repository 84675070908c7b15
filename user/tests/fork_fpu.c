/* The state of FPU and SSE goes to the child: x87 control word, a stack register, MXCSR, XMM0 to XMM15. */
#include "ktap.h"
#include <stdint.h>

struct fpu {
	uint64_t xmm[16][2];
	double st0;
	uint32_t mxcsr;
	uint16_t control;
};

/* Load all of @in, make system call @nr, store all into @out. */
long call_with_fpu(long nr, const struct fpu *in, struct fpu *out);
__asm__(
"	.globl call_with_fpu\n"
"call_with_fpu:\n"
"	push %rdx\n"
"	mov %rdi, %rax\n"
"	fldcw 268(%rsi)\n"
"	fldl 256(%rsi)\n"
"	ldmxcsr 264(%rsi)\n"
"	.irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movdqu 16*\\r(%rsi), %xmm\\r\n"
"	.endr\n"
"	syscall\n"
"	pop %rdx\n"
"	.irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movdqu %xmm\\r, 16*\\r(%rdx)\n"
"	.endr\n"
"	fstpl 256(%rdx)\n"
"	stmxcsr 264(%rdx)\n"
"	fnstcw 268(%rdx)\n"
"	fninit\n"
"	ret\n");

static int equal(const struct fpu *a, const struct fpu *b)
{
	return !memcmp(a->xmm, b->xmm, sizeof(a->xmm)) && a->st0 == b->st0 && a->mxcsr == b->mxcsr &&
	       a->control == b->control;
}

int main(void)
{
	struct fpu *child = map_shared(PAGE), mine, want;
	uint32_t normal = 0x1f80;
	long pid;

	for (int i = 0; i < 32; i++)
		want.xmm[i / 2][i % 2] = 0x0123456789abcdefUL * (i + 1);
	want.st0 = 2.5;
	want.mxcsr = 0x7f80;		/* all exceptions masked, round towards zero */
	want.control = 0x0f7f;		/* the same for x87 */
	plan(5);
	pid = call_with_fpu(SYS_fork, &want, &mine);
	if (pid == 0) {
		*child = mine;
		_exit(0);
	}
	need(pid > 0);
	__asm__ volatile("ldmxcsr %0" : : "m"(normal));
	same(outcome(pid), 0, "the child runs on");
	ok(!memcmp(child->xmm, want.xmm, sizeof(want.xmm)), "XMM registers");
	ok(child->st0 == 2.5 && child->control == 0x0f7f, "x87 register and control word");
	same(child->mxcsr, 0x7f80, "MXCSR");
	call_with_fpu(SYS_getpid, &want, &mine);
	__asm__ volatile("ldmxcsr %0" : : "m"(normal));
	ok(equal(&mine, &want), "a system call keeps all of it");
	return done();
}
