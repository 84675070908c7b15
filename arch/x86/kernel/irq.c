/*
 * irq.c - interrupts: from the vector to the handler.
 *
 * Handlers run with interrupts off, on the stack of whoever was interrupted, and with
 * HARDIRQ_OFFSET in preempt_count, so that nothing is switched before they end. A switch that they
 * ask for happens in the entry code, on the way back.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/entry.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/setup.h>
#include <arch/traps.h>
#include <tine/preempt.h>
#include <tine/printk.h>
#include <tine/spinlock.h>
#include <tine/time.h>
#include <tine/uapi.h>

/* The two 8259s. Intel 8259A datasheet, "Initialization Command Words". */
#define PIC1_COMMAND	0x20
#define PIC1_DATA	0x21
#define PIC2_COMMAND	0xa0
#define PIC2_DATA	0xa1
#define ICW1_INIT_ICW4	0x11
#define ICW3_MASTER	0x04	/* the second one sits at input 2 ... */
#define ICW3_SLAVE	0x02	/* ... and has to know it */
#define ICW4_8086	0x01
#define PIC_MASK_ALL	0xff

struct irq_action {
	irq_handler_t handler;	/* NULL: free. Set last, then constant */
	void *arg;
};

static DEFINE_SPINLOCK(irq_lock);	/* irqs off: giving an action away */
static struct irq_action irq_actions[NR_ISA_IRQS];

static void pic_write(u16 port, u8 value)
{
	outb(port, value);
	io_delay();
}

/* Out of the way of the exceptions, then silent; a spurious interrupt may still get through. */
static void pic_disable(void)
{
	pic_write(PIC1_COMMAND, ICW1_INIT_ICW4);
	pic_write(PIC2_COMMAND, ICW1_INIT_ICW4);
	pic_write(PIC1_DATA, PIC_VECTOR_BASE);
	pic_write(PIC2_DATA, PIC_VECTOR_BASE + 8);
	pic_write(PIC1_DATA, ICW3_MASTER);
	pic_write(PIC2_DATA, ICW3_SLAVE);
	pic_write(PIC1_DATA, ICW4_8086);
	pic_write(PIC2_DATA, ICW4_8086);
	pic_write(PIC1_DATA, PIC_MASK_ALL);
	pic_write(PIC2_DATA, PIC_MASK_ALL);
}

void irqchip_init(void)
{
	pic_disable();
	lapic_map();
	lapic_init_cpu();
	ioapic_init();
}

int request_irq(unsigned int irq, irq_handler_t handler, void *arg)
{
	struct irq_action *action = &irq_actions[irq];
	unsigned long flags;
	int err = -EBUSY;

	assert(irq < NR_ISA_IRQS);
	flags = spin_lock_irqsave(&irq_lock);
	if (!action->handler) {
		action->arg = arg;
		smp_store_release(&action->handler, handler);
		ioapic_route_isa(irq, ISA_VECTOR_BASE + irq, lapic_id());
		err = 0;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

/* The end of interrupt comes after the handler: a level-triggered line is quiet by then. */
static void device_irq(unsigned int irq)
{
	struct irq_action *action = &irq_actions[irq];
	irq_handler_t handler = smp_load_acquire(&action->handler);

	if (handler)
		handler(irq, action->arg);
	lapic_eoi();
}

/* Nobody asked for it: said once for each vector. */
static void unexpected_irq(unsigned int vector)
{
	static bool said[NR_VECTORS];

	if (!said[vector]) {
		said[vector] = true;
		printk("irq: unexpected interrupt, vector %u\n", vector);
	}
}

static void other_irq(unsigned int vector)
{
	if (vector >= PIC_VECTOR_BASE && vector < PIC_VECTOR_BASE + NR_ISA_IRQS)
		return;			/* spurious, from an 8259 */
	if (vector == LAPIC_SPURIOUS_VECTOR)
		return;			/* is not acknowledged */
	if (vector == LAPIC_ERROR_VECTOR)
		printk("irq: local APIC error, status 0x%x\n", lapic_error());
	else
		unexpected_irq(vector);
	lapic_eoi();
}

void do_irq(struct pt_regs *regs, unsigned int vector)
{
	check_kernel_entry();
	this_cpu_add(preempt_count, HARDIRQ_OFFSET);
	if (likely(vector == LAPIC_TIMER_VECTOR)) {
		lapic_eoi();		/* first: timer_interrupt() starts the timer again */
		timer_interrupt(user_mode(regs));
	} else if (vector - ISA_VECTOR_BASE < NR_ISA_IRQS) {
		device_irq(vector - ISA_VECTOR_BASE);
	} else {
		other_irq(vector);
	}
	this_cpu_add(preempt_count, -HARDIRQ_OFFSET);
}
