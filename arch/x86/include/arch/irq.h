/*
 * irq.h - device interrupts and the ways out of the machine.
 */
#pragma once

#include <tine/types.h>

typedef void (*irq_handler_t)(unsigned int irq, void *arg);

/* Route ISA interrupt @irq (overrides of the MADT applied) to CPU 0 and unmask it. 0 or -EBUSY. */
int request_irq(unsigned int irq, irq_handler_t handler, void *arg);

/* Map device registers uncached; panics when the region is full (boot time only). */
void *ioremap(phys_addr_t phys, size_t size);

/*
 * Leave QEMU: through isa-debug-exit with @status if that device is present, else by ACPI power
 * off (machine_power_off) or reset (machine_restart), else halt. QEMU's exit status is
 * (status << 1) | 1.
 */
#define EXIT_SUCCESS_STATUS	0x10	/* QEMU ends with 33 */
#define EXIT_FAILURE_STATUS	0x11	/* 35: PID 1 failed */
#define EXIT_PANIC_STATUS	0x12	/* 37 */
void machine_power_off(unsigned int status) __attribute__((noreturn));
void machine_restart(void) __attribute__((noreturn));
void machine_halt(void) __attribute__((noreturn));
