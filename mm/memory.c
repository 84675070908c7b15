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

/* One frame less in @table. Sharers of the table have counted it too, and go on doing so: see share.c. */
static void zap_count(struct zap *zap, struct page *table, const struct page *page)
{
	struct walk *walk = &zap->walk;
	unsigned int kind = rss_kind(page);

	if (walk->shared)
		return;
	table_count(table, kind, -1);
	if (!walk->foreign) {
		zap->rss[kind]++;
		return;
	}
	atomic_inc(&walk->mm->zaps);
	atomic64_dec(&walk->mm->rss[kind]);
}

static int zap_leaf(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
		    unsigned long base)
{
	struct zap *zap = container_of(walk, struct zap, walk);
	struct tlb_batch *batch = walk->batch;
	pte_t *entries = page_address(table);
	unsigned int i;

	spin_lock(&table->ptl);
	for (i = first; i <= last; i = table_next(table, i + 1)) {
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
		batch->shared |= walk->shared;
		if (pte_is_zero_frame(pte))
			continue;
		page = pte_page(pte);
		zap_count(zap, table, page);
		batch->pages[batch->nr++] = page;
	}
	spin_unlock(&table->ptl);
	return 0;
}

/* A subtree that goes with all it has costs one reference, whoever else shares it. */
static void zap_whole(struct walk *walk, pte_t *entry, unsigned long base)
{
	struct zap *zap = container_of(walk, struct zap, walk);
	struct page *parent = virt_to_page(entry), *table = pte_page(*entry);
	struct tlb_batch *batch = walk->batch;
	unsigned long size = level_size(table->level);
	u64 missing;

	if (batch->nr == TLB_BATCH)
		tlb_batch_flush(batch);
	spin_lock(&parent->ptl);	/* keeps our truncation out of the tree; there may be that of sharers */
	entry_clear(entry);
	if (!planted(BUG_RSS))
		table_sum_counted(table, zap->rss);
	missing = table_missing(table);
	if (table->groups | missing) {
		tlb_batch_addr(batch, base + table_first(table, missing) * size);
		tlb_batch_addr(batch, base + table_last(table, missing) * size + size - PAGE_SIZE);
	} else {
		tlb_batch_addr(batch, base);
	}
	spin_unlock(&parent->ptl);
	batch->pages[batch->nr++] = table;
}

void zap_page_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct tlb_batch batch;
	struct zap zap = {
		.walk = {
			.mm = mm, .leaf = zap_leaf, .whole = zap_whole, .batch = &batch, .free_empty = true,
		},
	};
	int err;

	tlb_batch_init(&batch, mm);
	err = walk_range(&zap.walk, start, end);
	assert(!err);
	tlb_batch_flush(&batch);
	sub_rss(mm, zap.rss);
}

int unmap_page_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int err = walk_unshare(mm, start, end, true);

	if (!err)
		zap_page_range(mm, start, end);
	return err;
}

void zap_foreign_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct tlb_batch batch;
	struct zap zap = { .walk = { .mm = mm, .leaf = zap_leaf, .batch = &batch, .foreign = true } };

	tlb_batch_init(&batch, mm);
	walk_range(&zap.walk, start, end);
	tlb_batch_flush(&batch);
}

void drop_table(struct page *table)
{
	pte_t *entries = page_address(table);
	unsigned int i;

	if (!table_put_last(table) && !planted(BUG_DROP_ALL))
		return;
	for_each_entry(i, table) {
		pte_t pte = entries[i];

		if (!pte)
			continue;
		entries[i] = 0;
		if (table->level > 1)
			drop_table(pte_page(pte));
		else if (!pte_is_zero_frame(pte))
			put_page(pte_page(pte));
	}
	if (table->backing)
		drop_table(table->backing);
	table->backing = NULL;
	table->present = 0;
	table->groups = table->missing = 0;
	table_free(table);
}

#define ROOT_BATCH 16	/* an ordinary program has 2 or 3 entries in its root */

void free_user_tables(struct mm_struct *mm)
{
	struct page *root = virt_to_page(mm->pgd), *tables[ROOT_BATCH];
	unsigned int i, nr;

	while (root->present) {
		nr = 0;
		for_each_entry(i, root) {
			if (mm->pgd[i])
				tables[nr++] = pte_page(entry_clear(&mm->pgd[i]));
			if (nr == ROOT_BATCH)
				break;
		}
		flush_tlb_mm(mm);
		for (i = 0; i < nr; i++)
			drop_table(tables[i]);
	}
}
