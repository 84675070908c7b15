/*
 * lazy.c - copies of tables whose entries come when they are asked for.
 *
 * To copy a full table costs 512 references, and who writes after a fork often writes one page below it. So
 * the copy of a large table begins empty and refers to the original:
 *
 *     entry of A        entry of B          missing: a bit for each group of entries that is still in the
 *         | 1               | 0             original alone. A fault in A fills the groups around it. Who
 *         v                 v               goes through a range fills all that is missing first: for him
 *      copy (missing) --> original          there are no lazy tables. That allocates nothing, so it
 *              backing      count 2         cannot fail.
 *
 * The rules
 *   1. A table has a backing exactly while some of its groups are missing. The entries of a missing group are
 *      empty. `present` and `groups` say what the table itself has; `counted` is for all of it.
 *   2. The reference to the backing is counted like that of an entry: as long as it is there the backing is
 *      shared, and does not change (share.c, rule 3). It is the reference that the entry had before.
 *   3. A backing is of the same level and lacks nothing itself: the copy of a lazy table gets the
 *      entries that are there, and refers to the same backing.
 *   4. Who is left alone with his backing takes its entries over instead of copying them, and lets those go of which
 *      he has got copies.
 *   5. Truncation finds the original through its other holders, or completes the copy through us: who has a
 *      lazy table has not changed his mappings below it since he got it.
 *
 * Translations of missing entries may stay cached: they lead to the same frames, and are read-only.
 *
 * Locks: ptl of the table, then ptl of its backing; missing and backing change under both. A table is born lazy, or
 * never becomes so. But truncation may complete it, even one of ours by way of others who share it: who holds
 * mmap_lock alone reads missing first, and what it says to be there is there.
 */
#include "internal.h"

#include <tine/ledger.h>

#define WINDOW_GROUPS	2U	/* filled at once: FAULT_AROUND entries */
#define FILL_ALL	96U	/* who has got so many entries one by one will want the others too */

void table_copy_lazily(struct page *copy, struct page *table)
{
	unsigned int i;

	copy->missing = table->groups;
	copy->backing = table;
	for (i = 0; i < NR_MM_COUNTERS; i++)
		copy->counted[i] = table->counted[i];
}

void table_share_backing(struct page *copy, const struct page *table)
{
	copy->missing = table->missing;
	copy->backing = table->backing;
	table_get(copy->backing);
	ledger_add(LEDGER_FRAME_REFS, 1);
}

/* Give @table the entries of group @g of its backing, which loses them if it is ours alone. Both ptl held. */
static void fill_group(struct page *table, struct page *from, unsigned int g, bool alone)
{
	pte_t *dst = (pte_t *)page_address(table) + g * TABLE_GROUP;
	pte_t *src = (pte_t *)page_address(from) + g * TABLE_GROUP;
	unsigned int i, nr = 0;

	for (i = 0; i < TABLE_GROUP; i++) {
		if (!src[i])
			continue;
		WRITE_ONCE(dst[i], alone ? src[i] : table->level > 1 ? share_below(&src[i]) : share_frame(&src[i]));
		if (alone)
			src[i] = 0;
		nr++;
	}
	if (alone) {
		from->present -= nr;
		from->groups &= ~BIT(g);
	}
	if (!nr)
		return;
	table->present += nr;
	table->groups |= BIT(g);
}

/* We have had copies of these groups since others needed @from, and now nobody does. Its ptl held. */
static void drop_leftovers(struct page *from, u64 groups)
{
	pte_t *entries = page_address(from);
	unsigned int i;

	for (i = group_next(groups, 0); i < PTRS_PER_TABLE; i = group_next(groups, i + 1)) {
		pte_t pte = entries[i];

		if (!pte)
			continue;
		entries[i] = 0;
		from->present--;
		if (from->level > 1)
			drop_table(pte_page(pte));
		else if (!pte_is_zero_frame(pte))
			put_page(pte_page(pte));
	}
	from->groups &= ~groups;
}

/* Fill those of @groups that are missing. ptl of @table held. */
static void fill_groups(struct page *table, u64 groups)
{
	struct page *from = table->backing;
	u64 left = groups & table->missing, g;
	bool alone;

	if (!left)
		return;
	spin_lock(&from->ptl);
	alone = page_count(from) == 1;
	if (alone)
		drop_leftovers(from, from->groups & ~table->missing);
	for (g = left; g; g &= g - 1)
		fill_group(table, from, __builtin_ctzl(g), alone);
	smp_store_release(&table->missing, table->missing & ~left);	/* the entries before it: table_groups() */
	spin_unlock(&from->ptl);
	if (table->missing)
		return;
	table->backing = NULL;
	drop_table(from);
}

void table_complete(struct page *table)
{
	if (likely(!table->missing) || planted(BUG_LAZY_HOLES))
		return;
	spin_lock(&table->ptl);
	fill_groups(table, ~0UL);
	spin_unlock(&table->ptl);
}

void table_fill_around(struct page *table, unsigned int index)
{
	u64 window = (BIT(WINDOW_GROUPS) - 1) << ALIGN_DOWN(index / TABLE_GROUP, WINDOW_GROUPS);

	spin_lock(&table->ptl);
	fill_groups(table, table->present < FILL_ALL ? window : ~0UL);
	spin_unlock(&table->ptl);
}
