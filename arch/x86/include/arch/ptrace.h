/*
 * ptrace.h - the registers of a task as an entry into the kernel saves them.
 *
 * The layout is the one that Linux's signal frames and debuggers assume. entry.asm pushes it and
 * takes the offsets from the generated offsets.inc; nothing else knows them.
 */
#pragma once

#include <tine/types.h>

struct pt_regs {
	/* pushed by the common part of every entry */
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	/* system call: its number. Exception: the error code, else -1. Interrupt: -1. */
	unsigned long orig_ax;
	/* pushed by the CPU, or by the entry of syscall in the same order */
	unsigned long ip, cs, flags, sp, ss;
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return (regs->cs & 3) == 3;
}

/* The frame of a user task's entry: at the very top of its kernel stack. */
#define task_pt_regs(task) \
	((struct pt_regs *)((char *)(task)->stack + THREAD_SIZE) - 1)
#define current_pt_regs() task_pt_regs(current)

#define X86_EFLAGS_CF	0x00000001UL
#define X86_EFLAGS_FIXED 0x00000002UL
#define X86_EFLAGS_PF	0x00000004UL
#define X86_EFLAGS_AF	0x00000010UL
#define X86_EFLAGS_ZF	0x00000040UL
#define X86_EFLAGS_SF	0x00000080UL
#define X86_EFLAGS_TF	0x00000100UL
#define X86_EFLAGS_IF	0x00000200UL
#define X86_EFLAGS_DF	0x00000400UL
#define X86_EFLAGS_OF	0x00000800UL
#define X86_EFLAGS_IOPL	0x00003000UL
#define X86_EFLAGS_NT	0x00004000UL
#define X86_EFLAGS_RF	0x00010000UL
#define X86_EFLAGS_AC	0x00040000UL
