/* What the handler of a fault is told: number, code, address, trap number, and that it can go on behind the fault. */
#include "ktap.h"

#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t got;
static long trapno, error_code, fault_address;

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	got = *info;
	trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
	error_code = uc->uc_mcontext.gregs[REG_ERR];
	fault_address = uc->uc_mcontext.gregs[REG_CR2];
	if (sig == SIGTRAP) {		/* single step: off again */
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
		return;
	}
	siglongjmp(back, 1);
}

static int is(int sig, int code, const volatile void *addr)
{
	int good = got.si_signo == sig && got.si_code == code && got.si_addr == addr && got.si_errno == 0;

	if (!good)
		say("# signal %d code %d address %p, expected %p", got.si_signo, got.si_code, got.si_addr, addr);
	return good;
}

#define caught(statement) ({ memset(&got, 0, sizeof(got)); if (!sigsetjmp(back, 1)) { statement; } got.si_signo; })

static char *fault_ip;		/* of the faulting instruction, stored by itself */

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
	volatile char *none = (char *)0x1000, *page = map_private(PAGE), *kernel = (char *)0xffffffff80000000;
	volatile char *odd = (char *)0x8000000000000000;

	plan(17);
	for (int i = 0; i < 5; i++)
		sigaction(signals[i], &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, NULL);

	caught(*none);
	ok(is(SIGSEGV, SEGV_MAPERR, none), "read of nothing: SEGV_MAPERR");
	same(trapno, 14, "page fault");
	same(error_code, 4, "by a user's read");
	same(fault_address, 0x1000, "at the address");
	caught(*none = 1);
	same(error_code, 6, "by a user's write");
	page[0] = 1;
	need(mprotect((void *)page, PAGE, PROT_READ) == 0);
	caught(page[17] = 1);
	ok(is(SIGSEGV, SEGV_ACCERR, page + 17), "write where one may only read: SEGV_ACCERR");
	same(error_code, 7, "on a page that is there");
	need(mprotect((void *)page, PAGE, PROT_NONE) == 0);
	caught(page[5]);
	ok(is(SIGSEGV, SEGV_ACCERR, page + 5), "PROT_NONE: SEGV_ACCERR");
	caught(*kernel);
	ok(is(SIGSEGV, SEGV_MAPERR, kernel), "kernel address: SEGV_MAPERR");
	same(error_code, 5, "said to be present whatever is there");
	caught(*odd);
	ok(is(SIGSEGV, SI_KERNEL, NULL), "not canonical: SI_KERNEL, no address");
	same(trapno, 13, "general protection");

	caught(__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; xor %%ecx, %%ecx; xor %%edx, %%edx; 1: div %%ecx"
				: "=m"(fault_ip) : : "rax", "rcx", "rdx"));
	ok(is(SIGFPE, FPE_INTDIV, fault_ip), "division by zero: FPE_INTDIV at the instruction");
	caught(__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: ud2" : "=m"(fault_ip) : : "rax"));
	ok(is(SIGILL, ILL_ILLOPN, fault_ip), "ud2: ILL_ILLOPN at the instruction");
	__asm__ volatile("int3");
	ok(got.si_signo == SIGTRAP && got.si_code == SI_KERNEL && trapno == 3, "int3: SI_KERNEL");
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; sub $128, %%rsp; pushf; orl $0x100, (%%rsp); popf; nop; 1: nop; add $128, %%rsp"
			 : "=m"(fault_ip) : : "rax", "cc", "memory");
	ok(got.si_signo == SIGTRAP && got.si_code == TRAP_TRACE && trapno == 1, "single step: TRAP_TRACE");
	ok(got.si_addr == fault_ip, "behind the instruction that was stepped over");
	return done();
}
