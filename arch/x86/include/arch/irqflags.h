/*
 * irqflags.h - the interrupt flag of the running CPU.
 */
#pragma once

#include <tine/compiler.h>

static inline unsigned long local_save_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) :: "memory");
	return flags;
}

static inline bool irqs_disabled(void)
{
	return !(local_save_flags() & 0x200);
}

static inline void local_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void local_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline unsigned long local_irq_save(void)
{
	unsigned long flags = local_save_flags();

	local_irq_disable();
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	if (flags & 0x200)
		local_irq_enable();
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Enable interrupts and wait for one; no window between the two. */
static inline void safe_halt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}
