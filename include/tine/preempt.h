/*
 * preempt.h - when the running task may be taken off its CPU.
 *
 * A per-CPU count: bits 0-15 count reasons against preemption (spinlocks, explicit disables),
 * bits 16-23 count hard interrupts being served. Zero means that an interrupt which sets
 * TIF_NEED_RESCHED switches tasks before it returns, in kernel mode too.
 */
#pragma once

#include <tine/percpu.h>

#define PREEMPT_OFFSET	1U
#define HARDIRQ_OFFSET	(1U << 16)
#define HARDIRQ_MASK	(0xffU << 16)

DECLARE_PER_CPU(unsigned int, preempt_count);
/* The CPU's running task has TIF_NEED_RESCHED: the same fact where preempt_enable() sees it with one
 * instruction. Only the scheduler writes it. */
DECLARE_PER_CPU(bool, resched_pending);

#define in_interrupt()	((this_cpu_read(preempt_count) & HARDIRQ_MASK) != 0)
#define preemptible()	(this_cpu_read(preempt_count) == 0)

static inline void preempt_disable(void)
{
	this_cpu_add(preempt_count, PREEMPT_OFFSET);
	barrier();
}

static inline void preempt_enable_no_resched(void)
{
	barrier();
	this_cpu_add(preempt_count, -PREEMPT_OFFSET);
}

/* Also switches at once if the count is zero, interrupts are on and a switch is due. */
void preempt_check(void);

static inline void preempt_enable(void)
{
	barrier();
	this_cpu_add(preempt_count, -PREEMPT_OFFSET);
	if (unlikely(this_cpu_read(resched_pending)) && preemptible())
		preempt_check();
}

/* Switch tasks at the end of an interrupt in kernel code: entry code, interrupts off, count 0,
 * TIF_NEED_RESCHED set. Returns with interrupts off. */
void preempt_schedule_irq(void);

/* Says in a DEBUG=1 build when a function that may sleep is called where it must not. */
#define might_sleep() do { if (IS_DEBUG) might_sleep_check(__FILE__, __LINE__); } while (0)
void might_sleep_check(const char *file, int line);
