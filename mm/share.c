/*
 * share.c - fork without copying: page tables, and what is below them, with several parents.
 *
 *     root of A        root of B            R/W = 0 in an entry of any level protects everything
 *        | 0              | 0               below it. So fork puts the same table under the child
 *        +---> table <----+                 and clears W in one entry of each: nothing below is
 *          | 1    | 1    count 2            touched, whatever its size. The first who changes
 *          v      v                         something below gets a copy of each table on his way
 *        table   table   count 1            down to it, and of nothing else.
 *
 * The rules
 *   1. An entry of any level may have W only if its target (table or private frame) is referenced once.
 *      Leaves of shared memory are exempt: their frame is meant to be written by many.
 *   2. A count is the number of entries that lead to the target. It rises only through a holder, so
 *      a table that we reach through tables of our own alone, under mmap_lock, with count 1, is ours.
 *      Count 1 below a shared table says nothing: the way is made our own from the root down.
 *   3. Shared tables do not change, with these exceptions, all of them under the table's ptl: W is
 *      taken away when somebody copies the table (atomically: CPUs read it at the same time);
 *      counts of what is below change; a lazy one is completed (lazy.c); a page of which fork gives the
 *      child a copy gets W, which nobody can use before the table is his alone; truncation of a file
 *      removes its leaves in place, since all sharers have had the same mapping there ever since they
 *      share, or the table would not be shared: unmapping copies it.
 *   4. A copy: a reference on every target; W cleared in the old table too, or its last owner would
 *      write to what the copy still maps; the complete copy published in the one entry that leads
 *      there; the CPU made to forget the old path; the old table's reference dropped. In this order.
 *      No other translation needs a flush: through a shared table none was writable. The copy of a
 *      large table gets its entries later, and keeps the old one's reference until then: lazy.c.
 *   5. When the others are gone (count 1) the entry becomes writable again, without any copy: at the next
 *      write, or before it, when the child is waited for.
 *   6. What can fail comes first: a change of a range copies the tables it needs (walk_unshare())
 *      before it alters anything; copies are invisible, so what was copied before a failure may stay.
 *
 * Which subtrees fork shares and which it copies at once is decided in share_whole() alone.
 *
 * Resident memory: mm->rss counts what the mm reaches; fork copies the counters. So that a subtree
 * can be subtracted without looking at its pages each leaf table says in `counted` what every
 * sharer has counted for it: rss is the sum of `counted` over the leaf tables. Truncation of a shared
 * table lets `counted` stand, as it knows one of the sharers only: their rss is too large by
 * that until the table leaves them. Truncation of an unshared one corrects both, and mm->zaps tells
 * a fork that this happened while it copied; then it adds up anew.
 *
 * Locks: mmap_lock. An entry and its target's count change under the ptl of the entry's table;
 * ptl nest from the root down, at one level the parent's before the child's.
 */
#include "internal.h"

#include <tine/ledger.h>
#include <tine/string.h>

/*
 * What pays, in instructions: to copy an entry costs about 20, to share a table 60; to copy a
 * table later, in a fault, about 1,000 more than now. Programs write after a fork where they
 * have little: stack, data, the few pages of a small heap. So small tables are copied and large ones shared.
 */
#ifndef COPY_LEAF_MAX		/* the host test has its own, so that small tables are shared too */
#define COPY_LEAF_MAX	48
#define COPY_UPPER_MAX	16
#endif

static bool table_is_large(const struct page *table)
{
	return table_missing(table) || READ_ONCE(table->present) > (table->level > 1 ? COPY_UPPER_MAX : COPY_LEAF_MAX);
}

/* ---- one table for two ---- */

/* Give the copy the entries of a table. Both ptl held. */
static void copy_entries(struct page *copy, struct page *table)
{
	pte_t *dst = page_address(copy), *src = page_address(table);
	unsigned int i;

	if (table->level > 1) {
		for_each_entry(i, table)
			if (src[i])
				WRITE_ONCE(dst[i], share_below(&src[i]));
	} else {
		for_each_entry(i, table)
			if (src[i])
				WRITE_ONCE(dst[i], share_frame(&src[i]));
	}
	for (i = 0; i < NR_MM_COUNTERS; i++)
		copy->counted[i] = table->counted[i];
	copy->present = table->present;
	copy->groups = table->groups;
	if (table->missing)
		table_share_backing(copy, table);
}

/*
 * Rule 4. The ptl of the entry's table keeps truncation, which comes the same way, out until the copy is in
 * place. True if the reference to @table has gone to the copy.
 */
static bool replace_by_copy(struct mm_struct *mm, pte_t *entry, struct page *table, struct page *copy, unsigned long addr)
{
	struct page *parent = virt_to_page(entry);
	bool lazy;

	spin_lock(&parent->ptl);
	spin_lock(&table->ptl);
	lazy = !table->missing && table->groups && table_is_large(table);
	if (lazy)
		table_copy_lazily(copy, table);
	else
		copy_entries(copy, table);
	spin_unlock(&table->ptl);
	entry_replace(entry, page_to_phys(copy) | PTE_TABLE);
	/* Any address drops what the CPU remembers of upper levels. Before truncation can complete the copy and drop @table. */
	if (!planted(BUG_NO_UPPER_FLUSH))
		flush_tlb_page(mm, addr & PAGE_MASK);
	spin_unlock(&parent->ptl);
	return lazy;
}

struct page *table_unshare(struct mm_struct *mm, pte_t *entry, unsigned long addr)
{
	struct page *table = pte_page(*entry), *parent = virt_to_page(entry), *copy;
	bool moved;

	if (page_count(table) == 1) {
		spin_lock(&parent->ptl);
		entry_replace(entry, *entry | PTE_RW);
		spin_unlock(&parent->ptl);
		return table;
	}
	copy = table_alloc(table->level);
	if (!copy)
		return NULL;
	moved = replace_by_copy(mm, entry, table, copy, addr);
	if (!moved)
		drop_table(table);
	return copy;
}

/* ---- resident memory ---- */

void table_sum_counted(struct page *table, long rss[NR_MM_COUNTERS])
{
	const pte_t *entries = page_address(table);
	unsigned int i;

	spin_lock(&table->ptl);		/* truncation may come by, through whoever shares it */
	if (table->level == 1) {
		for (i = 0; i < NR_MM_COUNTERS; i++)
			rss[i] += table->counted[i];
		goto out;
	}
	for_each_entry(i, table)
		if (entries[i])
			table_sum_counted(pte_page(entries[i]), rss);
	if (!table->missing)
		goto out;
	entries = page_address(table->backing);
	for_each_entry(i, table->backing)
		if (entries[i] && (table->missing & BIT(i / TABLE_GROUP)))
			table_sum_counted(pte_page(entries[i]), rss);
out:
	spin_unlock(&table->ptl);
}

/* Add up the child's rss from its tables, again whenever truncation has changed it meanwhile. */
static void recount_rss(struct mm_struct *mm)
{
	unsigned int i;
	int zaps;

	do {
		long rss[NR_MM_COUNTERS] = { 0 };

		zaps = atomic_read(&mm->zaps);
		table_sum_counted(virt_to_page(mm->pgd), rss);
		for (i = 0; i < NR_MM_COUNTERS; i++)
			atomic64_set(&mm->rss[i], rss[i]);
	} while (atomic_read(&mm->zaps) != zaps);
}

/* ---- fork ---- */

/*
 * Pages that were copied after an earlier fork, by parent or child, will be again: PG_HOT says so of both
 * frames. The next child gets copies at once, and the parent's stay writable: that is two faults less
 * for each. No more than so many a fork, for who writes everything. The parent's entry is made clean, so that the
 * CPU tells the next fork whether it was written; a page that was not for some forks in a row is shared again.
 */
#define COPY_HOT_MAX	6
#define HOT_PATIENCE	2

struct share {
	struct mm_struct *src, *dst;
	unsigned long stack;		/* certain to be written at once, by parent and child */
	unsigned int hot;		/* pages copied because they were PG_HOT */
	bool special;			/* some mappings are not inherited as they are */
	bool recount;			/* the child has less than the parent */
};

static bool has_special(struct mm_struct *mm, unsigned long start, unsigned long last)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	for (; vma && vma->vm_start <= last; vma = vma_next(vma))
		if (vma_is_special(vma))
			return true;
	return false;
}

/* Share @table, which maps [base, last], as it is? */
static bool share_whole(const struct share *share, const struct page *table, unsigned long base,
			unsigned long last)
{
	if (share->special && has_special(share->src, base, last))
		return false;
	return table_is_large(table) && (table->level > 1 || !(base <= share->stack && share->stack <= last));
}

/* Both tables get the subtree behind @src. */
static void share_table(struct share *share, pte_t *dst, pte_t *src)
{
	struct page *from = virt_to_page(src), *to = virt_to_page(dst);

	spin_lock(&from->ptl);
	spin_lock(&to->ptl);
	table_get(pte_page(*src));
	if ((*src & PTE_RW) && !planted(BUG_FORK_KEEPS_W))
		entry_wrprotect(src);
	entry_set(dst, *src & ~PTE_RW);
	spin_unlock(&to->ptl);
	spin_unlock(&from->ptl);
	ledger_add(LEDGER_FRAME_REFS, 1);
	share->src->lent = share->dst->lent = true;
}

/* Entries of mappings that the child does not have, or has empty, stay out. Both ptl held. */
static void copy_special_leaf(struct share *share, struct page *to, struct page *from, unsigned long base)
{
	pte_t *dst = page_address(to), *src = page_address(from);
	struct vm_area_struct *vma = NULL;
	unsigned int i;

	share->recount = true;
	for_each_entry(i, from) {
		unsigned long addr = base + i * PAGE_SIZE;

		if (!src[i])
			continue;
		if (!vma || vma->vm_end <= addr)
			vma = find_vma(share->src, addr);
		if (vma_is_special(vma))
			continue;
		entry_set(&dst[i], share_frame(&src[i]));
		if (!pte_is_zero_frame(src[i]))
			table_count(to, rss_kind(pte_page(src[i])), 1);
	}
}

/* Was the page written since the fork before this, or since one not long ago? */
static bool still_hot(struct page *page, pte_t pte)
{
	if (pte & PTE_DIRTY)
		page->flags = PG_HOT;
	else
		page->flags += PG_IDLE;
	if (page->flags > PG_HOT + HOT_PATIENCE * PG_IDLE)
		page->flags = 0;
	return page->flags;
}

/* The child's entry for a hot page: a copy of the frame, both writable; or 0: share it. Both ptl held. */
static pte_t copy_hot(struct share *share, pte_t *entry, unsigned long addr)
{
	struct page *page = pte_page(*entry), *copy;
	struct vm_area_struct *vma;
	pte_t prot = *entry & ~PTE_ADDR_MASK;

	if (share->hot == COPY_HOT_MAX || page_count(page) != 1)
		return 0;
	vma = find_vma(share->src, addr);
	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != VM_WRITE || !still_hot(page, *entry))
		return 0;
	copy = alloc_page(GFP_ATOMIC | __GFP_NOFAULT, FRAME_ANON);	/* a favour, so it must not fail the fork */
	if (!copy)
		return 0;
	share->hot++;
	copy->flags = PG_HOT;
	copy_page(page_address(copy), page_address(page));
	entry_replace(entry, pte_phys(*entry) | ((prot | PTE_RW) & ~PTE_DIRTY));
	return page_to_phys(copy) | prot | PTE_WRITABLE;
}

/* As copy_entries(), but the child gets hot pages of its own. */
static void fork_leaf_entries(struct share *share, struct page *to, struct page *from, unsigned long base)
{
	pte_t *dst = page_address(to), *src = page_address(from);
	unsigned int i;

	for_each_entry(i, from) {
		pte_t pte = 0;

		if (!src[i])
			continue;
		if (!pte_is_zero_frame(src[i]) && pte_page(src[i])->kind == FRAME_ANON &&
		    (pte_page(src[i])->flags & PG_HOT))
			pte = copy_hot(share, &src[i], base + i * PAGE_SIZE);
		WRITE_ONCE(dst[i], pte ? pte : share_frame(&src[i]));
	}
	for (i = 0; i < NR_MM_COUNTERS; i++)
		to->counted[i] = from->counted[i];
	to->present = from->present;
	to->groups = from->groups;
}

static void copy_leaf(struct share *share, struct page *to, struct page *from, unsigned long base)
{
	spin_lock(&from->ptl);
	spin_lock(&to->ptl);
	if (share->special && has_special(share->src, base, base + PTRS_PER_TABLE * PAGE_SIZE - 1)) {
		copy_special_leaf(share, to, from, base);
	} else {
		fork_leaf_entries(share, to, from, base);
	}
	spin_unlock(&to->ptl);
	spin_unlock(&from->ptl);
}

static int copy_table(struct share *share, struct page *to, struct page *from, unsigned long base);

/*
 * A table of the child's own for what is behind @src. It is in its place before it is filled: a
 * truncation that has been at the parent's comes to the child's after it, and finds what was copied.
 */
static int copy_subtree(struct share *share, pte_t *dst, pte_t *src, unsigned long base)
{
	struct page *from = pte_page(*src), *to = virt_to_page(dst);
	struct page *copy = table_alloc(from->level);
	int err;

	if (!copy)
		return -ENOMEM;
	spin_lock(&to->ptl);
	entry_set(dst, page_to_phys(copy) | PTE_TABLE);
	spin_unlock(&to->ptl);
	err = copy_table(share, copy, from, base);
	if (err || READ_ONCE(copy->present))
		return err;
	share->recount = true;
	spin_lock(&to->ptl);
	entry_clear(dst);
	spin_unlock(&to->ptl);
	table_free(copy);
	return 0;
}

/* Fill @to, a table of the child, with what @from has, which maps from @base on. */
static int copy_table(struct share *share, struct page *to, struct page *from, unsigned long base)
{
	pte_t *dst = page_address(to), *src = page_address(from);
	unsigned long size = level_size(from->level);
	unsigned int i;
	int err = 0;

	table_complete(from);
	if (from->level == 1) {
		copy_leaf(share, to, from, base);
		return 0;
	}
	for_each_entry(i, from) {
		unsigned long at = base + i * size;

		if (!src[i])
			continue;
		if (err)
			break;
		if (share_whole(share, pte_page(src[i]), at, at + size - 1))
			share_table(share, &dst[i], &src[i]);
		else
			err = copy_subtree(share, &dst[i], &src[i], at);
	}
	return err;
}

static fork_path void copy_rss(struct mm_struct *dst, struct mm_struct *src)
{
	unsigned int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		atomic64_set(&dst->rss[i], atomic64_read(&src->rss[i]));
}

fork_path int copy_page_range(struct mm_struct *dst, struct mm_struct *src, unsigned long stack)
{
	struct share share = { .src = src, .dst = dst, .stack = stack, .special = src->map->nr_special };
	int zaps = atomic_read(&src->zaps);
	int err = copy_table(&share, virt_to_page(dst->pgd), virt_to_page(src->pgd), 0);

	/* The parent's writable translations must be gone before the child runs. */
	if (!planted(BUG_FORK_NO_FLUSH))
		flush_tlb_mm(src);
	copy_rss(dst, src);
	if (err || share.recount || atomic_read(&src->zaps) != zaps || atomic_read(&dst->zaps))
		recount_rss(dst);
	return err;
}

/* ---- taking back ---- */

/*
 * The table behind @entry, which leads from a table of ours alone: is it, or can it be made, ours alone too?
 * Where it has few entries the way to what is below may have been lent as well: see share_whole(); a large one is
 * not searched. True if something may still be lent.
 */
static bool take_back_entry(pte_t *entry)
{
	struct page *parent = virt_to_page(entry), *table = pte_page(*entry);
	pte_t *entries = page_address(table);
	bool lent = false;
	unsigned int i;

	if (!(*entry & PTE_RW)) {
		if (page_count(table) != 1)
			return true;
		spin_lock(&parent->ptl);
		entry_replace(entry, *entry | PTE_RW);
		spin_unlock(&parent->ptl);
	}
	if (table->level == 1)
		return false;
	if (table_is_large(table))
		return true;
	for_each_entry(i, table)
		if (entries[i])
			lent |= take_back_entry(&entries[i]);
	return lent;
}

void mm_take_back(struct mm_struct *mm)
{
	struct page *root = virt_to_page(mm->pgd);
	bool lent = false;
	unsigned int i;

	if (likely(!READ_ONCE(mm->lent)) || !mutex_trylock(&mm->mmap_lock))
		return;
	for_each_entry(i, root)
		if (mm->pgd[i])
			lent |= take_back_entry(&mm->pgd[i]);
	mm->lent = lent;
	mutex_unlock(&mm->mmap_lock);
}
