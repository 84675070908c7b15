/*
 * traps.h - exceptions: from the entry code to the signal, the repair or the panic.
 */
#pragma once

#include <arch/ptrace.h>

#define X86_TRAP_DE	0
#define X86_TRAP_DB	1
#define X86_TRAP_NMI	2
#define X86_TRAP_BP	3
#define X86_TRAP_OF	4
#define X86_TRAP_BR	5
#define X86_TRAP_UD	6
#define X86_TRAP_NM	7
#define X86_TRAP_DF	8
#define X86_TRAP_TS	10
#define X86_TRAP_NP	11
#define X86_TRAP_SS	12
#define X86_TRAP_GP	13
#define X86_TRAP_PF	14
#define X86_TRAP_MF	16
#define X86_TRAP_AC	17
#define X86_TRAP_MC	18
#define X86_TRAP_XF	19
#define X86_TRAP_CP	21
#define NR_EXCEPTIONS	32
#define NR_VECTORS	256
#define SYSCALL32_VECTOR 0x80	/* int 0x80: system calls with i386 numbers */

/* Error code of a page fault. */
#define PF_PRESENT	0x01	/* the page is there: a question of rights */
#define PF_WRITE	0x02
#define PF_USER		0x04	/* the CPU was in user mode */
#define PF_RESERVED	0x08	/* a reserved bit is set in a table */
#define PF_INSTR	0x10	/* instruction fetch */

/* arch/x86/entry: the code addresses of all 256 vectors. */
extern u64 vector_stubs[NR_VECTORS];

/*
 * Called by the common entry code, interrupts off, with the error code in regs->orig_ax. Returns
 * with interrupts off when the exception is dealt with. Vectors 0-31.
 */
void do_trap(struct pt_regs *regs, unsigned int vector);
/* The same for 32-255; irq.c. */
void do_irq(struct pt_regs *regs, unsigned int vector);

/* Vector 14; @addr is what CR2 held on entry. */
void do_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long addr);

/*
 * An instruction that may fault stands in the section __ex_table with the address where to go on.
 * True if @regs->ip is such a one; ip then points to the repair.
 */
struct exception_table_entry {
	u64 ip;
	u64 fixup;
};
bool fixup_exception(struct pt_regs *regs);

/* Name of an exception's vector. */
const char *trap_name(unsigned int vector);
