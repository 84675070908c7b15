/*
 * percpu.c - the per-CPU areas.
 *
 * The section .data..percpu serves CPU 0 until it has a copy in memory of its own, so whatever has
 * been written to per-CPU variables up to then comes along. Addresses of per-CPU variables taken
 * before are stale afterwards: nobody may keep one across setup_per_cpu_areas().
 */
#include <arch/desc.h>
#include <arch/msr.h>
#include <arch/setup.h>
#include <tine/page.h>
#include <tine/percpu.h>
#include <tine/preempt.h>
#include <tine/string.h>

unsigned long __per_cpu_offset[NR_CPUS];
unsigned int nr_cpu_ids = 1;
DEFINE_PER_CPU(unsigned long, this_cpu_offset);
DEFINE_PER_CPU(unsigned int, cpu_number);
/* 1: boot code and idle tasks run with preemption off. */
DEFINE_PER_CPU(unsigned int, preempt_count) = PREEMPT_OFFSET;

void setup_per_cpu_areas(void)
{
	size_t size = __per_cpu_end - __per_cpu_start;
	char *copy = early_alloc(size, PAGE_SIZE);
	unsigned long offset = (unsigned long)copy - (unsigned long)__per_cpu_start;

	memcpy(copy, __per_cpu_start, size);
	__per_cpu_offset[0] = offset;
	per_cpu(this_cpu_offset, 0) = offset;
	wrmsr(MSR_GS_BASE, offset);
	gdt_init();
}
