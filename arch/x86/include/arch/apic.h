/*
 * apic.h - the local APIC (interrupts of one CPU, its timer) and the IOAPIC (interrupts of
 * devices), and the vectors that they use.
 *
 * Intel SDM volume 3, "Advanced Programmable Interrupt Controller (APIC)"; 82093AA IOAPIC
 * datasheet. xAPIC mode: registers in memory.
 */
#pragma once

#include <tine/types.h>

/* Vectors 32-255. Higher ones have priority. */
#define PIC_VECTOR_BASE		0x20	/* the 8259s, masked: only spurious ones may come */
#define ISA_VECTOR_BASE		0x30	/* ISA interrupt 0 ... 15 */
#define LAPIC_TIMER_VECTOR	0xec
#define LAPIC_ERROR_VECTOR	0xfe
#define LAPIC_SPURIOUS_VECTOR	0xff

/* ---- apic.c ---- */
/* Map the local APIC; once. */
void lapic_map(void);
/* Enable that of the running CPU, timer stopped. */
void lapic_init_cpu(void);
u32 lapic_id(void);
/* The interrupt being served is done with. */
void lapic_eoi(void);
/* Read and clear the error status, Intel SDM "Error Handling". */
u32 lapic_error(void);
/* Interrupt LAPIC_TIMER_VECTOR when @count timer clocks have passed; 0 stops. */
void lapic_timer_start(u32 count);
u32 lapic_timer_left(void);

/* ---- ioapic.c ---- */
/* Map the IOAPIC and mask all of its inputs. */
void ioapic_init(void);
/* Let ISA interrupt @irq arrive as @vector at the CPU with APIC number @apic_id. */
void ioapic_route_isa(unsigned int irq, unsigned int vector, u32 apic_id);
