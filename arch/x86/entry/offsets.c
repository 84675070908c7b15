/*
 * offsets.c - what assembly must know of C: offsets and constants.
 *
 * Compiled to assembly, never linked: the Makefile turns each "->NAME value" line of the output
 * into a %define in offsets.inc.
 */
#include <arch/desc.h>
#include <arch/entry.h>
#include <arch/irq.h>
#include <arch/msr.h>
#include <arch/traps.h>
#include <tine/mm.h>
#include <tine/preempt.h>
#include <tine/sched.h>

#define DEFINE(sym, val) __asm__ volatile("\n->" #sym " %0" :: "i"(val))
#define OFFSET(sym, type, member) DEFINE(sym, offsetof(type, member))

void offsets(void);
void offsets(void)
{
	OFFSET(PT_R15, struct pt_regs, r15);
	OFFSET(PT_BX, struct pt_regs, bx);
	OFFSET(PT_R11, struct pt_regs, r11);
	OFFSET(PT_AX, struct pt_regs, ax);
	OFFSET(PT_CX, struct pt_regs, cx);
	OFFSET(PT_DI, struct pt_regs, di);
	OFFSET(PT_ORIG_AX, struct pt_regs, orig_ax);
	OFFSET(PT_IP, struct pt_regs, ip);
	OFFSET(PT_CS, struct pt_regs, cs);
	OFFSET(PT_FLAGS, struct pt_regs, flags);
	OFFSET(PT_SP, struct pt_regs, sp);
	OFFSET(PT_SS, struct pt_regs, ss);
	DEFINE(PT_SIZE, sizeof(struct pt_regs));

	OFFSET(FRAME_R15, struct inactive_task_frame, r15);
	OFFSET(FRAME_BX, struct inactive_task_frame, bx);
	OFFSET(FRAME_BP, struct inactive_task_frame, bp);
	OFFSET(FRAME_RET_ADDR, struct inactive_task_frame, ret_addr);
	DEFINE(FRAME_SIZE, sizeof(struct inactive_task_frame));

	OFFSET(TASK_FLAGS, struct task_struct, thread_info.flags);
	OFFSET(TASK_THREAD_SP, struct task_struct, thread.sp);
	DEFINE(TIF_USER_WORK, BIT(TIF_NEED_RESCHED) | BIT(TIF_SIGPENDING));
	DEFINE(TIF_RESCHED_WORK, BIT(TIF_NEED_RESCHED));

	/* boot.asm */
	DEFINE(KERNEL_BASE, (long)KERNEL_BASE);
	DEFINE(PAGE_OFFSET, (long)PAGE_OFFSET);
	DEFINE(THREAD_SIZE, THREAD_SIZE);
	DEFINE(STACK_END_MAGIC, STACK_END_MAGIC);
	DEFINE(KERNEL_CS, __KERNEL_CS);
	DEFINE(KERNEL_DS, __KERNEL_DS);
	DEFINE(EXIT_PANIC_STATUS, EXIT_PANIC_STATUS);

	DEFINE(USER_CS, __USER_CS);
	DEFINE(USER_DS, __USER_DS);
	DEFINE(CPL_MASK, 3);
	DEFINE(EFLAGS_FIXED, X86_EFLAGS_FIXED);
	DEFINE(EFLAGS_IF, X86_EFLAGS_IF);
	DEFINE(EFLAGS_NOT_SYSRET, X86_EFLAGS_RF | X86_EFLAGS_TF);
	DEFINE(GS_BASE_MSR, (long)MSR_GS_BASE);
	DEFINE(USER_LIMIT, TASK_SIZE);

	DEFINE(SYSCALL32_VEC, SYSCALL32_VECTOR);
	DEFINE(VECTOR_COUNT, NR_VECTORS);
	DEFINE(EXCEPTION_COUNT, NR_EXCEPTIONS);
	DEFINE(PAGE_QWORDS, PAGE_SIZE / sizeof(u64));
	DEFINE(ERR_NOSYS, ENOSYS);
	DEFINE(ERR_FAULT, EFAULT);
	DEFINE(DEBUG_BUILD, IS_DEBUG);
}
