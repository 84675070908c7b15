/*
 * machine.h - a machine for host tests of mm: physical memory mapped at PAGE_OFFSET, one CPU, and
 * what the allocators call below them. Included once, by the test itself.
 *
 * panic() returns to the PANICS() that expects it, else fails the test. State that the panic leaves
 * behind (locks, lists) is the test's to avoid.
 */
#pragma once

#include "unit.h"
#include <string.h>
#include <sys/mman.h>

#include <tine/page.h>
#include <tine/percpu.h>
#include <tine/preempt.h>
#include <tine/printk.h>
#include "../../../mm/frames.h"

bool host_irqs_off;
unsigned long __per_cpu_offset[NR_CPUS];
unsigned long this_cpu_offset;
unsigned int cpu_number;
unsigned int nr_cpu_ids = 1;
unsigned int preempt_count;
bool resched_pending;
long ledger_counts[NR_LEDGER_ITEMS];

/* The running task: all zero, so nothing is armed to fail. sched.h does not go with the libc. */
static char task[65536];
void *current_task = task;

static jmp_buf panic_return;
static bool panic_expected;
static char panic_text[256];

/* Does @action panic with a message that contains @words? */
#define PANICS(words, action) do { \
	panic_expected = true; \
	if (setjmp(panic_return) == 0) { \
		action; \
		fail_msg("no panic: %s", #action); \
	} \
	panic_expected = false; \
	if (!strstr(panic_text, words)) \
		fail_msg("panic says: %s", panic_text); \
} while (0)

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(panic_text, sizeof(panic_text), fmt, args);
	va_end(args);
	if (!panic_expected)
		fail_msg("panic: %s", panic_text);
	preempt_count = 0;
	host_irqs_off = false;
	longjmp(panic_return, 1);
}

void assert_failed(const char *file, int line, const char *what)
{
	panic("%s:%d: %s", file, line, what);
}

void warn_failed(const char *file, int line, const char *what)
{
	fail_msg("warning at %s:%d: %s", file, line, what);
}

void preempt_check(void)
{
}

void might_sleep_check(const char *file, int line)
{
	if (preempt_count)
		fail_msg("%s:%d may sleep with preemption off", file, line);
}

bool should_fail_slow(unsigned int site);
bool should_fail_slow(unsigned int site)
{
	return false;
}

void spin_lock_slow(spinlock_t *lock)
{
	fail_msg("a lock is taken twice");
}

long ledger_read(unsigned int item)
{
	return ledger_counts[item];
}

void clear_page(void *page);
void clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

/* Physical memory from 0 to @bytes. */
static inline void machine_memory(size_t bytes)
{
	void *memory = mmap((void *)PAGE_OFFSET, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory != (void *)PAGE_OFFSET) {
		perror("mmap of the machine's memory");
		exit(1);
	}
	/* Nobody may count on memory that happens to be zero. */
	memset(memory, 0xc3, bytes);
}
