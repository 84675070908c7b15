/*
 * common.c - what the entry code decides: the part of it that is C.
 */
#include <arch/entry.h>
#include <arch/irqflags.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/string.h>

/*
 * Signals may be sent and the time slice may end while this work is done, so it is done until a
 * look with interrupts off finds nothing. TIF_SYSCALL_WORK is do_syscall()'s business.
 */
void exit_to_user_mode(struct pt_regs *regs)
{
	unsigned long work;

	while ((work = READ_ONCE(current->thread_info.flags)) & (BIT(TIF_NEED_RESCHED) | BIT(TIF_SIGPENDING))) {
		local_irq_enable();
		if (work & BIT(TIF_NEED_RESCHED))
			schedule();
		if (work & BIT(TIF_SIGPENDING))
			do_signal(regs);
		local_irq_disable();
	}
}

/*
 * The five words that iretq wanted to load are still in their place at the top of the stack; the
 * general registers had been restored and were saved again by the fault, below.
 */
struct pt_regs *fixup_bad_iret(struct pt_regs *bad)
{
	struct pt_regs *regs = current_pt_regs();

	memmove(regs, bad, offsetof(struct pt_regs, ip));
	return regs;
}

void kernel_thread_return(int result)
{
	do_exit((long)(result & 0xff) << 8);
}

void check_user_exit(struct pt_regs *regs)
{
	assert(irqs_disabled());
	assert(preemptible());
	assert(user_mode(regs));
	assert(regs == current_pt_regs());
	assert(regs->flags & X86_EFLAGS_IF);
	assert(!(regs->flags & X86_EFLAGS_IOPL));
	assert(current->thread.fpu_live && !current->pagefault_disabled);
}
