/*
 * ioapic.c - the IOAPIC: which device interrupt goes to which CPU as which vector.
 *
 * Only the one that serves the ISA interrupts is used. 82093AA datasheet, "Register Description".
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/spinlock.h>

#define IOREGSEL	0x00
#define IOWIN		0x10

#define IOAPIC_VERSION	0x01
#define IOAPIC_REDIR(n)	(0x10 + 2 * (n))	/* low half; the high half follows */

#define REDIR_ACTIVE_LOW (1U << 13)
#define REDIR_LEVEL	(1U << 15)
#define REDIR_MASKED	(1U << 16)
#define REDIR_DEST_SHIFT 24			/* in the high half */

#define IOAPIC_DEFAULT	0xfec00000UL

static DEFINE_SPINLOCK(ioapic_lock);		/* irqs off: the register pair */
static u8 *ioapic;				/* constant after ioapic_init() */
static unsigned int nr_inputs;			/* constant after ioapic_init() */

static void ioapic_write(unsigned int reg, u32 value)
{
	writel(ioapic + IOREGSEL, reg);
	writel(ioapic + IOWIN, value);
}

static u32 ioapic_read(unsigned int reg)
{
	writel(ioapic + IOREGSEL, reg);
	return readl(ioapic + IOWIN);
}

void ioapic_init(void)
{
	unsigned int i;

	if (!acpi_info.ioapic)
		printk("ioapic: none described, trying the usual address\n");
	ioapic = ioremap(acpi_info.ioapic ? acpi_info.ioapic : IOAPIC_DEFAULT, PAGE_SIZE);
	nr_inputs = ((ioapic_read(IOAPIC_VERSION) >> 16) & 0xff) + 1;
	for (i = 0; i < nr_inputs; i++)
		ioapic_write(IOAPIC_REDIR(i), REDIR_MASKED);
}

void ioapic_route_isa(unsigned int irq, unsigned int vector, u32 apic_id)
{
	u16 inti = acpi_info.isa_irq[irq].flags;
	unsigned int input = acpi_info.isa_irq[irq].gsi - acpi_info.ioapic_gsi_base;
	unsigned long flags;
	u32 low = vector;

	if (input >= nr_inputs) {
		printk("ioapic: interrupt %u is not among its %u inputs\n", irq, nr_inputs);
		return;
	}
	if ((inti & ACPI_INTI_POLARITY_MASK) == ACPI_INTI_ACTIVE_LOW)
		low |= REDIR_ACTIVE_LOW;
	if ((inti & ACPI_INTI_TRIGGER_MASK) == ACPI_INTI_LEVEL)
		low |= REDIR_LEVEL;

	flags = spin_lock_irqsave(&ioapic_lock);
	ioapic_write(IOAPIC_REDIR(input), REDIR_MASKED);
	ioapic_write(IOAPIC_REDIR(input) + 1, apic_id << REDIR_DEST_SHIFT);
	ioapic_write(IOAPIC_REDIR(input), low);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}
