/*
 * tlb.c - forget cached translations of user addresses.
 *
 * A CPU holds translations of the address space whose root is in its CR3, and of no other: without
 * PCID, loading CR3 drops all that are not global, and only kernel entries are global. So an address
 * space that is not loaded needs nothing. A preempted caller that comes back has had its root loaded
 * anew, so the question and the flush need not be one step.
 *
 * Intel SDM, "Operations that Invalidate TLBs and Paging-Structure Caches".
 */
#include <arch/cpu.h>
#include <tine/mm.h>

/* From here on reloading CR3 is cheaper than one INVLPG for each page (measured under TCG). */
#define MAX_INVLPG	6

static bool mm_is_loaded(const struct mm_struct *mm)
{
	return pte_phys(read_cr3()) == __pa(mm->pgd);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	if (mm_is_loaded(mm))
		write_cr3(read_cr3());
}

void flush_tlb_shared(void)
{
	write_cr3(read_cr3());
}

void flush_tlb_page(struct mm_struct *mm, unsigned long addr)
{
	if (mm_is_loaded(mm))
		invlpg(addr);
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (end - start > MAX_INVLPG * PAGE_SIZE) {
		flush_tlb_mm(mm);
		return;
	}
	if (!mm_is_loaded(mm))
		return;
	for (unsigned long addr = start & PAGE_MASK; addr < end; addr += PAGE_SIZE)
		invlpg(addr);
}
