/*
 * acpi.c - reads the three tables that the kernel needs: MADT (interrupt controllers, CPUs), FADT
 * (power off, reset) and of the DSDT the one object that says how to power off.
 *
 * Firmware is not trusted: a table counts only if its length is sane and its checksum right; each
 * structure inside only if it lies wholly in its table. Nothing here is fatal: what cannot be read
 * keeps the defaults of a PC. ACPI Specification, "ACPI Software Programming Model".
 */
#include <arch/acpi.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/string.h>

#include "acpi_tables.h"

#define TABLE_MAX	(4U << 20)	/* a longer table is not believed */
#define LAPIC_DEFAULT	0xfee00000
#define EBDA_POINTER	0x40e		/* the BIOS's segment of its extended data area */
#define BIOS_START	0xe0000
#define BIOS_END	0x100000

struct acpi_info acpi_info;

static bool checksum_ok(const void *p, size_t len)
{
	const u8 *bytes = p;
	u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return sum == 0;
}

/* Map the table at @phys and check it; NULL if it is not a table with this signature. */
static const struct acpi_table *map_table(phys_addr_t phys, const char *signature)
{
	const struct acpi_table *table;
	u32 length;

	if (!phys)
		return NULL;
	table = ioremap(phys, sizeof(*table));
	length = table->length;
	if (memcmp(table->signature, signature, 4) != 0)
		return NULL;
	if (length < sizeof(*table) || length > TABLE_MAX) {
		printk("ACPI: %s of %u bytes ignored\n", signature, length);
		return NULL;
	}
	table = ioremap(phys, length);
	if (!checksum_ok(table, length)) {
		printk("ACPI: %s with a wrong checksum ignored\n", signature);
		return NULL;
	}
	return table;
}

/* ---- root pointer and directory ---- */

static bool rsdp_ok(const struct acpi_rsdp *rsdp)
{
	return memcmp(rsdp->signature, "RSD PTR ", 8) == 0 && checksum_ok(rsdp, ACPI_RSDP_V1_SIZE);
}

/* ACPI Specification, "Finding the RSDP on IA-PC Systems": on a 16-byte boundary in low memory. */
static const struct acpi_rsdp *scan_rsdp(phys_addr_t start, phys_addr_t end)
{
	for (phys_addr_t at = ALIGN_UP(start, 16); at + sizeof(struct acpi_rsdp) <= end; at += 16) {
		if (rsdp_ok(__va(at)))
			return __va(at);
	}
	return NULL;
}

static const struct acpi_rsdp *find_rsdp(void)
{
	const struct acpi_rsdp *rsdp = (const void *)boot_rsdp;
	phys_addr_t ebda = (phys_addr_t)*(const u16 *)__va(EBDA_POINTER) << 4;

	if (boot_rsdp_len >= ACPI_RSDP_V1_SIZE && rsdp_ok(rsdp))
		return rsdp;
	rsdp = NULL;
	if (ebda >= 0x80000 && ebda < 0xa0000)
		rsdp = scan_rsdp(ebda, min_t(phys_addr_t, ebda + 1024, 0xa0000));
	return rsdp ? rsdp : scan_rsdp(BIOS_START, BIOS_END);
}

/* Find the table with this signature through the XSDT (64-bit pointers) or the RSDT (32-bit). */
static const struct acpi_table *find_table(const struct acpi_rsdp *rsdp, const char *signature)
{
	bool wide = rsdp->revision >= 2 && rsdp->xsdt;
	const struct acpi_table *dir = wide ? map_table(rsdp->xsdt, "XSDT") : NULL;
	const u8 *entries;
	size_t size, count;

	if (!dir) {
		wide = false;
		dir = map_table(rsdp->rsdt, "RSDT");
	}
	if (!dir)
		return NULL;
	entries = (const u8 *)(dir + 1);
	size = wide ? sizeof(u64) : sizeof(u32);
	count = (dir->length - sizeof(*dir)) / size;
	for (size_t i = 0; i < count; i++) {
		const struct acpi_table *table;
		u64 phys = 0;

		memcpy(&phys, entries + i * size, size);
		table = map_table(phys, signature);
		if (table)
			return table;
	}
	return NULL;
}

/* ---- MADT ---- */

static void madt_cpu(const struct madt_lapic *cpu)
{
	if (!(cpu->flags & MADT_LAPIC_ENABLED))
		return;
	if (acpi_info.nr_cpus >= NR_CPUS) {
		printk("ACPI: CPU with APIC id %u ignored: %u is the limit\n", cpu->apic_id, NR_CPUS);
		return;
	}
	acpi_info.apic_id[acpi_info.nr_cpus++] = cpu->apic_id;
}

static void madt_ioapic(const struct madt_ioapic *io)
{
	/* The one with the lowest base serves the ISA interrupts. */
	if (acpi_info.ioapic && acpi_info.ioapic_gsi_base <= io->gsi_base)
		return;
	acpi_info.ioapic = io->address;
	acpi_info.ioapic_gsi_base = io->gsi_base;
}

static void madt_override(const struct madt_override *o)
{
	if (o->bus != 0 || o->source >= NR_ISA_IRQS)
		return;
	acpi_info.isa_irq[o->source].gsi = o->gsi;
	acpi_info.isa_irq[o->source].flags = o->flags;
}

static void read_madt(const struct acpi_madt *madt)
{
	const u8 *at = (const u8 *)(madt + 1), *end = (const u8 *)madt + madt->header.length;
	const struct madt_entry *e;

	if (madt->header.length < sizeof(*madt))
		return;
	acpi_info.lapic = madt->lapic;
	acpi_info.nr_cpus = 0;
	for (; at + sizeof(*e) <= end; at += e->length) {
		e = (const void *)at;
		if (e->length < sizeof(*e) || e->length > end - at)
			break;
		if (e->type == MADT_LAPIC && e->length >= sizeof(struct madt_lapic))
			madt_cpu((const void *)e);
		else if (e->type == MADT_IOAPIC && e->length >= sizeof(struct madt_ioapic))
			madt_ioapic((const void *)e);
		else if (e->type == MADT_OVERRIDE && e->length >= sizeof(struct madt_override))
			madt_override((const void *)e);
		else if (e->type == MADT_LAPIC_ADDRESS && e->length >= sizeof(struct madt_lapic_address))
			acpi_info.lapic = ((const struct madt_lapic_address *)e)->address;
	}
	if (!acpi_info.nr_cpus)
		acpi_info.nr_cpus = 1;
}

/* ---- FADT and the DSDT's \_S5_ ---- */

/* A small constant in AML: ZeroOp, OneOp or BytePrefix and a byte. Moves *@at behind it; -1 if none. */
static int aml_byte(const u8 **at, const u8 *end)
{
	if (*at >= end)
		return -1;
	switch (*(*at)++) {
	case AML_ZERO:
		return 0;
	case AML_ONE:
		return 1;
	case AML_BYTE_PREFIX:
		return *at < end ? *(*at)++ : -1;
	default:
		return -1;
	}
}

/* ACPI Specification, "\_Sx (System States)": NameOp, name, package of at least two constants. */
static bool parse_s5(const u8 *name, const u8 *start, const u8 *end)
{
	const u8 *at = name + 4;
	bool named = (name > start && name[-1] == AML_NAME) ||
		     (name > start + 1 && name[-1] == '\\' && name[-2] == AML_NAME);
	int a, b;

	if (!named || end - at < 3 || *at++ != AML_PACKAGE)
		return false;
	at += (*at >> 6) + 1;		/* PkgLength: its top two bits count the bytes that follow */
	if (at++ >= end)		/* number of elements */
		return false;
	a = aml_byte(&at, end);
	b = aml_byte(&at, end);
	if (a < 0)
		return false;
	acpi_info.slp_typa = a & 7;
	acpi_info.slp_typb = b < 0 ? 0 : b & 7;
	acpi_info.has_s5 = true;
	return true;
}

static void read_dsdt(const struct acpi_table *dsdt)
{
	const u8 *start = (const u8 *)(dsdt + 1), *end = (const u8 *)dsdt + dsdt->length;

	for (const u8 *at = start; at + 4 <= end; at++) {
		if (at[0] == '_' && memcmp(at, "_S5_", 4) == 0 && parse_s5(at, start, end))
			return;
	}
}

static void read_fadt(const struct acpi_table *table)
{
	struct acpi_fadt fadt = { 0 };		/* older ones are shorter */
	const struct acpi_table *dsdt;

	memcpy(&fadt, table, min_t(size_t, table->length, sizeof(fadt)));
	acpi_info.pm1a_cnt = fadt.pm1a_cnt;
	acpi_info.pm1b_cnt = fadt.pm1b_cnt;
	acpi_info.smi_cmd = fadt.smi_cmd;
	acpi_info.acpi_enable = fadt.acpi_enable;
	if ((fadt.flags & FADT_RESET_SUPPORTED) && fadt.reset_reg.space == GAS_IO &&
	    fadt.reset_reg.address <= UINT16_MAX) {
		acpi_info.reset_port = fadt.reset_reg.address;
		acpi_info.reset_value = fadt.reset_value;
	}
	dsdt = map_table(fadt.x_dsdt ? fadt.x_dsdt : fadt.dsdt, "DSDT");
	if (dsdt)
		read_dsdt(dsdt);
}

static void set_defaults(void)
{
	acpi_info.nr_cpus = 1;
	acpi_info.apic_id[0] = cpuid(1, 0).ebx >> 24;
	acpi_info.lapic = LAPIC_DEFAULT;
	for (unsigned int i = 0; i < NR_ISA_IRQS; i++)
		acpi_info.isa_irq[i].gsi = i;
}

void acpi_init(void)
{
	const struct acpi_rsdp *rsdp;
	const struct acpi_table *table;

	set_defaults();
	rsdp = find_rsdp();
	if (!rsdp) {
		printk("ACPI: no tables\n");
		return;
	}
	table = find_table(rsdp, "APIC");
	if (table)
		read_madt((const void *)table);
	table = find_table(rsdp, "FACP");
	if (table)
		read_fadt(table);
	printk("ACPI: %u CPUs, LAPIC at %llx, IOAPIC at %llx, PM1a control port %x, S5 type %u\n",
	       acpi_info.nr_cpus, (unsigned long long)acpi_info.lapic, (unsigned long long)acpi_info.ioapic,
	       acpi_info.pm1a_cnt, acpi_info.slp_typa);
}
