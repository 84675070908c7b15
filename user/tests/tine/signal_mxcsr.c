/*
 * Ours alone, since the emulator's CPU does not refuse a bad MXCSR: floating-point state in a signal frame, as the
 * handler leaves it. With and without XSAVE (the plain CPU model) it is read in different ways.
 */
#include "../ktap.h"

#include <stdint.h>
#include <ucontext.h>

#define MXCSR_PLAIN	0x1f80	/* all exceptions masked */
#define MXCSR_TO_ZERO	0x7f80	/* and rounding towards zero */

static uint32_t mxcsr_in_frame;
static uint64_t xmm_in_frame;

static void handler(int sig, siginfo_t *info, void *context)
{
	fpregset_t fp = ((ucontext_t *)context)->uc_mcontext.fpregs;

	if (mxcsr_in_frame)
		fp->mxcsr = mxcsr_in_frame;
	if (xmm_in_frame)
		memcpy(&fp->_xmm[7], &xmm_in_frame, sizeof(xmm_in_frame));
	/* what the handler itself does to the registers is forgotten */
	__asm__ volatile("pxor %%xmm6, %%xmm6; pxor %%xmm7, %%xmm7" ::: "xmm6", "xmm7");
}

static int interrupted(uint64_t *xmm6, uint64_t *xmm7)
{
	uint32_t mxcsr = MXCSR_PLAIN;
	long nr = SYS_kill;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, NULL);
	__asm__ volatile("ldmxcsr %1; movq %2, %%xmm6; movq %3, %%xmm7; syscall; movq %%xmm6, %2; movq %%xmm7, %3; stmxcsr %1"
			 : "+a"(nr), "+m"(mxcsr), "+m"(*xmm6), "+m"(*xmm7) : "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "xmm6", "xmm7", "memory");
	return (int)mxcsr;
}

static int dies(void)
{
	uint64_t a = 1, b = 2;

	interrupted(&a, &b);
	return 0;
}

int main(void)
{
	uint64_t a = 0x1122334455667788, b = 0x99aabbccddeeff00;

	plan(7);
	same(interrupted(&a, &b), MXCSR_PLAIN, "MXCSR survives a handler");
	ok(a == 0x1122334455667788 && b == 0x99aabbccddeeff00, "so do vector registers");
	mxcsr_in_frame = MXCSR_TO_ZERO;
	xmm_in_frame = 42;
	same(interrupted(&a, &b), MXCSR_TO_ZERO, "a handler changes MXCSR through its frame");
	same(b, 42, "and a vector register");
	ok(a == 0x1122334455667788, "and no other");
	mxcsr_in_frame = 0x80000000;
	same(in_child(dies), KILLED_BY(SIGSEGV), "a reserved bit of MXCSR ends the program");
	mxcsr_in_frame = MXCSR_PLAIN | 0x10000;
	same(in_child(dies), KILLED_BY(SIGSEGV), "the lowest of them, too");
	return done();
}
