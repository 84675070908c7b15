/*
 * early_console.c - the console that works before everything else: polled output on COM1.
 *
 * Also the console of panic(), so it needs no lock, no interrupt and no memory. The driver of ttyS0
 * (serial.c) shares the chip: only the transmitter is used here, after waiting until it is free.
 * National Semiconductor PC16550D data sheet, "Registers".
 */
#include <arch/irqflags.h>
#include <arch/io.h>
#include <tine/init.h>
#include <tine/printk.h>

#include "vga.h"

#define COM1		0x3f8
#define UART_THR	(COM1 + 0)	/* transmit; divisor low while DLAB is set */
#define UART_IER	(COM1 + 1)	/* interrupts; divisor high */
#define UART_FCR	(COM1 + 2)
#define UART_LCR	(COM1 + 3)
#define UART_MCR	(COM1 + 4)
#define UART_LSR	(COM1 + 5)
#define UART_SCR	(COM1 + 7)	/* a byte without a meaning: shows whether there is a chip */

#define LCR_8N1		0x03
#define LCR_DLAB	0x80
#define FCR_ENABLE_CLEAR 0x07
#define MCR_DTR_RTS_OUT2 0x0b
#define LSR_THR_EMPTY	0x20
#define DIVISOR_115200	1
#define MAX_POLLS	1000000		/* a stuck line costs a second, not the kernel */

static bool uart_present;

static void uart_putc(char c)
{
	for (unsigned int i = 0; i < MAX_POLLS && !(inb(UART_LSR) & LSR_THR_EMPTY); i++)
		cpu_relax();
	outb(UART_THR, c);
}

static void uart_write(const char *text, size_t len)
{
	if (!uart_present)
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			uart_putc('\r');
		uart_putc(text[i]);
	}
}

static void uart_init(void)
{
	outb(UART_SCR, 0x5a);
	uart_present = inb(UART_SCR) == 0x5a;
	if (!uart_present)
		return;
	outb(UART_IER, 0);
	outb(UART_LCR, LCR_DLAB);
	outb(UART_THR, DIVISOR_115200);
	outb(UART_IER, 0);
	outb(UART_LCR, LCR_8N1);
	outb(UART_FCR, FCR_ENABLE_CLEAR);
	outb(UART_MCR, MCR_DTR_RTS_OUT2);
}

static struct console uart_console = { .name = "ttyS0", .write = uart_write };

void console_early_init(void)
{
	uart_init();
	vga_init();
	register_console(&vga_console);
	register_console(&uart_console);
}
