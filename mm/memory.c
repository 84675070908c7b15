/*
 * memory.c - pages leave an address space: ranges that are unmapped, and the whole of it at the end.
 *
 * A frame or table is given up in this order: its entry is emptied, every CPU that may hold the
 * translation forgets it, the reference is dropped. In a range the batch of mm/walk.c keeps the
 * order. The end of an address space is cheaper: the few entries of the root are emptied, one
 * flush follows, and then the subtrees, which nobody can reach any more, are taken apart.
 *
 * Locks: as in walk.c. free_user_tables() needs none: no user of the mm is left, and the caller
 * has taken its mappings out of every i_mmap.
 */
#include "internal.h"

struct zap {
	struct walk walk;
	long rss[NR_MM_COUNTERS];	/* frames removed */
};

static void sub_rss(struct mm_struct *mm, const long rss[NR_MM_COUNTERS])
{
	unsigned int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (rss[i])
			atomic64_sub(rss[i], &mm->rss[i]);
}

static int zap_leaf(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
		    unsigned long base)
{
	struct zap *zap = container_of(walk, struct zap, walk);
	struct tlb_batch *batch = walk->batch;
	pte_t *entries = page_address(table);
	unsigned int i;

	spin_lock(&table->ptl);
	for (i = first; i <= last; i++) {
		struct page *page;
		pte_t pte;

		if (!entries[i])
			continue;
		if (batch->nr == TLB_BATCH) {
			spin_unlock(&table->ptl);
			tlb_batch_flush(batch);
			spin_lock(&table->ptl);
		}
		pte = entry_clear(&entries[i]);
		tlb_batch_addr(batch, base + i * PAGE_SIZE);
		if (pte_is_zero_frame(pte))
			continue;
		page = pte_page(pte);
		zap->rss[rss_kind(page)]++;
		batch->pages[batch->nr++] = page;
	}
	spin_unlock(&table->ptl);
	return 0;
}

static void zap_range(struct mm_struct *mm, unsigned long start, unsigned long end, bool foreign)
{
	struct tlb_batch batch;
	struct zap zap = {
		.walk = {
			.mm = mm, .leaf = zap_leaf, .batch = &batch, .free_empty = !foreign, .foreign = foreign,
		},
	};

	tlb_batch_init(&batch, mm);
	walk_range(&zap.walk, start, end);
	tlb_batch_flush(&batch);
	sub_rss(mm, zap.rss);
}

void unmap_page_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	zap_range(mm, start, end, false);
}

void zap_foreign_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	zap_range(mm, start, end, true);
}

static void drop_leaf_entry(pte_t pte, long rss[])
{
	struct page *page = pte_page(pte);

	if (pte_is_zero_frame(pte))
		return;
	rss[rss_kind(page)]++;
	put_page(page);
}

/* Drop one reference of a table that was unlinked and flushed; with the last one goes what is below. */
static void drop_table(struct page *table, long rss[])
{
	pte_t *entries = page_address(table);
	unsigned int i;

	if (!table_put_last(table))
		return;
	for (i = table->low; i <= table->high; i++) {
		if (!entries[i])
			continue;
		if (table->level == 1)
			drop_leaf_entry(entries[i], rss);
		else
			drop_table(pte_page(entries[i]), rss);
		entries[i] = 0;
	}
	table->present = 0;
	table_free(table);
}

#define ROOT_BATCH 16	/* an ordinary program has 2 or 3 entries in its root */

void free_user_tables(struct mm_struct *mm)
{
	struct page *root = virt_to_page(mm->pgd), *tables[ROOT_BATCH];
	long rss[NR_MM_COUNTERS] = { 0 };
	unsigned int i, nr;

	while (root->present) {
		for (nr = 0; root->present && nr < ROOT_BATCH; ) {
			pte_t *entry = mm->pgd + root->low;

			if (*entry)
				tables[nr++] = pte_page(entry_clear(entry));
			else
				root->low++;
		}
		flush_tlb_mm(mm);
		for (i = 0; i < nr; i++)
			drop_table(tables[i], rss);
	}
	sub_rss(mm, rss);
}
