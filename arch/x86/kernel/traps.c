/*
 * traps.c - exceptions: what becomes of each of the vectors 0-31.
 *
 * From user mode an exception is a signal, the same that Linux sends (signal(7), sigaction(2)). From
 * kernel mode it is either expected, at an instruction listed in the exception table, or a bug of
 * the kernel: panic. User programs cannot cause a panic: what they can provoke in kernel mode (a bad
 * pointer, a bad frame for iretq) happens only at listed instructions.
 */
#include <arch/desc.h>
#include <arch/entry.h>
#include <arch/irqflags.h>
#include <arch/cpu.h>
#include <arch/setup.h>
#include <arch/traps.h>
#include <tine/printk.h>
#include <tine/sched.h>

#define DR6_RESERVED	0xffff0ff0UL	/* its value when nothing happened */
#define DR6_TRAPS	0x0000000fUL	/* hardware breakpoints */
#define DR6_STEP	0x00004000UL

/* How a user program's exception becomes a signal. */
struct trap_info {
	const char *name;
	int sig;		/* 0: not a signal, see do_trap() */
	int code;		/* si_code; SI_KERNEL: sent without an address */
};

static const struct trap_info traps[NR_EXCEPTIONS] = {
	[X86_TRAP_DE] = { "divide error", SIGFPE, FPE_INTDIV },
	[X86_TRAP_DB] = { "debug", SIGTRAP, TRAP_TRACE },
	[X86_TRAP_NMI] = { "NMI", 0, 0 },
	[X86_TRAP_BP] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[X86_TRAP_OF] = { "overflow", SIGSEGV, SI_KERNEL },
	[X86_TRAP_BR] = { "bound range exceeded", SIGSEGV, SI_KERNEL },
	[X86_TRAP_UD] = { "invalid opcode", SIGILL, ILL_ILLOPN },
	[X86_TRAP_NM] = { "device not available", SIGFPE, SI_KERNEL },
	[X86_TRAP_DF] = { "double fault", 0, 0 },
	[9] = { "coprocessor segment overrun", SIGFPE, SI_KERNEL },
	[X86_TRAP_TS] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[X86_TRAP_NP] = { "segment not present", SIGBUS, SI_KERNEL },
	[X86_TRAP_SS] = { "stack segment fault", SIGBUS, SI_KERNEL },
	[X86_TRAP_GP] = { "general protection fault", SIGSEGV, SI_KERNEL },
	[X86_TRAP_PF] = { "page fault", 0, 0 },
	[X86_TRAP_MF] = { "x87 floating-point error", SIGFPE, 0 },
	[X86_TRAP_AC] = { "alignment check", SIGBUS, BUS_ADRALN },
	[X86_TRAP_MC] = { "machine check", 0, 0 },
	[X86_TRAP_XF] = { "SIMD floating-point error", SIGFPE, 0 },
	[X86_TRAP_CP] = { "control protection", SIGSEGV, SI_KERNEL },
};

extern const struct exception_table_entry __start___ex_table[], __stop___ex_table[];

const char *trap_name(unsigned int vector)
{
	if (vector >= NR_EXCEPTIONS || !traps[vector].name)
		return "reserved exception";
	return traps[vector].name;
}

/* The table has a few dozen entries and faults in kernel mode are rare: no need for order. */
bool fixup_exception(struct pt_regs *regs)
{
	for (const struct exception_table_entry *e = __start___ex_table; e < __stop___ex_table; e++) {
		if (e->ip == regs->ip) {
			regs->ip = e->fixup;
			return true;
		}
	}
	return false;
}

/*
 * si_code of a floating-point signal from the exceptions that are raised and not masked; both units
 * order the bits alike. 0 if there is none. Intel SDM, "x87 FPU Status Register", "MXCSR Control
 * and Status Register". The registers are the program's own: the state is switched eagerly.
 */
static int fpe_code(unsigned int vector)
{
	unsigned int raised;

	if (vector == X86_TRAP_MF) {
		u16 status, control;

		__asm__ volatile("fnstsw %0" : "=m"(status));
		__asm__ volatile("fnstcw %0" : "=m"(control));
		raised = status & ~control & 0x3f;
	} else {
		u32 mxcsr;

		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7) & 0x3f;
	}
	if (raised & 0x01)
		return FPE_FLTINV;
	if (raised & 0x04)
		return FPE_FLTDIV;
	if (raised & 0x08)
		return FPE_FLTOVF;
	if (raised & 0x12)
		return FPE_FLTUND;
	return raised & 0x20 ? FPE_FLTRES : 0;
}

/* What DR6 says about a debug exception; it is made ready for the next one. */
static unsigned long take_dr6(void)
{
	unsigned long dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" :: "r"(DR6_RESERVED));
	return dr6 & (DR6_STEP | DR6_TRAPS);
}

static void user_trap(struct pt_regs *regs, unsigned int vector)
{
	const struct trap_info *info = &traps[vector];
	int code = info->code;

	current->thread.trap_nr = vector;
	current->thread.error_code = regs->orig_ax;
	if (vector == X86_TRAP_DB)
		code = take_dr6() & DR6_TRAPS ? TRAP_HWBKPT : TRAP_TRACE;
	if (vector == X86_TRAP_MF || vector == X86_TRAP_XF) {
		code = fpe_code(vector);
		if (!code)
			return;
	}
	local_irq_enable();
	if (!info->sig)
		force_sig(SIGILL);
	else if (code == SI_KERNEL)
		force_sig(info->sig);
	else
		force_sig_fault(info->sig, code, vector == X86_TRAP_AC ? 0 : regs->ip);
	local_irq_disable();
}

static void kernel_trap(struct pt_regs *regs, unsigned int vector)
{
	if (vector == X86_TRAP_DB) {
		/* A trap flag that came in from user mode: none of the kernel's business. */
		printk("debug exception in kernel mode ignored, ip %lx, DR6 %lx\n", regs->ip, take_dr6());
		regs->flags &= ~X86_EFLAGS_TF;
		return;
	}
	if (fixup_exception(regs))
		return;
	panic_regs(regs, "%s (vector %u) in kernel mode", trap_name(vector), vector);
}

/* The CPU could not deliver an exception; most often because the kernel stack is at its end. */
static __noreturn void double_fault(struct pt_regs *regs)
{
	unsigned long addr = read_cr2();
	unsigned long boot_guard = (unsigned long)boot_stack_guard;

	if (kstack_is_guard(addr) || (addr >= boot_guard && addr < boot_guard + PAGE_SIZE))
		panic_regs(regs, "kernel stack overflow: double fault at %lx", addr);
	panic_regs(regs, "double fault");
}

void do_trap(struct pt_regs *regs, unsigned int vector)
{
	check_kernel_entry();
	switch (vector) {
	case X86_TRAP_PF:
		/* CR2 first: a fault inside would change it. */
		do_page_fault(regs, regs->orig_ax, read_cr2());
		break;
	case X86_TRAP_NMI:
		printk("NMI for an unknown reason on CPU %u, ip %lx\n", smp_processor_id(), regs->ip);
		break;
	case X86_TRAP_DF:
		double_fault(regs);
	case X86_TRAP_MC:
		panic_regs(regs, "machine check");
	default:
		if (user_mode(regs))
			user_trap(regs, vector);
		else
			kernel_trap(regs, vector);
	}
}
