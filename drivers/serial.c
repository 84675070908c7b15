/*
 * serial.c - ttyS0: the first serial port, an NS16550A at port 0x3f8, interrupt 4.
 *
 * Input: the handler drains the chip's FIFO into the terminal. When the terminal's ring is full the
 * receive interrupt is masked, the bytes wait in the chip (and, under an emulator, on the host), and
 * unthrottle() unmasks it: nothing typed or piped in is lost, be it before PID 1 runs.
 *
 * Output goes through a ring of our own to the chip, as much at once as the chip takes; the rest
 * follows with its interrupts, so that nobody spins while the other side is slow. The early console
 * (early_console.c) shares the transmitter: it polls until that is free.
 *
 * Locks: tty->lock guards the output ring; uart_lock (irqs off, innermost) the interrupt mask.
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
#define UART_IIR	(COM1 + 2)	/* read */
#define UART_FCR	(COM1 + 2)	/* write */
#define UART_LCR	(COM1 + 3)
#define UART_MCR	(COM1 + 4)
#define UART_LSR	(COM1 + 5)
#define UART_SCR	(COM1 + 7)

#define IER_RECEIVED	0x01
#define IER_THR_EMPTY	0x02
#define IIR_NONE	0x01		/* no interrupt is pending */
#define FCR_ENABLE	0x01		/* without the bits that clear the FIFOs */
#define LCR_8N1		0x03
#define MCR_DTR_RTS_OUT2 0x0b		/* OUT2 connects the interrupt line */
#define LSR_DATA_READY	0x01
#define LSR_THR_EMPTY	0x20
#define FIFO_SIZE	16
#define TX_SIZE		4096		/* a power of two */

static struct {
	char text[TX_SIZE];		/* tty->lock */
	unsigned int head, tail;	/* tty->lock; only grow, indices modulo TX_SIZE */
} tx;
static DEFINE_SPINLOCK(uart_lock);
static u8 enabled;			/* uart_lock; the interrupt mask as the chip has it */
static bool throttled;			/* atomic: the receive interrupt is masked */

static void set_interrupts(u8 on, u8 off)
{
	unsigned long flags = spin_lock_irqsave(&uart_lock);
	u8 mask = (enabled | on) & ~off;

	if (mask != enabled) {
		enabled = mask;
		outb(UART_IER, mask);
	}
	spin_unlock_irqrestore(&uart_lock, flags);
}

/* ---- output ------------------------------------------------------------------------------- */

/* Give the chip what it takes; with more to come, let it tell when it is ready. tty->lock held. */
static void transmit(void)
{
	while (tx.tail != tx.head && (inb(UART_LSR) & LSR_THR_EMPTY)) {
		for (unsigned int i = 0; i < FIFO_SIZE && tx.tail != tx.head; i++)
			outb(UART_THR, tx.text[tx.tail++ % TX_SIZE]);
	}
	if (tx.tail != tx.head)
		set_interrupts(IER_THR_EMPTY, 0);
	else
		set_interrupts(0, IER_THR_EMPTY);
}

/* The line discipline looks at write_room first; what is too much is lost. */
static void serial_write(struct tty_struct *tty, const char *text, size_t len)
{
	for (size_t i = 0; i < len && tx.head - tx.tail < TX_SIZE; i++)
		tx.text[tx.head++ % TX_SIZE] = text[i];
	transmit();
	if (tty == console_tty())
		vga_console.write(text, len);
}

static unsigned int serial_write_room(struct tty_struct *tty)
{
	return TX_SIZE - (tx.head - tx.tail);
}

static unsigned int serial_chars_in_buffer(struct tty_struct *tty)
{
	return tx.head - tx.tail;
}

static void serial_flush_buffer(struct tty_struct *tty)
{
	tx.tail = tx.head;
}

/* The chip is ready for more. */
static void transmit_more(struct tty_struct *tty)
{
	unsigned int left;

	spin_lock(&tty->lock);
	transmit();
	left = tx.head - tx.tail;
	spin_unlock(&tty->lock);
	if (left < TX_SIZE / 2)
		tty_wakeup(tty);
}

/* ---- input -------------------------------------------------------------------------------- */

static void serial_unthrottle(struct tty_struct *tty)
{
	if (READ_ONCE(throttled) && xchg(&throttled, false))
		set_interrupts(IER_RECEIVED, 0);
}

/*
 * Mask the interrupt because the ring is full. A reader may empty it at the same time: whoever
 * comes second sees what the first has done, so that the interrupt never stays masked with room.
 */
static bool throttle(struct tty_struct *tty)
{
	set_interrupts(0, IER_RECEIVED);
	WRITE_ONCE(throttled, true);
	smp_mb();
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

static void receive(struct tty_struct *tty)
{
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

/* The line is edge-triggered: leave only when the chip has nothing more to say. */
static void serial_interrupt(unsigned int irq, void *arg)
{
	while (!(inb(UART_IIR) & IIR_NONE)) {
		receive(arg);
		transmit_more(arg);
	}
}

static const struct tty_driver serial_driver = {
	.name = "ttyS",
	.write = serial_write,
	.write_room = serial_write_room,
	.chars_in_buffer = serial_chars_in_buffer,
	.flush_buffer = serial_flush_buffer,
	.unthrottle = serial_unthrottle,
};

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
	tty = tty_alloc(&serial_driver, 0, TTYS0_DEV, NULL);
	if (!tty)
		panic("no memory for the terminal ttyS0");
	outb(UART_IER, 0);
	outb(UART_LCR, LCR_8N1);
	outb(UART_FCR, FCR_ENABLE);
	outb(UART_MCR, MCR_DTR_RTS_OUT2);
	if (request_irq(COM1_IRQ, serial_interrupt, tty))
		panic("interrupt %d of ttyS0 is taken", COM1_IRQ);
	set_interrupts(IER_RECEIVED, 0);
	register_chrdev("ttyS0", TTYS0_DEV, 0620, &tty_file_operations);
	set_console_tty(tty);
}
