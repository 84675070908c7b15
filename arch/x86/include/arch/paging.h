/*
 * paging.h - the kernel's own page tables.
 */
#pragma once

#include <arch/pgtable.h>
#include <tine/types.h>

/* Kernel memory that is data; pte_nx_mask is added by its users. */
#define PTE_KERNEL	(PTE_PRESENT | PTE_RW | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL)
#define PTE_KERNEL_RO	(PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL)
#define PTE_KERNEL_TABLE (PTE_PRESENT | PTE_RW | PTE_ACCESSED)

/*
 * The entry of level 1 for kernel address @virt in the tables that all address spaces share;
 * missing tables in between are made. NULL without memory. The caller holds kernel_table_lock.
 */
pte_t *kernel_pte(unsigned long virt);

extern struct spinlock kernel_table_lock;	/* kernel_pte() and what is stored there */

/* Panic if any kernel entry is both writable and executable. DEBUG=1. */
void check_wx(void);
