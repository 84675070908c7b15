/*
 * reboot.c - the ways out of the machine.
 */
#include <arch/acpi.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/irqflags.h>

#define DEBUG_EXIT_PORT	0xf4		/* QEMU: -device isa-debug-exit,iobase=0xf4 */
#define COM1_LSR	0x3fd
#define LSR_ALL_SENT	0x40
#define PM1_SCI_EN	0x0001		/* ACPI Specification, "PM1 Control Registers" */
#define PM1_SLP_TYP	10
#define PM1_SLP_EN	0x2000
#define RESET_CONTROL	0xcf9		/* PCI chipsets: hard reset */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET	0xfe
#define MAX_POLLS	1000000

/* What the console still has in its FIFO is lost with the machine: wait, but not for ever. */
static void drain_serial(void)
{
	for (unsigned int i = 0; i < MAX_POLLS && !(inb(COM1_LSR) & LSR_ALL_SENT); i++)
		cpu_relax();
}

static void acpi_power_off(void)
{
	const struct acpi_info *a = &acpi_info;

	if (!a->has_s5 || !a->pm1a_cnt)
		return;
	if (!(inw(a->pm1a_cnt) & PM1_SCI_EN) && a->smi_cmd && a->acpi_enable) {
		outb(a->smi_cmd, a->acpi_enable);
		for (unsigned int i = 0; i < MAX_POLLS && !(inw(a->pm1a_cnt) & PM1_SCI_EN); i++)
			cpu_relax();
	}
	outw(a->pm1a_cnt, a->slp_typa << PM1_SLP_TYP | PM1_SLP_EN);
	if (a->pm1b_cnt)
		outw(a->pm1b_cnt, a->slp_typb << PM1_SLP_TYP | PM1_SLP_EN);
}

void machine_halt(void)
{
	local_irq_disable();
	for (;;)
		__asm__ volatile("hlt");
}

void machine_power_off(unsigned int status)
{
	local_irq_disable();
	drain_serial();
	outb(DEBUG_EXIT_PORT, status);
	acpi_power_off();
	machine_halt();
}

void machine_restart(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;

	local_irq_disable();
	drain_serial();
	if (acpi_info.reset_port)
		outb(acpi_info.reset_port, acpi_info.reset_value);
	outb(RESET_CONTROL, 0x02);
	outb(RESET_CONTROL, 0x06);
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	/* Nothing left but the triple fault. */
	__asm__ volatile("lidt %0; int3" :: "m"(no_idt) : "memory");
	machine_halt();
}
