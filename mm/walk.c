/*
 * walk.c - page tables as counted trees, and the one way to their entries.
 *
 * Every table of an address space has in its struct page a reference count (entries that point
 * to it), a lock (ptl) for its 512 entries, and an occupancy index, so that a walk costs the
 * entries that exist and not those that could.
 *
 * Whoever changes an entry reaches it through walk_alloc() or walk_range(). Both pass
 * walk_prepare_write() on each step down: the one place between an entry and a table that is
 * going to change. An entry that is writable leads to a table with one reference; where one is not,
 * table_unshare() makes it so. share.c has the rules.
 *
 * Who may do what:
 *   - mmap_lock of the mm: add and remove tables, fill entries, change them. One task at a time.
 *   - i_mmap_lock of a file alone (truncation, of any mm that maps it): empty leaf entries,
 *     with walk.foreign, of lazy tables after completing them; never adds or removes tables.
 *   - an entry of any level changes under the ptl of its table. A table is unlinked under the
 *     ptl of its parent, and freed after the flush. Locks nest from the root down.
 *
 * Freed tables wait, empty as they are, on a list of their CPU: a new table needs no clearing.
 */
#include "internal.h"

#include <tine/fault_inject.h>
#include <tine/ledger.h>
#include <tine/percpu.h>
#include <tine/preempt.h>

#define TABLE_CACHE_SIZE 64

/* Only with preemption off. The tables count as free in the ledger. */
struct table_cache {
	unsigned int nr;
	struct page *pages[TABLE_CACHE_SIZE];
};

static DEFINE_PER_CPU(struct table_cache, table_cache);

/* The ledger shows tables in use: a kept one moves to free memory there, with its reference. */
static void table_ledger(long delta)
{
	ledger_add(LEDGER_FRAME_KINDS + FRAME_TABLE, delta);
	ledger_add(LEDGER_FRAME_KINDS + FRAME_FREE, -delta);
	ledger_add(LEDGER_FRAME_REFS, delta);
}

static struct page *table_cache_take(void)
{
	struct table_cache *cache;
	struct page *table = NULL;

	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	if (cache->nr) {
		table = cache->pages[--cache->nr];
		table_ledger(1);
	}
	preempt_enable();
	return table;
}

static bool table_cache_give(struct page *table)
{
	struct table_cache *cache;
	bool room;

	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	room = cache->nr < TABLE_CACHE_SIZE;
	if (room) {
		cache->pages[cache->nr++] = table;
		table_ledger(-1);
	}
	preempt_enable();
	return room;
}

void table_init(struct page *table, unsigned int level)
{
	spin_lock_init(&table->ptl);
	table->present = 0;
	table->groups = table->missing = 0;
	table->backing = NULL;
	table->level = level;
	table->counted[0] = table->counted[1] = table->counted[2] = 0;
}

struct page *table_alloc(unsigned int level)
{
	struct page *table;

	if (should_fail(FAIL_TABLE))
		return NULL;
	table = table_cache_take();
	if (!table)
		table = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOFAULT, FRAME_TABLE);
	if (table)
		table_init(table, level);
	return table;
}

static void table_verify_empty(struct page *table)
{
	const pte_t *entries = page_address(table);
	unsigned int i;

	assert(table->kind == FRAME_TABLE && page_count(table) == 1 && table->present == 0 &&
	       !table->missing && !table->backing);
	for (i = 0; i < PTRS_PER_TABLE; i++)
		assert(entries[i] == 0);
}

void table_free(struct page *table)
{
	if (IS_DEBUG)
		table_verify_empty(table);
	if (!table_cache_give(table))
		free_pages(table, 0);
}

/*
 * A count of one is stable: it rises only through an entry that points to the table, and the only
 * one is the caller's. Two who drop at once both see two; the later one keeps its reference.
 */
bool table_put_last(struct page *table)
{
	if (page_count(table) == 1)
		return true;
	if (atomic_dec_and_test(&table->refcount)) {
		atomic_set(&table->refcount, 1);
		return true;
	}
	ledger_add(LEDGER_FRAME_REFS, -1);
	return false;
}

void tlb_batch_init(struct tlb_batch *batch, struct mm_struct *mm)
{
	batch->mm = mm;
	batch->start = ~0UL;
	batch->end = 0;
	batch->nr = 0;
	batch->shared = false;
}

void tlb_batch_flush(struct tlb_batch *batch)
{
	unsigned int i;

	if (batch->shared)
		flush_tlb_shared();
	else if (batch->start < batch->end)
		flush_tlb_range(batch->mm, batch->start, batch->end);
	for (i = 0; i < batch->nr; i++) {
		struct page *page = batch->pages[i];

		if (page->kind == FRAME_TABLE)
			drop_table(page);
		else
			put_page(page);
	}
	tlb_batch_init(batch, batch->mm);
}

/* The table behind @entry, fit to be changed through @mm alone. NULL without memory. */
static force_inline struct page *walk_prepare_write(struct mm_struct *mm, pte_t *entry, unsigned long addr)
{
	if (likely(*entry & PTE_RW)) {
		struct page *table = pte_page(*entry);

		debug_assert(page_count(table) == 1);
		return table;
	}
	if (planted(BUG_BOTTOM_UP) && pte_page(*entry)->level > 1)
		return pte_page(*entry);
	return table_unshare(mm, entry, addr);
}

static bool walk_add_table(pte_t *entry, unsigned int level)
{
	struct page *parent = virt_to_page(entry), *table = table_alloc(level);

	if (!table)
		return false;
	spin_lock(&parent->ptl);
	entry_set(entry, page_to_phys(table) | PTE_TABLE);
	spin_unlock(&parent->ptl);
	return true;
}

pte_t *walk_alloc(struct mm_struct *mm, unsigned long addr)
{
	pte_t *entry = mm->pgd + pte_index(addr, PGTABLE_LEVELS);
	unsigned int level;

	for (level = PGTABLE_LEVELS - 1; level > 0; level--) {
		struct page *table;

		if (unlikely(!*entry) && !walk_add_table(entry, level))
			break;
		table = walk_prepare_write(mm, entry, addr);
		if (unlikely(!table))
			break;
		entry = (pte_t *)page_address(table) + pte_index(addr, level);
		if (unlikely(table->missing))
			table_fill_around(table, entry_index(entry));
	}
	if (likely(level == 0))
		return entry;
	walk_prune(mm, addr);
	return NULL;
}

pte_t *walk_find(struct mm_struct *mm, unsigned long addr)
{
	pte_t *entry = mm->pgd + pte_index(addr, PGTABLE_LEVELS);
	unsigned int level;

	for (level = PGTABLE_LEVELS - 1; level > 0; level--) {
		if (!*entry)
			return NULL;
		entry = pte_table(*entry) + pte_index(addr, level);
	}
	return entry;
}

/* An empty leaf table may still be counted: truncation emptied it while others shared it. */
static void forget_counted(struct mm_struct *mm, const struct page *table)
{
	unsigned int i;

	for (i = 0; table->level == 1 && i < NR_MM_COUNTERS; i++)
		if (table->counted[i])
			atomic64_sub(table->counted[i], &mm->rss[i]);
}

/*
 * Unlink the table behind @entry, ours alone, if the visit left it empty and nothing is missing. It stays empty: only a
 * holder of mmap_lock, as we are, adds entries. Any address below it makes the flush drop what the CPU
 * remembers of the upper levels (Intel SDM, "Invalidation of TLBs and Paging-Structure Caches").
 */
static void walk_unlink_empty(struct walk *walk, pte_t *entry, unsigned long addr)
{
	struct page *parent = virt_to_page(entry), *table = pte_page(*entry);
	struct tlb_batch *batch = walk->batch;

	bool empty;

	if (READ_ONCE(table->present))
		return;
	if (batch->nr == TLB_BATCH)
		tlb_batch_flush(batch);
	spin_lock(&parent->ptl);		/* truncation completes it under this lock */
	empty = !table_missing(table) && !READ_ONCE(table->present);
	if (empty)
		entry_clear(entry);
	spin_unlock(&parent->ptl);
	if (!empty)
		return;
	forget_counted(walk->mm, table);
	batch->pages[batch->nr++] = table;
	tlb_batch_addr(batch, addr & PAGE_MASK);
}

/* Does the tree of @table, whose entry 0 maps @base, have an entry in [start, last]? */
static bool tree_occupied(struct page *table, unsigned long base, unsigned long start, unsigned long last)
{
	unsigned int level = table->level, i, end = pte_index(last, level);
	const pte_t *entries = page_address(table);
	unsigned long size = level_size(level);

	if (table_missing(table))		/* probably */
		return true;
	for (i = table_next(table, pte_index(start, level)); i <= end; i = table_next(table, i + 1)) {
		unsigned long at = base + i * size;

		if (entries[i] && (level == 1 || tree_occupied(pte_page(entries[i]), at, max(start, at),
							       min(last, at + size - 1))))
			return true;
	}
	return false;
}

/* Has it more entries than there is room for in the range? Then it is not inside. */
static force_inline bool tree_too_large(const struct page *table, unsigned long start, unsigned long last)
{
	return table->present > ((last - start) >> (PAGE_SHIFT + 9 * (table->level - 1))) + 1;
}

/* Has it all its entries there? @empty: what to say if it has none. Truncation may empty it any time. */
static bool tree_inside(struct page *table, unsigned long base, unsigned long start, unsigned long last, bool empty)
{
	const pte_t *entries = page_address(table);
	u64 missing = table_missing(table);
	unsigned int level = table->level, low = table_first(table, missing), high = table_last(table, missing);
	unsigned long size = level_size(level), first = base + low * size, final = base + high * size;

	if (low > high)
		return empty;
	if (first >= start && final + (size - 1) <= last)
		return true;
	if (level == 1 || missing)
		return false;
	return tree_inside(pte_page(entries[low]), first, start, last, true) &&
	       tree_inside(pte_page(entries[high]), final, start, last, true);
}

static int walk_table(struct walk *walk, struct page *table, unsigned long base, unsigned long start,
		      unsigned long last);

/*
 * Visit the tree behind @entry, which maps from @base on. A shared tree that has nothing in the range stays as it
 * is. [start, last] is inside what the entry maps.
 */
static int walk_entry(struct walk *walk, pte_t *entry, unsigned long base, unsigned long start,
		      unsigned long last)
{
	struct page *table = pte_page(*entry);
	int err;

	if (walk->whole && !tree_too_large(table, start, last) && tree_inside(table, base, start, last, false)) {
		walk->whole(walk, entry, base);
		return 0;
	}
	if (!(*entry & PTE_RW)) {
		if (walk->keep_shared && page_count(table) != 1)
			return 0;
		if (!tree_occupied(table, base, start, last) && page_count(table) != 1)
			return 0;
		if (!planted(BUG_UNMAP_SHARED))
			table = table_unshare(walk->mm, entry, start);
		if (!table)
			return -ENOMEM;
	}
	err = walk_table(walk, table, base, start, last);
	if (walk->free_empty)
		walk_unlink_empty(walk, entry, start);
	return err;
}

static int walk_entry_foreign(struct walk *walk, const pte_t *entry, unsigned long base, unsigned long start,
			      unsigned long last)
{
	struct page *table = pte_page(*entry);
	bool shared = walk->shared;
	int err;

	walk->shared = shared || page_count(table) != 1;
	err = walk_table(walk, table, base, start, last);
	walk->shared = shared;
	return err;
}

/* Visit the part of @table, whose entry 0 maps @base, that maps [start, last]. */
static int walk_table(struct walk *walk, struct page *table, unsigned long base, unsigned long start,
		      unsigned long last)
{
	unsigned int level = table->level, i, end;
	pte_t *entries = page_address(table);
	unsigned long size = level_size(level);
	int err = 0;

	i = group_next(table_groups(table), pte_index(start, level));
	end = pte_index(last, level);
	if (i > end)
		return 0;
	if (level == 1 && !walk->leaf)
		return 0;
	table_complete(table);
	if (level == 1)
		return walk->leaf(walk, table, i, end, base);
	if (walk->foreign)
		spin_lock(&table->ptl);
	for (; i <= end && !err; i = table_next(table, i + 1)) {
		unsigned long at = base + i * size, from = max(start, at), to = min(last, at + size - 1);

		if (!entries[i])
			continue;
		if (walk->foreign)
			err = walk_entry_foreign(walk, &entries[i], at, from, to);
		else
			err = walk_entry(walk, &entries[i], at, from, to);
	}
	if (walk->foreign)
		spin_unlock(&table->ptl);
	return err;
}

int walk_range(struct walk *walk, unsigned long start, unsigned long end)
{
	return walk_table(walk, virt_to_page(walk->mm->pgd), 0, start, end - 1);
}

static void walk_pass_over(struct walk *walk, pte_t *entry, unsigned long base)
{
}

int walk_unshare(struct mm_struct *mm, unsigned long start, unsigned long end, bool whole)
{
	struct walk walk = { .mm = mm, .whole = whole ? walk_pass_over : NULL };

	if (!mm->lent || planted(BUG_NO_RESERVE))
		return 0;
	return walk_range(&walk, start, end);
}

void walk_prune(struct mm_struct *mm, unsigned long addr)
{
	struct tlb_batch batch;
	struct walk walk = { .mm = mm, .batch = &batch, .free_empty = true, .keep_shared = true };

	tlb_batch_init(&batch, mm);
	walk_range(&walk, addr, addr + 1);
	tlb_batch_flush(&batch);
}
