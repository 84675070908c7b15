/*
 * printk.c - the kernel's log: a ring of text, and the consoles that show it as it grows.
 *
 * printk() may be called from anywhere: interrupts, NMI, a trap inside printk() itself, panic().
 * So the log has a lock of its own kind: it is taken with interrupts off and remembers its CPU; who
 * finds it held by the own CPU (an NMI or a fault in the middle of a printk()) goes on without
 * it. The worst that can then happen is text in the wrong order, since all positions in the ring
 * are reduced modulo its size at each use. After console_break_locks() nobody takes it any more.
 *
 * Consoles are polled and run under the log's lock, which keeps lines whole.
 */
#include <arch/irqflags.h>
#include <tine/atomic.h>
#include <tine/format.h>
#include <tine/percpu.h>
#include <tine/printk.h>
#include <tine/string.h>
#include <tine/time.h>

#define LINE_MAX	1024		/* longest text of one call; the rest is cut */

static char log_buf[LOG_BUF_SIZE];
static u64 log_end;			/* (l) bytes ever written; the last LOG_BUF_SIZE are there */
static bool log_in_line;		/* (l) the last line is not finished */
static unsigned int log_owner;		/* (l) itself: 0, or 1 + CPU */
static bool locks_broken;
static struct console *consoles;	/* (l) */

/* Returns whether the lock was taken, for log_unlock(). Interrupts are off. */
static bool log_lock(void)
{
	unsigned int me = smp_processor_id() + 1;

	if (READ_ONCE(log_owner) == me)
		return false;
	while (!READ_ONCE(locks_broken)) {
		if (cmpxchg(&log_owner, 0U, me) == 0)
			return true;
		cpu_relax();
	}
	return false;
}

static void log_unlock(bool locked)
{
	if (locked)
		smp_store_release(&log_owner, 0U);
}

/* What was being written when it happened stays an unfinished line. */
void console_break_locks(void)
{
	WRITE_ONCE(locks_broken, true);
	log_in_line = false;
	console_write_all("\n", 1);
}

void console_write_all(const char *text, size_t len)
{
	for (struct console *con = READ_ONCE(consoles); con; con = con->next)
		con->write(text, len);
}

void register_console(struct console *con)
{
	unsigned long flags = local_irq_save();
	bool locked = log_lock();

	con->next = consoles;
	WRITE_ONCE(consoles, con);
	log_unlock(locked);
	local_irq_restore(flags);
}

/* Append to the ring and show. The log is locked. */
static void log_append(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		log_buf[log_end++ % LOG_BUF_SIZE] = text[i];
	console_write_all(text, len);
}

static void log_stamp(void)
{
	ktime_t now = clock_read();
	char stamp[32];
	int len = scnprintf(stamp, sizeof(stamp), "[%5lu.%06lu] ", (unsigned long)(now / NSEC_PER_SEC),
			    (unsigned long)(now % NSEC_PER_SEC / NSEC_PER_USEC));

	log_append(stamp, len);
}

/* Cut the text of one call into lines, each of which starts with the time. The log is locked. */
static void log_text(const char *text, size_t len)
{
	while (len) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) + 1 : len;

		if (!log_in_line)
			log_stamp();
		log_append(text, n);
		log_in_line = !nl;
		text += n;
		len -= n;
	}
}

void vprintk(const char *fmt, va_list args)
{
	char text[LINE_MAX];
	size_t len = vsnprintf(text, sizeof(text), fmt, args);
	unsigned long flags;
	bool locked;

	if (len >= sizeof(text)) {
		len = sizeof(text) - 1;
		text[len - 1] = '\n';
	}
	flags = local_irq_save();
	locked = log_lock();
	log_text(text, len);
	log_unlock(locked);
	local_irq_restore(flags);
}

void printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

size_t log_length(void)
{
	return min_t(u64, READ_ONCE(log_end), LOG_BUF_SIZE);
}

size_t log_copy(char *buf, size_t size)
{
	unsigned long flags = local_irq_save();
	bool locked = log_lock();
	size_t len = min(size, log_length());

	for (size_t i = 0; i < len; i++)
		buf[i] = log_buf[(log_end - len + i) % LOG_BUF_SIZE];
	log_unlock(locked);
	local_irq_restore(flags);
	return len;
}
