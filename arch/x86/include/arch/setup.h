/*
 * setup.h - the steps by which the machine comes up, in the order in which they run.
 *
 * boot.asm -> x86_start() -> start_kernel() -> arch_early_init(), setup_per_cpu_areas(),
 * paging_init(), ..., arch_init().
 */
#pragma once

#include <tine/kstack.h>
#include <tine/types.h>

/* linker.ld: where the image lies, page-aligned, [start, end). */
extern char _text[], _etext[], __start_rodata[], __end_rodata[], _sdata[], _edata[];
extern char __bss_start[], __bss_stop[], _end[];
extern char __per_cpu_start[], __per_cpu_end[];

/*
 * The stack that the boot CPU runs on, end magic set; it becomes the idle task's. The page below
 * it is unmapped by paging_init().
 */
extern char boot_stack_guard[PAGE_SIZE];
extern char boot_stack[THREAD_SIZE];
/* Page tables of the boot code: memory below 4 GiB at 0 and at PAGE_OFFSET, 1 GiB at KERNEL_BASE. */
extern u64 boot_pml4[];

/* The first C code. @magic and @info are what the boot loader left in eax and ebx. */
void x86_start(u32 magic, u32 info) __attribute__((noreturn));

void cpu_detect(void);		/* cpu.c: fill cpu_features */
void cpu_init(void);		/* cpu.c: control registers of the running CPU */
void gdt_init(void);		/* gdt.c: GDT and TSS of the running CPU, in its per-CPU area */
void idt_init(void);		/* idt.c: fill the table (boot CPU) */
void idt_load(void);		/* idt.c: use it (each CPU) */
/* multiboot.c: read the boot loader's information; memory map, command line, initramfs. */
void multiboot_init(u32 magic, phys_addr_t info);

/* Part of arch_init(), after acpi_init() and in this order; fpu_init() is in process.h. */
void irqchip_init(void);	/* apic.c, ioapic.c: 8259s silenced, LAPIC and IOAPIC ready */
void tsc_init(void);		/* tsc.c: calibrate; clock_read() runs from here on */
void syscall_init(void);	/* syscall_init.c: the MSRs of the syscall instruction */
