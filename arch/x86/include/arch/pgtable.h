/*
 * pgtable.h - entries of page tables: 4 levels, 512 entries each.
 *
 * Levels are numbered 1 (leaf table, entries map 4 KiB) to 4 (root). An entry of any level has
 * the same format (Intel SDM, "4-Level Paging"; AMD APM, "Long-Mode Page Translation"), so one
 * type serves all: pte_t. R/W = 0 at any level write-protects everything below it.
 */
#pragma once

#include <tine/compiler.h>

typedef u64 pte_t;
typedef pte_t pgd_t;

#define PTRS_PER_TABLE	512
#define PGTABLE_LEVELS	4

#define PTE_PRESENT	0x001UL
#define PTE_RW		0x002UL
#define PTE_USER	0x004UL
#define PTE_PWT		0x008UL
#define PTE_PCD		0x010UL
#define PTE_ACCESSED	0x020UL
#define PTE_DIRTY	0x040UL
#define PTE_LARGE	0x080UL		/* level 2 and 3: maps 2 MiB or 1 GiB itself */
#define PTE_GLOBAL	0x100UL
#define PTE_NX		(1UL << 63)
#define PTE_ADDR_MASK	0x000ffffffffff000UL

extern u64 pte_nx_mask;			/* PTE_NX if the CPU has it, else 0 */

struct mm_struct;
struct page;

static inline unsigned int pte_index(unsigned long addr, unsigned int level)
{
	return (addr >> (12 + 9 * (level - 1))) & (PTRS_PER_TABLE - 1);
}

/* Bytes that one entry of a table of @level covers. */
static inline unsigned long level_size(unsigned int level)
{
	return 1UL << (12 + 9 * (level - 1));
}

static inline phys_addr_t pte_phys(pte_t pte)
{
	return pte & PTE_ADDR_MASK;
}

/* A root with the kernel half in place and the user half empty, refcount 1; NULL without memory. */
pgd_t *pgd_alloc(struct mm_struct *mm);
void pgd_free(struct mm_struct *mm, pgd_t *pgd);	/* the user half must be empty */

/* Forget cached translations of user addresses of @mm, on every CPU that may have some. */
void flush_tlb_mm(struct mm_struct *mm);
void flush_tlb_page(struct mm_struct *mm, unsigned long addr);
void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* A table that several address spaces share has lost entries: the same for all user addresses of all. */
void flush_tlb_shared(void);

/*
 * Map @nr frames at a kernel address (kernel stacks): the tables for the kernel regions exist
 * since boot or are made here and stay for good. 0 or -ENOMEM with nothing mapped.
 */
int kernel_map_pages(unsigned long virt, struct page *const pages[], unsigned int nr);
/*
 * Undo it when memory is out: @pages receives the frames; no CPU remembers their translations when it
 * returns. Interrupts are on, preemption may be off. The tables stay.
 */
void kernel_unmap_pages(unsigned long virt, struct page *pages[], unsigned int nr);
