/*
 * fault.c - page faults: find out whose fault it is.
 *
 * A fault on a user address goes to mm's handle_mm_fault(), be it caused by the program or by one of
 * the instructions in uaccess.asm that follow its pointers. Everything else in kernel mode is a bug and
 * panics with its kind named: user code run (SMEP), user memory touched outside of uaccess (SMAP),
 * a stack at its end, a null pointer. Intel SDM, "Page-Fault Exceptions".
 */
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <arch/traps.h>
#include <tine/fault_inject.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/sched.h>

static void record_fault(unsigned long error_code, unsigned long addr)
{
	current->thread.trap_nr = X86_TRAP_PF;
	current->thread.error_code = error_code;
	current->thread.cr2 = addr;
}

/* An access that nobody can allow: the program's signal, or the repair of uaccess, or a panic. */
static void bad_access(struct pt_regs *regs, unsigned long error_code, unsigned long addr, int sig, int code)
{
	if (user_mode(regs)) {
		/* Whether something is mapped at a kernel address is not told. */
		if (addr >= TASK_SIZE)
			error_code |= PF_PRESENT;
		record_fault(error_code, addr);
		force_sig_fault(sig, code, addr);
		return;
	}
	if (!fixup_exception(regs))
		panic_regs(regs, "kernel access to user address %lx failed outside of uaccess", addr);
}

static __noreturn void kernel_fault(struct pt_regs *regs, unsigned long error_code, unsigned long addr)
{
	const char *act = error_code & PF_INSTR ? "execute" : error_code & PF_WRITE ? "write" : "read";

	if (kstack_is_guard(addr))
		panic_regs(regs, "kernel stack overflow: %s at %lx", act, addr);
	if (addr < PAGE_SIZE)
		panic_regs(regs, "null pointer in the kernel: %s at %lx", act, addr);
	panic_regs(regs, "page fault in kernel mode: %s at %lx, page %s", act, addr,
		   error_code & PF_PRESENT ? "protected" : "not mapped");
}

/* Panics if kernel mode had no business at user address @addr at all. */
static void check_kernel_access(struct pt_regs *regs, unsigned long error_code, unsigned long addr)
{
	bool gate_open = !cpu_has(X86_FEATURE_SMAP) || (regs->flags & X86_EFLAGS_AC);

	if (gate_open && !(error_code & PF_INSTR))
		return;
	if (addr < PAGE_SIZE)
		kernel_fault(regs, error_code, addr);
	if (error_code & PF_INSTR)
		panic_regs(regs, "kernel mode executes user address %lx", addr);
	panic_regs(regs, "kernel mode touches user address %lx outside of uaccess (SMAP)", addr);
}

/*
 * No frame for this fault. Somebody is told to die, and the instruction is tried again when it has
 * given its memory back; unless it is we who die. A lack of memory that fault injection pretends
 * kills nobody: the system call that touched the page fails with EFAULT.
 */
static void fault_out_of_memory(struct pt_regs *regs, unsigned long error_code, unsigned long addr)
{
	bool give_up = fail_nth_fired() || !out_of_memory();

	if (user_mode(regs)) {
		if (give_up)
			force_sig(SIGKILL);
	} else if (give_up || fatal_signal_pending(current)) {
		bad_access(regs, error_code, addr, SIGSEGV, SEGV_MAPERR);
	}
}

/*
 * A page that is there, refused to the kernel's rights while the program runs: SMAP, and an access that
 * the CPU makes for itself. Real ones use these rights only on descriptor tables and stacks of the
 * kernel; QEMU 7.2 also on the user's stack in a far call or return. Asking mm again would not end.
 */
static bool implicit_supervisor_access(struct pt_regs *regs, unsigned long error_code)
{
	return user_mode(regs) && (error_code & (PF_PRESENT | PF_USER)) == PF_PRESENT && cpu_has(X86_FEATURE_SMAP);
}

static void user_address_fault(struct pt_regs *regs, unsigned long error_code, unsigned long addr)
{
	unsigned int flags = 0, result;

	if (unlikely(implicit_supervisor_access(regs, error_code))) {
		bad_access(regs, error_code, addr, SIGSEGV, SEGV_ACCERR);
		return;
	}
	if (error_code & PF_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (error_code & PF_INSTR)
		flags |= FAULT_FLAG_INSTRUCTION;
	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	result = handle_mm_fault(current->mm, addr, flags);
	if (likely(!result))
		return;
	if (result & VM_FAULT_OOM)
		fault_out_of_memory(regs, error_code, addr);
	else if (result & VM_FAULT_SIGBUS)
		bad_access(regs, error_code, addr, SIGBUS, BUS_ADRERR);
	else
		bad_access(regs, error_code, addr, SIGSEGV,
			   result & VM_FAULT_ACCERR ? SEGV_ACCERR : SEGV_MAPERR);
}

void do_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long addr)
{
	bool user = user_mode(regs);

	if (unlikely(error_code & PF_RESERVED))
		panic_regs(regs, "page table with reserved bits for address %lx", addr);
	if (unlikely(addr >= TASK_SIZE)) {
		if (!user && fixup_exception(regs))
			return;
		if (!user)
			kernel_fault(regs, error_code, addr);
	}
	if (!user) {
		check_kernel_access(regs, error_code, addr);
		if (in_interrupt() || !current || current->pagefault_disabled || !current->mm) {
			bad_access(regs, error_code, addr, SIGSEGV, SEGV_MAPERR);
			return;
		}
	}
	if (regs->flags & X86_EFLAGS_IF)
		local_irq_enable();
	if (unlikely(addr >= TASK_SIZE))
		bad_access(regs, error_code, addr, SIGSEGV, SEGV_MAPERR);
	else
		user_address_fault(regs, error_code, addr);
	local_irq_disable();
}
