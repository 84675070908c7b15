/*
 * panic.c - stop for good, with a report.
 *
 * Works from the first C code on and from any context: it takes no lock, allocates nothing, follows
 * `current` only after looking at the pointer, and each part of the report that faults in turn
 * comes back here and is cut short (panic_depth). The first CPU that panics reports, others stop.
 */
#include <arch/backtrace.h>
#include <arch/cpu.h>
#include <arch/desc.h>
#include <arch/irq.h>
#include <arch/irqflags.h>
#include <tine/format.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/string.h>

#define REASON_MAX	256

static unsigned int panic_owner;	/* atomic: 0, or 1 + the CPU that reports */
static unsigned int panic_depth;	/* only the owner counts */
static char panic_reason[REASON_MAX];

/* The registers as they are here; those that a call may change mean nothing and show as 0. */
static force_inline void capture_regs(struct pt_regs *regs)
{
	memset(regs, 0, sizeof(*regs));
	__asm__ volatile(
		"mov %%r15, %c[r15](%[r])\n"
		"mov %%r14, %c[r14](%[r])\n"
		"mov %%r13, %c[r13](%[r])\n"
		"mov %%r12, %c[r12](%[r])\n"
		"mov %%rbp, %c[bp](%[r])\n"
		"mov %%rbx, %c[bx](%[r])\n"
		:: [r] "a"(regs), [r15] "i"(offsetof(struct pt_regs, r15)),
		   [r14] "i"(offsetof(struct pt_regs, r14)), [r13] "i"(offsetof(struct pt_regs, r13)),
		   [r12] "i"(offsetof(struct pt_regs, r12)), [bp] "i"(offsetof(struct pt_regs, bp)),
		   [bx] "i"(offsetof(struct pt_regs, bx))
		: "memory");
	regs->flags = local_save_flags();
	regs->cs = __KERNEL_CS;
	regs->ss = __KERNEL_DS;
	regs->orig_ax = -1UL;
}

static void show_task(void)
{
	const struct task_struct *p = current;
	unsigned long probe;
	char comm[sizeof(p->comm)];

	if (!probe_kernel_read((unsigned long)p, &probe) ||
	    !probe_kernel_read((unsigned long)p + sizeof(*p) - sizeof(probe), &probe)) {
		printk("CPU %u, no task\n", smp_processor_id());
		return;
	}
	memcpy(comm, p->comm, sizeof(comm));
	comm[sizeof(comm) - 1] = '\0';
	printk("CPU %u, task %s, pid %d\n", smp_processor_id(), comm, p->pid);
}

static void show_regs(const struct pt_regs *regs)
{
	printk("RIP %04lx:%016lx  RSP %04lx:%016lx\n", regs->cs, regs->ip, regs->ss, regs->sp);
	printk("RAX %016lx  RBX %016lx  RCX %016lx\n", regs->ax, regs->bx, regs->cx);
	printk("RDX %016lx  RSI %016lx  RDI %016lx\n", regs->dx, regs->si, regs->di);
	printk("RBP %016lx  R8  %016lx  R9  %016lx\n", regs->bp, regs->r8, regs->r9);
	printk("R10 %016lx  R11 %016lx  R12 %016lx\n", regs->r10, regs->r11, regs->r12);
	printk("R13 %016lx  R14 %016lx  R15 %016lx\n", regs->r13, regs->r14, regs->r15);
	printk("CR0 %016lx  CR2 %016lx  CR3 %016lx\n", read_cr0(), read_cr2(), read_cr3());
	printk("CR4 %016lx  RFLAGS %lx  error %lx\n", read_cr4(), regs->flags, regs->orig_ax);
}

/* Become the CPU that reports, or stop here for good. Cuts the report of a panic in a panic short. */
static void panic_enter(void)
{
	static const char nested[] = "\nKernel panic while reporting a panic.\n";
	unsigned int me = smp_processor_id() + 1;
	unsigned int owner;

	local_irq_disable();
	owner = cmpxchg(&panic_owner, 0U, me);
	if (owner && owner != me)
		machine_halt();
	if (++panic_depth == 1) {
		console_break_locks();
		return;
	}
	if (panic_depth == 2)
		console_write_all(nested, sizeof(nested) - 1);
	machine_power_off(EXIT_PANIC_STATUS);
}

/* A jump through a bad pointer leaves no frame: its return address is on top of the stack. */
static void show_bad_jump(const struct pt_regs *regs)
{
	unsigned long ret, offset;
	const char *name;

	if (ksym_lookup(regs->ip, &offset) || !probe_kernel_read(regs->sp, &ret))
		return;
	name = ksym_lookup(ret - 1, &offset);
	if (name)
		printk("Called from %s+0x%lx\n", name, offset);
}

static __noreturn void panic_report(const struct pt_regs *regs)
{
	printk("Kernel panic: %s\n", panic_reason);
	show_task();
	show_regs(regs);
	if (user_mode(regs)) {
		printk("The trap came from user mode.\n");
	} else {
		show_bad_jump(regs);
		show_backtrace(regs->ip, regs->bp);
	}
	printk("End of kernel panic: %s\n", panic_reason);
	machine_power_off(EXIT_PANIC_STATUS);
}

void panic(const char *fmt, ...)
{
	struct pt_regs regs;
	va_list args;

	panic_enter();
	capture_regs(&regs);
	/* Seen from the call of panic(), with its return address taken off the stack. */
	regs.ip = (unsigned long)__builtin_return_address(0) - 1;
	regs.bp = *(unsigned long *)__builtin_frame_address(0);
	regs.sp = (unsigned long)__builtin_frame_address(0) + 2 * sizeof(long);
	va_start(args, fmt);
	vsnprintf(panic_reason, sizeof(panic_reason), fmt, args);
	va_end(args);
	panic_report(&regs);
}

void panic_regs(const struct pt_regs *regs, const char *fmt, ...)
{
	va_list args;

	panic_enter();
	va_start(args, fmt);
	vsnprintf(panic_reason, sizeof(panic_reason), fmt, args);
	va_end(args);
	panic_report(regs);
}

void assert_failed(const char *file, int line, const char *what)
{
	panic("assertion failed at %s:%d: %s", file, line, what);
}

void warn_failed(const char *file, int line, const char *what)
{
	printk("WARNING at %s:%d: %s\n", file, line, what);
	show_backtrace((unsigned long)__builtin_return_address(0) - 1,
		       *(unsigned long *)__builtin_frame_address(0));
}
