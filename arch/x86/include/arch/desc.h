/*
 * desc.h - segments, the task-state segment, and where the CPU finds its kernel stacks.
 *
 * The layout is Linux's, since user programs see the selectors: STAR's arithmetic gives kernel
 * CS 0x10 and SS 0x18 for syscall, user SS 0x2b and CS 0x33 for sysret.
 */
#pragma once

#include <tine/percpu.h>

#define GDT_KERNEL32_CS	1
#define GDT_KERNEL_CS	2
#define GDT_KERNEL_DS	3
#define GDT_USER32_CS	4
#define GDT_USER_DS	5
#define GDT_USER_CS	6
#define GDT_TSS		8	/* two entries */
#define GDT_TLS_MIN	12	/* set_thread_area(2): the running task's own */
#define GDT_TLS_ENTRIES	3
#define GDT_ENTRIES	(GDT_TLS_MIN + GDT_TLS_ENTRIES)

#define __KERNEL32_CS	(GDT_KERNEL32_CS * 8)
#define __KERNEL_CS	(GDT_KERNEL_CS * 8)
#define __KERNEL_DS	(GDT_KERNEL_DS * 8)
#define __USER32_CS	(GDT_USER32_CS * 8 + 3)
#define __USER_DS	(GDT_USER_DS * 8 + 3)
#define __USER_CS	(GDT_USER_CS * 8 + 3)

/* Exceptions that must not trust the stack they interrupt have one of their own. */
enum { IST_NONE, IST_DOUBLE_FAULT, IST_NMI, IST_MACHINE_CHECK, NR_IST = IST_MACHINE_CHECK };
#define IST_STACK_SIZE	8192

/* Intel SDM, "Task State Segment (TSS) in 64-bit mode". */
struct tss {
	u32 reserved0;
	u64 sp[3];		/* sp[0]: the stack of an interrupt that arrives in user mode */
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;		/* beyond the limit: no port is open to user mode */
} __packed __aligned(4);

DECLARE_PER_CPU(struct tss, cpu_tss);
DECLARE_PER_CPU(unsigned long, kernel_stack_top);	/* where the entry of syscall switches to ... */
DECLARE_PER_CPU(unsigned long, user_sp_scratch);	/* ... and parks the user's stack pointer meanwhile */

/* Every entry from user mode starts at @top from now on: the task being switched to. */
static force_inline void set_kernel_stack_top(unsigned long top)
{
	this_cpu_write(kernel_stack_top, top);
	this_cpu_write(cpu_tss.sp[0], top);
}

/* Put the running task's descriptors into this CPU's table. */
void load_tls(const u64 *tls_array);

/* Is @addr on one of the running CPU's exception stacks? */
bool on_ist_stack(unsigned long addr);
