/*
 * rt_sigreturn to an address beyond user space, each of 2^47 to 2^63, with rcx and r11 as sysret would want
 * them: a SIGSEGV of the program there, in user mode. And a syscall in the last bytes of user space.
 */
#include "ktap.h"
#include <ucontext.h>

#define LAST_PAGE 0x7fffffffe000UL

static volatile unsigned long target, fault_ip, fault_cs;
static volatile int faults;
static ucontext_t saved;

static void go(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	memcpy(&saved.uc_mcontext.gregs, uc->uc_mcontext.gregs, sizeof(gregset_t));
	uc->uc_mcontext.gregs[REG_RIP] = target;
	uc->uc_mcontext.gregs[REG_RCX] = target;
	uc->uc_mcontext.gregs[REG_R11] = uc->uc_mcontext.gregs[REG_EFL];
}

static void segv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	faults++;
	fault_ip = uc->uc_mcontext.gregs[REG_RIP];
	fault_cs = uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
	memcpy(uc->uc_mcontext.gregs, &saved.uc_mcontext.gregs, sizeof(gregset_t));
}

static void on(int sig, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO };

	need(sigaction(sig, &sa, NULL) == 0);
}

static void fault_at(unsigned long address, const char *what)
{
	target = address;
	faults = 0;
	raise(SIGUSR1);
	if (!ok(faults == 1 && fault_ip == address && fault_cs == 0x33, what))
		say("# %d faults, at %#lx, cs %#lx", faults, fault_ip, fault_cs);
}

/* A syscall instruction that ends where user space ends. The stack may be there, with its last word unused. */
static int last_syscall(void)
{
	unsigned char *page = mmap((void *)LAST_PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (page == MAP_FAILED && errno == EEXIST) {
		page = (unsigned char *)LAST_PAGE;
		need(mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
	}
	need(page == (unsigned char *)LAST_PAGE);
	page[PAGE - 2] = 0x0f;
	page[PAGE - 1] = 0x05;
	target = LAST_PAGE + PAGE - 2;
	raise(SIGUSR1);
	return faults == 1 && fault_ip == LAST_PAGE + PAGE && fault_cs == 0x33 ? 0 : 1;
}

int main(void)
{
	char what[64];

	plan(21);
	on(SIGUSR1, go);
	on(SIGSEGV, segv);
	for (int bit = 47; bit < 64; bit++) {
		sprintf(what, "2^%d", bit);
		fault_at(1UL << bit, what);
	}
	fault_at(0x7ffffffff000, "the first address beyond user space");
	fault_at(-1UL, "the last address");
	fault_at(0, "address 0");
	faults = 0;
	same(in_child(last_syscall), 0, "syscall in the last bytes of user space");
	return done();
}
