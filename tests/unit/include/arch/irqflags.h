/*
 * irqflags.h - interrupts on the host: there are none, but the flag is kept, so that a test can see
 * that it comes back as it was.
 */
#pragma once

#include <tine/compiler.h>

extern bool host_irqs_off;

static inline bool irqs_disabled(void)
{
	return host_irqs_off;
}

static inline void local_irq_disable(void)
{
	host_irqs_off = true;
}

static inline void local_irq_enable(void)
{
	host_irqs_off = false;
}

static inline unsigned long local_save_flags(void)
{
	return host_irqs_off ? 0 : 0x200;
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
}
