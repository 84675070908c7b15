/*
 * idt.c - the interrupt descriptor table: all 256 vectors lead to the stubs of arch/x86/entry.
 *
 * One table for all CPUs. All gates are interrupt gates: every handler starts with interrupts off.
 * Intel SDM, "64-Bit Mode IDT".
 */
#include <arch/desc.h>
#include <arch/setup.h>
#include <arch/traps.h>

struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
} __packed;

#define GATE_INTERRUPT	0x8e	/* present, ring 0 may call it */
#define GATE_RING3	0x60	/* so may user programs, by int3, into and int 0x80 */

static struct gate idt[NR_VECTORS] __aligned(4096);

static u8 gate_ist(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_NMI:
		return IST_NMI;
	case X86_TRAP_DF:
		return IST_DOUBLE_FAULT;
	case X86_TRAP_MC:
		return IST_MACHINE_CHECK;
	default:
		return IST_NONE;
	}
}

void idt_init(void)
{
	for (unsigned int i = 0; i < NR_VECTORS; i++) {
		bool ring3 = i == X86_TRAP_BP || i == X86_TRAP_OF || i == SYSCALL32_VECTOR;

		idt[i] = (struct gate){
			.offset_low = vector_stubs[i] & 0xffff,
			.selector = __KERNEL_CS,
			.ist = gate_ist(i),
			.type = GATE_INTERRUPT | (ring3 ? GATE_RING3 : 0),
			.offset_mid = vector_stubs[i] >> 16 & 0xffff,
			.offset_high = vector_stubs[i] >> 32,
		};
	}
}

void idt_load(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(idt) - 1, (unsigned long)idt };

	__asm__ volatile("lidt %0" :: "m"(pointer) : "memory");
}
