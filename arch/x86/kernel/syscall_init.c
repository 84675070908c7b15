/*
 * syscall_init.c - what the syscall and sysret instructions take from MSRs.
 *
 * STAR bits 32-47: kernel CS, SS is the next descriptor. Bits 48-63: sysret's base; 32-bit CS is
 * there, SS 8 above, 64-bit CS 16 above. Flags in the mask are clear on entry: interrupts and
 * traps until the kernel stack is in place, DF and AC for C code, NT for iretq.
 */
#include <arch/desc.h>
#include <arch/entry.h>
#include <arch/msr.h>
#include <arch/ptrace.h>
#include <arch/setup.h>
#include <tine/printk.h>

_Static_assert(__KERNEL_DS == __KERNEL_CS + 8, "syscall loads SS from the descriptor after CS");
_Static_assert(__USER_DS == __USER32_CS + 8 && __USER_CS == __USER32_CS + 16, "sysret's arithmetic");

#define STAR_VALUE ((u64)__USER32_CS << 48 | (u64)__KERNEL_CS << 32)
#define SYSCALL_FLAGS_CLEARED \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | \
	 X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_OF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | \
	 X86_EFLAGS_AC)

void syscall_init(void)
{
	/* paranoid_entry tells the kernel's GS base by its top bit. */
	assert((long)rdmsr(MSR_GS_BASE) < 0);

	wrmsr(MSR_STAR, STAR_VALUE);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_CSTAR, (u64)syscall_entry_compat);
	wrmsr(MSR_SYSCALL_MASK, SYSCALL_FLAGS_CLEARED);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}
