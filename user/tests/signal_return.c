/* rt_sigreturn with frames that the program has changed: what is taken, what is masked, what ends it. */
#include "ktap.h"

#include <stdint.h>
#include <ucontext.h>

static void (*change)(ucontext_t *uc, siginfo_t *info);
static volatile int after;

static void handler(int sig, siginfo_t *info, void *context)
{
	change(context, info);
}

static void none(ucontext_t *uc, siginfo_t *info) { }
static void flags(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_EFL] |= 0x1b7000 | 0x200000 | 0x1; }
static void no_interrupts(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_EFL] &= ~0x200L; }
static void mask(ucontext_t *uc, siginfo_t *info) { memset(&uc->uc_sigmask, 0xff, 8); }
static void ip_kernel(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_RIP] = 0xffffffff80000000; }
static void ip_odd(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_RIP] = 0x800000000000; }
static void ip_odder(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_RIP] = 0x1234567890abcdef; }
static void ip_last(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_RIP] = 0x7fffffffeffe; }
static void sp_odd(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.gregs[REG_RSP] = 0x8000000000000000; }
static void fp_kernel(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.fpregs = (void *)0xffffffff80000000; }
static void fp_none(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.fpregs = NULL; }
static void fp_odd(ucontext_t *uc, siginfo_t *info) { uc->uc_mcontext.fpregs = (void *)((char *)uc->uc_mcontext.fpregs + 1); }
static void features(ucontext_t *uc, siginfo_t *info) { *(uint64_t *)((char *)uc->uc_mcontext.fpregs + 512) = ~0UL; }
static void header(ucontext_t *uc, siginfo_t *info) { memset((char *)uc->uc_mcontext.fpregs + 520, 0xff, 16); }
static void magic(ucontext_t *uc, siginfo_t *info) { memset((char *)uc->uc_mcontext.fpregs + 464, 0, 48); }
static void stack(ucontext_t *uc, siginfo_t *info) { uc->uc_stack.ss_flags = 77; uc->uc_stack.ss_sp = (void *)1; }
static void all_ones(ucontext_t *uc, siginfo_t *info) { memset(uc, 0xff, sizeof(*uc)); }
static void info_lost(ucontext_t *uc, siginfo_t *info) { memset(info, 0xff, sizeof(*info)); }

static int try(void)
{
	unsigned long now;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, NULL);
	/* The signal comes at the return from kill, so rax is what the frame says. */
	__asm__ volatile("syscall" : "=a"(now) : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11", "memory");
	after = 1;
	return now;
}

static int flags_after(void)
{
	unsigned long now;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, NULL);
	__asm__ volatile("syscall; pushf; pop %0; push $0x202; popf"
			 : "=a"(now) : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11", "memory");
	/* IOPL, NT, VM, VIF, VIP and ID as they were; carry as the frame says; interrupts on */
	return (now & 0x3b7000) || !(now & 1) || !(now & 0x200);
}

static int mask_after(void)
{
	unsigned long bits = 0;

	try();
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &bits, 8);
	return bits != ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1));
}

static int no_frame(void)
{
	return syscall(SYS_rt_sigreturn);
}

static int stack_gone(void)
{
	__asm__ volatile("xor %%esp, %%esp; syscall" : : "a"(SYS_rt_sigreturn) : "rcx", "r11", "memory");
	return 0;
}

int main(void)
{
	static const struct {
		void (*change)(ucontext_t *uc, siginfo_t *info);
		int (*run)(void);
		int want;
		const char *what;
	} rows[] = {
		{ none, try, 0, "a frame as it was" },
		{ flags, flags_after, 0, "flags that are not the program's stay" },
		{ no_interrupts, flags_after, 1, "interrupts cannot be turned off" },
		{ mask, mask_after, 0, "SIGKILL and SIGSTOP cannot be blocked" },
		{ ip_kernel, try, KILLED_BY(SIGSEGV), "to a kernel address" },
		{ ip_odd, try, KILLED_BY(SIGSEGV), "to the first address that is not canonical" },
		{ ip_odder, try, KILLED_BY(SIGSEGV), "to another" },
		{ ip_last, try, KILLED_BY(SIGSEGV), "to the end of user space" },
		{ sp_odd, try, KILLED_BY(SIGSEGV), "with a stack pointer that is not canonical" },
		{ fp_kernel, try, KILLED_BY(SIGSEGV), "FPU state in the kernel" },
		{ fp_none, try, 0, "no FPU state" },
		{ fp_odd, try, KILLED_BY(SIGSEGV), "FPU state out of line" },
		{ features, try, KILLED_BY(SIGSEGV), "FPU components that do not exist" },
		{ header, try, KILLED_BY(SIGSEGV), "reserved bytes of the FPU header" },
		{ magic, try, 0, "no magic number: the old state alone" },
		{ stack, try, 0, "a bad alternate stack is ignored" },
		{ all_ones, try, KILLED_BY(SIGSEGV), "all ones" },
		{ info_lost, try, 0, "the siginfo does not matter" },
		{ none, stack_gone, KILLED_BY(SIGSEGV), "no stack" },
	};
	int n = sizeof(rows) / sizeof(rows[0]);

	plan(n + 1);
	for (int i = 0; i < n; i++) {
		change = rows[i].change;
		same(in_child(rows[i].run), rows[i].want, rows[i].what);
	}
	ok(in_child(no_frame) >= KILLED_BY(1), "without a frame: some end");
	return done();
}
