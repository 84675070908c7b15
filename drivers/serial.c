/*
 * serial.c - ttyS0: the first serial port, an NS16550A at port 0x3f8, interrupt 4.
 *
 * Input is driven by interrupts: the handler drains the chip's FIFO into the terminal. When the
 * terminal's ring is full the interrupt is masked, the bytes wait in the chip (and, under an
 * emulator, on the host), and unthrottle() unmasks it: nothing typed or piped in is lost, be it
 * before PID 1 runs. Output is polled, a FIFO's worth at a time: on emulated hardware the
 * transmitter is always ready at once. The early console (early_console.c) shares the transmitter
 * in the same manner.
 *
 * Source: National Semiconductor PC16550D data sheet, "Registers", "FIFO Interrupt Mode Operation".
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <tine/fs.h>
#include <tine/init.h>
#include <tine/printk.h>
#include <tine/tty.h>

#include "vga.h"

#define COM1		0x3f8
#define COM1_IRQ	4
#define TTYS0_DEV	MKDEV(4, 64)

#define UART_RBR	(COM1 + 0)	/* received byte */
#define UART_THR	(COM1 + 0)	/* byte to transmit */
#define UART_IER	(COM1 + 1)
#define UART_FCR	(COM1 + 2)
#define UART_LCR	(COM1 + 3)
#define UART_MCR	(COM1 + 4)
#define UART_LSR	(COM1 + 5)
#define UART_SCR	(COM1 + 7)

#define IER_RECEIVED	0x01
#define FCR_ENABLE	0x01		/* without the bits that clear the FIFOs */
#define LCR_8N1		0x03
#define MCR_DTR_RTS_OUT2 0x0b		/* OUT2 connects the interrupt line */
#define LSR_DATA_READY	0x01
#define LSR_THR_EMPTY	0x20
#define FIFO_SIZE	16
#define MAX_POLLS	1000000		/* a stuck line costs a second, not the kernel */

static bool throttled;			/* atomic: the receive interrupt is masked */

static void serial_write(struct tty_struct *tty, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		for (unsigned int i = 0; i < MAX_POLLS && !(inb(UART_LSR) & LSR_THR_EMPTY); i++)
			cpu_relax();
		for (unsigned int i = 0; i < FIFO_SIZE && done < len; i++)
			outb(UART_THR, text[done++]);
	}
	if (tty == console_tty())
		vga_console.write(text, len);
}

static void serial_unthrottle(struct tty_struct *tty)
{
	if (READ_ONCE(throttled) && xchg(&throttled, false))
		outb(UART_IER, IER_RECEIVED);
}

static const struct tty_driver serial_driver = {
	.name = "ttyS",
	.write = serial_write,
	.unthrottle = serial_unthrottle,
};

/*
 * Mask the interrupt because the ring is full. A reader may empty it at the same time: whoever
 * comes second sees what the first has done, so that the interrupt never stays masked with room.
 */
static bool throttle(struct tty_struct *tty)
{
	WRITE_ONCE(throttled, true);
	smp_mb();
	outb(UART_IER, 0);
	if (tty_input_room(tty))
		serial_unthrottle(tty);
	return READ_ONCE(throttled);
}

static size_t drain_fifo(unsigned char *buf, size_t size)
{
	size_t n = 0;

	while (n < size && (inb(UART_LSR) & LSR_DATA_READY))
		buf[n++] = inb(UART_RBR);
	return n;
}

/* The line is edge-triggered: leave only when the chip has nothing more to say, or is masked. */
static void serial_interrupt(unsigned int irq, void *arg)
{
	struct tty_struct *tty = arg;
	unsigned char buf[FIFO_SIZE];
	size_t n;

	do {
		unsigned int room = tty_input_room(tty);

		if (!room && throttle(tty))
			return;
		n = drain_fifo(buf, min_t(size_t, room, sizeof(buf)));
		tty_input(tty, buf, n);
	} while (n || !tty_input_room(tty));
}

/* Is there a chip? Its scratch register remembers a byte. */
static bool uart_present(void)
{
	outb(UART_SCR, 0xa5);
	return inb(UART_SCR) == 0xa5;
}

void serial_init(void)
{
	struct tty_struct *tty;

	if (!uart_present())
		return;
	tty = tty_alloc(&serial_driver, 0, TTYS0_DEV);
	if (!tty)
		panic("no memory for the terminal ttyS0");
	outb(UART_IER, 0);
	outb(UART_LCR, LCR_8N1);
	outb(UART_FCR, FCR_ENABLE);
	outb(UART_MCR, MCR_DTR_RTS_OUT2);
	if (request_irq(COM1_IRQ, serial_interrupt, tty))
		panic("interrupt %d of ttyS0 is taken", COM1_IRQ);
	outb(UART_IER, IER_RECEIVED);
	register_chrdev("ttyS0", TTYS0_DEV, 0620, &tty_file_operations);
	set_console_tty(tty);
}
