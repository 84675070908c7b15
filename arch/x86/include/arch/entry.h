/*
 * entry.h - where assembly and C meet: the labels of arch/x86/entry and the C functions that
 * they call. do_syscall() is in upcalls.h, do_trap() and do_irq() in traps.h.
 */
#pragma once

#include <arch/irqflags.h>
#include <arch/ptrace.h>
#include <tine/printk.h>

struct task_struct;

/* What __switch_to_asm leaves on the stack of a task that is switched out, lowest address first. */
struct inactive_task_frame {
	unsigned long r15, r14, r13, r12, bx, bp;
	unsigned long ret_addr;
};

/* The first kernel stack of a new task; it ends where the stack ends. See switch.asm. */
struct fork_frame {
	struct inactive_task_frame frame;
	struct pt_regs regs;
};

/* entry.asm, switch.asm: code addresses, not to be called from C. */
void syscall_entry(void);
void syscall_entry_compat(void);
void ret_from_fork(void);

/* Save what C preserves, change stacks, and return on @next's; yields who ran there before. */
struct task_struct *__switch_to_asm(struct task_struct *prev, struct task_struct *next);

/*
 * Work that waits for the task on its way to user space: reschedule, signals. Called with
 * interrupts off and returns with interrupts off when nothing is left.
 */
void exit_to_user_mode(struct pt_regs *regs);

/*
 * The last iretq of an exit to user space faulted, on registers that the program chose. Make of
 * the fault's frame @bad one that looks as if the program had faulted; returns where it is.
 */
struct pt_regs *fixup_bad_iret(struct pt_regs *bad);

/* A kernel thread's function has returned @result without having become a program. */
void kernel_thread_return(int result) __attribute__((noreturn));

/* DEBUG=1: the rules that hold on the last instructions before user mode. */
void check_user_exit(struct pt_regs *regs);

/* DEBUG=1: whatever flags the program had set, C runs forward, with SMAP's gate closed. */
static force_inline void check_kernel_entry(void)
{
	debug_assert(!(local_save_flags() & (X86_EFLAGS_DF | X86_EFLAGS_AC | X86_EFLAGS_TF | X86_EFLAGS_NT)));
}
