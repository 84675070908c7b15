/*
 * acpi.h - what the firmware's tables say about the machine.
 *
 * Filled once by acpi_init() at boot, constant afterwards. Without (usable) tables it describes a
 * PC with one CPU and no power control: nr_cpus 1, ioapic 0.
 * ACPI Specification, "Multiple APIC Description Table", "Fixed ACPI Description Table".
 */
#pragma once

#include <tine/percpu.h>
#include <tine/types.h>

#define NR_ISA_IRQS	16

/* isa_irq.flags: MPS INTI flags. 0 in a field means "as the ISA bus has it": high, edge. */
#define ACPI_INTI_POLARITY_MASK	0x3
#define ACPI_INTI_ACTIVE_LOW	0x3
#define ACPI_INTI_TRIGGER_MASK	0xc
#define ACPI_INTI_LEVEL		0xc

struct acpi_info {
	unsigned int nr_cpus;		/* usable ones, at most NR_CPUS; at least 1 */
	u8 apic_id[NR_CPUS];		/* of each, in the order of the MADT */
	phys_addr_t lapic;		/* local APIC registers */
	phys_addr_t ioapic;		/* the IOAPIC that serves the ISA interrupts; 0: none */
	u32 ioapic_gsi_base;		/* first global interrupt of that IOAPIC */
	struct {
		u32 gsi;		/* where the ISA interrupt arrives: the same number unless overridden */
		u16 flags;		/* ACPI_INTI_* */
	} isa_irq[NR_ISA_IRQS];

	/* power off: I/O ports, 0 if there is none, and what to write to them */
	u16 pm1a_cnt, pm1b_cnt;
	u16 smi_cmd;
	u8 acpi_enable;
	bool has_s5;
	u8 slp_typa, slp_typb;

	/* reset: I/O port, 0 if there is none */
	u16 reset_port;
	u8 reset_value;
};

extern struct acpi_info acpi_info;

/* Read the tables. The root pointer comes from the boot loader or is looked for. */
void acpi_init(void);

/* The root pointer as the boot loader passed it; rsdp_len 0 if it did not. */
#define ACPI_RSDP_MAX	64
extern u8 boot_rsdp[ACPI_RSDP_MAX];
extern unsigned int boot_rsdp_len;
