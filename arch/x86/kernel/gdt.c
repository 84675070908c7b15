/*
 * gdt.c - segments and task-state segment of each CPU.
 *
 * Both are per-CPU data. Before setup_per_cpu_areas() the boot CPU uses the ones in the section
 * itself; gdt_init() runs again when it has its own copy.
 */
#include <arch/desc.h>
#include <arch/setup.h>

struct gdt {
	u64 entry[GDT_ENTRIES];
} __aligned(16);

struct ist_stack {
	char bytes[IST_STACK_SIZE];
} __aligned(16);

/* Within one page: the CPU reads the TSS by physical neighbours. */
DEFINE_PER_CPU(struct tss, cpu_tss) __aligned(128);
DEFINE_PER_CPU(unsigned long, kernel_stack_top);
DEFINE_PER_CPU(unsigned long, user_sp_scratch);
static DEFINE_PER_CPU(struct gdt, cpu_gdt);
static DEFINE_PER_CPU(struct ist_stack, ist_stacks[NR_IST]);

/* Access bytes and flags: Intel SDM, "Segment Descriptors". Base 0, limit 4 GiB, accessed. */
#define SEG_CODE64	0x00af9b000000ffffULL
#define SEG_CODE32	0x00cf9b000000ffffULL
#define SEG_DATA	0x00cf93000000ffffULL
#define SEG_RING3	0x0000600000000000ULL
#define SEG_TSS		0x0000890000000000ULL	/* available; ltr makes it busy */

static void set_tss_descriptor(u64 *entry, unsigned long base)
{
	entry[0] = SEG_TSS | (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
		   (base >> 24 & 0xff) << 56;
	entry[1] = base >> 32;
}

static void fill_tss(struct tss *tss)
{
	struct ist_stack *stacks = this_cpu_ptr(&ist_stacks[0]);

	for (unsigned int i = 0; i < NR_IST; i++)
		tss->ist[i] = (unsigned long)(stacks + i + 1);
	tss->iomap_base = sizeof(*tss);
}

static void load_gdt(struct gdt *gdt)
{
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(*gdt) - 1, (unsigned long)gdt };

	__asm__ volatile("lgdt %0" :: "m"(pointer) : "memory");
	/* CS and SS keep their values, which mean the same in the new table. */
	__asm__ volatile("ltr %w0" :: "r"(GDT_TSS * 8) : "memory");
}

void gdt_init(void)
{
	struct gdt *gdt = this_cpu_ptr(&cpu_gdt);
	struct tss *tss = this_cpu_ptr(&cpu_tss);

	gdt->entry[GDT_KERNEL32_CS] = SEG_CODE32;
	gdt->entry[GDT_KERNEL_CS] = SEG_CODE64;
	gdt->entry[GDT_KERNEL_DS] = SEG_DATA;
	gdt->entry[GDT_USER32_CS] = SEG_CODE32 | SEG_RING3;
	gdt->entry[GDT_USER_DS] = SEG_DATA | SEG_RING3;
	gdt->entry[GDT_USER_CS] = SEG_CODE64 | SEG_RING3;
	fill_tss(tss);
	set_tss_descriptor(&gdt->entry[GDT_TSS], (unsigned long)tss);
	load_gdt(gdt);
}

void load_tls(const u64 *tls_array)
{
	struct gdt *gdt = this_cpu_ptr(&cpu_gdt);

	for (unsigned int i = 0; i < GDT_TLS_ENTRIES; i++)
		gdt->entry[GDT_TLS_MIN + i] = tls_array[i];
}

bool on_ist_stack(unsigned long addr)
{
	unsigned long start = (unsigned long)this_cpu_ptr(&ist_stacks[0]);

	return addr >= start && addr < start + sizeof(ist_stacks);
}
