/*
 * acpi_tables.h - the layout of the ACPI tables that acpi.c reads. ACPI Specification, "ACPI System
 * Description Tables". Nothing in them is aligned.
 */
#pragma once

#include <tine/compiler.h>

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;		/* 0: ends after rsdt */
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __packed;
#define ACPI_RSDP_V1_SIZE 20

struct acpi_table {
	char signature[4];
	u32 length;		/* with this header */
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

struct acpi_madt {
	struct acpi_table header;
	u32 lapic;
	u32 flags;
} __packed;

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5 };
#define MADT_LAPIC_ENABLED 1

struct madt_entry {
	u8 type, length;
} __packed;

struct madt_lapic {
	struct madt_entry entry;
	u8 processor, apic_id;
	u32 flags;
} __packed;

struct madt_ioapic {
	struct madt_entry entry;
	u8 id, reserved;
	u32 address;
	u32 gsi_base;
} __packed;

struct madt_override {
	struct madt_entry entry;
	u8 bus, source;
	u32 gsi;
	u16 flags;
} __packed;

struct madt_lapic_address {
	struct madt_entry entry;
	u16 reserved;
	u64 address;
} __packed;

/* Generic address structure. */
struct acpi_gas {
	u8 space, bits, offset, access;
	u64 address;
} __packed;
#define GAS_IO	1

struct acpi_fadt {
	struct acpi_table header;
	u32 facs, dsdt;
	u8 reserved, profile;
	u16 sci_int;
	u32 smi_cmd;
	u8 acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	u32 pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_timer, gpe0, gpe1;
	u8 lengths_and_latencies[24];
	u32 flags;
	struct acpi_gas reset_reg;
	u8 reset_value;
	u8 arm_and_minor[3];
	u64 x_facs, x_dsdt;
} __packed;
#define FADT_RESET_SUPPORTED (1U << 10)

_Static_assert(offsetof(struct acpi_fadt, pm1a_cnt) == 64, "FADT layout");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "FADT layout");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "FADT layout");

/* AML opcodes that the search for \_S5_ meets. */
enum { AML_ZERO = 0x00, AML_ONE = 0x01, AML_NAME = 0x08, AML_BYTE_PREFIX = 0x0a, AML_PACKAGE = 0x12 };
