/*
 * percpu.h - one copy of a variable for each CPU.
 *
 * Variables live in the section .data..percpu. GS base of a CPU is the distance from that
 * section to the CPU's own copy, so that %gs:variable names the copy of the running CPU. Before
 * setup_per_cpu_areas() the base is 0 and the section itself is CPU 0's copy.
 *
 * The reader must not move to another CPU between computing an address and using it: keep
 * preemption off around this_cpu_ptr(). this_cpu_read/write/add are one instruction each.
 */
#pragma once

#include <tine/compiler.h>

#define NR_CPUS 64

#define DECLARE_PER_CPU(type, name) extern type name
#define DEFINE_PER_CPU(type, name) __section(".data..percpu") type name

extern unsigned long __per_cpu_offset[NR_CPUS];
DECLARE_PER_CPU(unsigned long, this_cpu_offset);
DECLARE_PER_CPU(unsigned int, cpu_number);

#define __gs(var)		(*(typeof(var) __seg_gs *)(unsigned long)&(var))
#define this_cpu_read(var)	__gs(var)
#define this_cpu_write(var, v)	(__gs(var) = (v))
#define this_cpu_add(var, v)	(__gs(var) += (v))
#define this_cpu_inc(var)	this_cpu_add(var, 1)
#define this_cpu_dec(var)	this_cpu_add(var, -1)

#define this_cpu_ptr(ptr)	((typeof(ptr))((unsigned long)(ptr) + this_cpu_read(this_cpu_offset)))
#define per_cpu_ptr(ptr, cpu)	((typeof(ptr))((unsigned long)(ptr) + __per_cpu_offset[cpu]))
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))

#define smp_processor_id()	this_cpu_read(cpu_number)

extern unsigned int nr_cpu_ids;		/* CPUs that run: numbered 0 to nr_cpu_ids - 1 */
#define for_each_cpu(cpu)	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)

/* Give CPU 0 its own copy of the per-CPU section; needs early_alloc(). */
void setup_per_cpu_areas(void);
