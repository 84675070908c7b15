/*
 * walk.c - page tables as counted trees, and the one way to their entries.
 *
 * Every table of an address space has in its struct page a reference count (entries that point
 * to it), a lock (ptl) for its 512 entries, and an occupancy index, so that a walk costs the
 * entries that exist and not those that could.
 *
 * Whoever changes an entry reaches it through walk_alloc() or walk_range(). Both pass
 * walk_prepare_write() on each step down: the one place between an entry and a table that is
 * going to change. An entry may be writable only if every table on the way to it is referenced
 * once; this is where a table with more references is to be given up for a copy of its own.
 *
 * Who may do what:
 *   - mmap_lock of the mm: add and remove tables, fill entries, change them. One task at a time.
 *   - i_mmap_lock of a file alone (truncation, of any mm that maps it): empty leaf entries,
 *     with walk.foreign; never adds or removes tables.
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
	table->low = PTRS_PER_TABLE;
	table->high = 0;
	table->level = level;
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

	assert(table->kind == FRAME_TABLE && page_count(table) == 1 && table->present == 0);
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
}

void tlb_batch_flush(struct tlb_batch *batch)
{
	unsigned int i;

	if (batch->start < batch->end)
		flush_tlb_range(batch->mm, batch->start, batch->end);
	for (i = 0; i < batch->nr; i++) {
		struct page *page = batch->pages[i];

		if (page->kind == FRAME_TABLE)
			table_free(page);
		else
			put_page(page);
	}
	tlb_batch_init(batch, batch->mm);
}

/*
 * The table behind @entry, fit to be changed through this mm alone. Fork copies tables, so none
 * has a second parent; one that has must be replaced by a copy here before anything below it changes.
 */
static force_inline struct page *walk_prepare_write(const pte_t *entry)
{
	struct page *table = pte_page(*entry);

	assert(page_count(table) == 1);
	return table;
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
		if (unlikely(!*entry) && !walk_add_table(entry, level)) {
			walk_prune(mm, addr);
			return NULL;
		}
		entry = (pte_t *)page_address(walk_prepare_write(entry)) + pte_index(addr, level);
	}
	return entry;
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

/*
 * Unlink the table behind @entry if the visit left it empty. It stays empty: only a holder of
 * mmap_lock, as we are, fills entries. Any address below it makes the flush drop what the CPU
 * remembers of the upper levels (Intel SDM, "Invalidation of TLBs and Paging-Structure Caches").
 */
static void walk_unlink_empty(struct walk *walk, pte_t *entry, unsigned long addr)
{
	struct page *parent = virt_to_page(entry), *table = pte_page(*entry);
	struct tlb_batch *batch = walk->batch;

	if (READ_ONCE(table->present))
		return;
	if (batch->nr == TLB_BATCH)
		tlb_batch_flush(batch);
	spin_lock(&parent->ptl);
	entry_clear(entry);
	spin_unlock(&parent->ptl);
	batch->pages[batch->nr++] = table;
	tlb_batch_addr(batch, addr & PAGE_MASK);
}

/* Visit the part of @table, whose entry 0 maps @base, that maps [start, last]. */
static int walk_table(struct walk *walk, struct page *table, unsigned long base, unsigned long start,
		      unsigned long last)
{
	unsigned int level = table->level, i, end;
	pte_t *entries = page_address(table);
	unsigned long size = level_size(level);
	int err = 0;

	i = max_t(unsigned int, pte_index(start, level), table->low);
	end = min_t(unsigned int, pte_index(last, level), table->high);
	if (i > end)
		return 0;
	if (level == 1)
		return walk->leaf ? walk->leaf(walk, table, i, end, base) : 0;
	if (walk->foreign)
		spin_lock(&table->ptl);
	for (; i <= end && !err; i++) {
		unsigned long at = base + i * size;

		if (!entries[i])
			continue;
		err = walk_table(walk, walk_prepare_write(&entries[i]), at, max(start, at),
				 min(last, at + size - 1));
		if (walk->free_empty)
			walk_unlink_empty(walk, &entries[i], max(start, at));
	}
	if (walk->foreign)
		spin_unlock(&table->ptl);
	return err;
}

int walk_range(struct walk *walk, unsigned long start, unsigned long end)
{
	return walk_table(walk, virt_to_page(walk->mm->pgd), 0, start, end - 1);
}

void walk_prune(struct mm_struct *mm, unsigned long addr)
{
	struct tlb_batch batch;
	struct walk walk = { .mm = mm, .batch = &batch, .free_empty = true };

	tlb_batch_init(&batch, mm);
	walk_range(&walk, addr, addr + 1);
	tlb_batch_flush(&batch);
}
