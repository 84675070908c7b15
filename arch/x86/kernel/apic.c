/*
 * apic.c - the local APIC of each CPU.
 *
 * Always in xAPIC mode, registers in one uncached page that every CPU sees as its own. If the
 * firmware left x2APIC mode on, the way back leads through "disabled" (Intel SDM, "x2APIC State
 * Transitions").
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/msr.h>
#include <tine/page.h>
#include <tine/printk.h>

/* Registers: byte offsets, Intel SDM "Local APIC Register Address Map". */
#define LAPIC_ID		0x020
#define LAPIC_TPR		0x080
#define LAPIC_EOI		0x0b0
#define LAPIC_SVR		0x0f0
#define LAPIC_ESR		0x280
#define LAPIC_LVT_TIMER		0x320
#define LAPIC_LVT_LINT0		0x350
#define LAPIC_LVT_LINT1		0x360
#define LAPIC_LVT_ERROR		0x370
#define LAPIC_TIMER_INITIAL	0x380
#define LAPIC_TIMER_CURRENT	0x390
#define LAPIC_TIMER_DIVIDE	0x3e0

#define SVR_ENABLE		0x100
#define LVT_MASKED		0x10000
#define LVT_NMI			0x400
#define TIMER_DIVIDE_BY_1	0xb

#define APIC_BASE_X2APIC	0x400
#define APIC_BASE_ENABLE	0x800

#define LAPIC_DEFAULT		0xfee00000UL

static u8 *lapic;	/* constant after lapic_map() */

static inline void lapic_write(unsigned int reg, u32 value)
{
	writel(lapic + reg, value);
}

static inline u32 lapic_read(unsigned int reg)
{
	return readl(lapic + reg);
}

void lapic_map(void)
{
	lapic = ioremap(acpi_info.lapic ? acpi_info.lapic : LAPIC_DEFAULT, PAGE_SIZE);
}

void lapic_init_cpu(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (base & APIC_BASE_X2APIC) {
		base &= ~(u64)(APIC_BASE_X2APIC | APIC_BASE_ENABLE);
		wrmsr(MSR_APIC_BASE, base);
	}
	wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);

	/* The enable bit first: while it is clear, all LVT masks are stuck. */
	lapic_write(LAPIC_SVR, SVR_ENABLE | LAPIC_SPURIOUS_VECTOR);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
	lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_VECTOR);
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);	/* where the 8259 is wired to */
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
	lapic_write(LAPIC_LVT_ERROR, LAPIC_ERROR_VECTOR);
	lapic_error();
	lapic_eoi();
}

u32 lapic_id(void)
{
	return lapic_read(LAPIC_ID) >> 24;
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

u32 lapic_error(void)
{
	lapic_write(LAPIC_ESR, 0);
	return lapic_read(LAPIC_ESR);
}

void lapic_timer_start(u32 count)
{
	lapic_write(LAPIC_TIMER_INITIAL, count);
}

u32 lapic_timer_left(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}
