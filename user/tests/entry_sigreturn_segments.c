/* rt_sigreturn takes CS and SS from the frame: 32-bit code can be interrupted, and a bad selector is a SIGSEGV. */
#include "ktap.h"
#include <sys/time.h>
#include <ucontext.h>

#define STRICT_RESTORE_SS 4	/* in uc_flags: asm/ucontext.h */

static volatile int faults, fault_sig, new_cs, new_ss, lenient, alarms;
static volatile unsigned int seen_cs __asm__("seen_cs") = 0;
static volatile unsigned int stop_32 __asm__("stop_32") = 0;
static unsigned long saved_cs_ss;

static void change(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	saved_cs_ss = g[REG_CSGSFS];
	if (lenient)
		((ucontext_t *)context)->uc_flags &= ~STRICT_RESTORE_SS;
	if (new_cs >= 0)
		g[REG_CSGSFS] = (g[REG_CSGSFS] & ~0xffffL) | new_cs;
	if (new_ss >= 0)
		g[REG_CSGSFS] = (g[REG_CSGSFS] & 0xffffffffffffL) | (long)new_ss << 48;
}

static void repair(int sig, siginfo_t *info, void *context)
{
	faults++;
	fault_sig = sig;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_CSGSFS] = saved_cs_ss;
}

static void tick(int sig, siginfo_t *info, void *context)
{
	seen_cs = ((ucontext_t *)context)->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
	if (++alarms == 3)
		stop_32 = 1;
}

static void on(int sig, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	need(sigaction(sig, &sa, NULL) == 0);
}

/* The signal that a return with these selectors brings, 0 for none. */
static int try(int cs, int ss)
{
	new_cs = cs;
	new_ss = ss;
	faults = fault_sig = 0;
	raise(SIGUSR1);
	return faults > 1 ? -1 : fault_sig;
}

/* Spin in the 32-bit code segment until stop_32 is set. */
void spin_32(void);
__asm__(
"	.globl spin_32\n"
"spin_32:\n"
"	ljmp *gate_to_32(%rip)\n"
"	.code32\n"
"in_32:	cmpl $0, stop_32\n"
"	je in_32\n"
"	ljmp $0x33, $2f\n"
"	.code64\n"
"2:	ret\n"
"	.pushsection .data\n"
"gate_to_32: .long in_32\n	.word 0x23\n	.balign 8\n"
"	.popsection\n");

/* The upper half of rsp does not survive 32-bit code: run it on a stack below 4 GiB. */
static char low_stack[4096] __attribute__((aligned(16)));

static void run_32(void)
{
	__asm__ volatile("mov %%rsp, %%rbx\n	lea %0, %%rsp\n	add $4096, %%rsp\n	call spin_32\n	mov %%rbx, %%rsp"
			 :: "m"(low_stack) : "rbx", "r8", "r9", "r10", "r11", "memory", "cc");
}

static char signal_stack[16384];

int main(void)
{
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, off = { 0 };
	stack_t ss = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };

	plan(14);
	need(sigaltstack(&ss, NULL) == 0);
	on(SIGUSR1, change);
	on(SIGSEGV, repair);
	on(SIGBUS, repair);
	on(SIGALRM, tick);
	same(try(0x33, 0x2b), 0, "the usual selectors");
	same(try(0x30, 0x28), 0, "their privilege bits are set");
	same(try(0x10, -1), SIGSEGV, "the kernel's code segment");
	same(try(0x2b, -1), SIGSEGV, "a data segment for code");
	same(try(0, -1), SIGSEGV, "no code segment");
	same(try(0x4f, -1), SIGSEGV, "a segment of a table that there is not");
	same(try(0xffff, -1), SIGSEGV, "a selector beyond the table");
	same(try(-1, 0x18), SIGSEGV, "the kernel's stack segment");
	same(try(-1, 0x33), SIGSEGV, "a code segment for the stack");
	same(try(-1, 0x4f), SIGSEGV, "a stack segment of a table that there is not");
	lenient = 1;
	same(try(0x33, 0), 0, "no stack segment, in a frame that does not insist on it");
	lenient = 0;
	same(try(0x33, 0), SIGSEGV, "in one that does");
	setitimer(ITIMER_REAL, &often, NULL);
	run_32();
	setitimer(ITIMER_REAL, &off, NULL);
	ok(alarms >= 3, "32-bit code is interrupted and goes on");
	same(seen_cs, 0x23, "the frame shows its code segment");
	return done();
}
