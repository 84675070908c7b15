/*
 * copy.c - what fork does to page tables: the child's half of copy on write. fault.c has the other.
 *
 * After copy_page_range() no private frame that parent and child both map is writable in either:
 * the first of them to write faults and gets a copy (or keeps the frame, once it is the only one
 * left). Frames are counted by the entries that lead to them, so any number of children may
 * share one. Stale writable translations of the parent are flushed by the caller, before the
 * child can run.
 *
 * Not copied: shared mappings, which faults find again in their address_space, and mappings with
 * MADV_WIPEONFORK, which the child finds empty. madvise(2).
 *
 * Locks: both mmap_locks (parent's first), then ptl of the parent's table, then the child's. The
 * child's tables are known to no one but truncation, which holds one leaf ptl at a time.
 */
#include "internal.h"

struct copy {
	struct walk walk;		/* over the parent */
	struct mm_struct *dst;
	long rss[NR_MM_COUNTERS];	/* frames the child has got */
};

/* One more leaf entry leads to the frame of @pte. */
static void copy_frame(struct copy *copy, pte_t pte)
{
	struct page *page;

	if (pte_is_zero_frame(pte))
		return;
	page = pte_page(pte);
	get_page(page);
	copy->rss[rss_kind(page)]++;
}

/* Copy entries [first, last]; both ptl held, the child's entries are empty. */
static void copy_entries(struct copy *copy, pte_t *dst, pte_t *src, unsigned int first, unsigned int last)
{
	unsigned int i, end = first, nr = 0;

	for (i = first; i <= last; i++) {
		pte_t pte = src[i];

		if (!pte)
			continue;
		if (pte & PTE_RW) {
			pte &= ~PTE_RW;
			entry_replace(&src[i], pte);
		}
		copy_frame(copy, pte);
		WRITE_ONCE(dst[i], pte);
		end = i;
		nr++;
	}
	if (nr)
		table_filled(virt_to_page(dst), first, end, nr);
}

static int copy_leaf(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
		     unsigned long base)
{
	struct copy *copy = container_of(walk, struct copy, walk);
	pte_t *dst, *src = page_address(table);
	struct page *dst_table;

	while (first <= last && !src[first])	/* the table is shared with other mappings, its index too */
		first++;
	if (first > last)
		return 0;
	dst = walk_alloc(copy->dst, base + first * PAGE_SIZE);
	if (!dst)
		return -ENOMEM;
	dst_table = virt_to_page(dst);
	spin_lock(&table->ptl);
	spin_lock(&dst_table->ptl);
	copy_entries(copy, page_address(dst_table), src, first, last);
	spin_unlock(&dst_table->ptl);
	spin_unlock(&table->ptl);
	return 0;
}

fork_path int copy_page_range(struct mm_struct *dst, struct mm_struct *src, struct vm_area_struct *src_vma)
{
	struct copy copy = { .walk = { .mm = src, .leaf = copy_leaf }, .dst = dst };
	unsigned int i;
	int err;

	if (src_vma->vm_flags & (VM_SHARED | VM_WIPEONFORK))
		return 0;
	err = walk_range(&copy.walk, src_vma->vm_start, src_vma->vm_end);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (copy.rss[i])
			atomic64_add(copy.rss[i], &dst->rss[i]);
	return err;
}
