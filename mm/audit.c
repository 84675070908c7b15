/*
 * audit.c - are all counts right? DEBUG=1, on demand: /proc/sys/kernel/audit, after every user test.
 *
 * Walks every address space, each distinct table once, and counts anew, from the entries alone, how
 * often each table and each frame is referenced. Says by name what disagrees with:
 *   - the count in struct page: entries that lead there, and one for a root, and one for a frame in
 *     the page cache;
 *   - the invariant of share.c: what is writable is referenced once, shared memory excepted;
 *   - the occupancy index of each table, and what it has counted for rss; rss of each mm;
 *   - the mappings: an entry lies in one, a page of a file is writable only in a shared one;
 *   - the references to each map of mappings.
 * Tables that no entry leads to wait, empty, to be used again.
 *
 * Nothing else runs meanwhile (one CPU, no preemption). Who was interrupted in the middle of a
 * change may hold a reference for a moment: ask again before you believe a small disagreement.
 */
#include "internal.h"

#if TINE_DEBUG

#include <tine/format.h>
#include <tine/preempt.h>

#define MAX_COMPLAINTS	12

struct audit {
	char *buf;
	size_t size, len;
	unsigned int bad, tables, frames, mms;
	struct mm_struct *mm;		/* whose tables we are in */
};

static __printf(2, 3) void complain(struct audit *audit, const char *fmt, ...)
{
	va_list args;

	if (audit->bad++ >= MAX_COMPLAINTS || audit->len >= audit->size)
		return;
	va_start(args, fmt);
	audit->len += vsnprintf(audit->buf + audit->len, audit->size - audit->len, fmt, args);
	va_end(args);
}

static void audit_table(struct audit *audit, struct page *table, unsigned long base);

/* An entry above the leaves, for addresses from @addr on. */
static void audit_upper(struct audit *audit, const struct page *table, pte_t pte, unsigned long addr)
{
	struct page *below = pte_page(pte);

	if (below->kind != FRAME_TABLE || below->level != table->level - 1) {
		complain(audit, "address %lx: entry of level %u leads to frame %lx of kind %u\n", addr, table->level,
			 page_to_pfn(below), below->kind);
		return;
	}
	if (!(pte & PTE_RW) && !audit->mm->lent)
		complain(audit, "address %lx: entry of level %u is not writable, but nothing is lent\n", addr, table->level);
	if ((pte & PTE_RW) && page_count(below) != 1)
		complain(audit, "address %lx: writable entry of level %u, its table has %d references\n", addr,
			 table->level, page_count(below));
	if (below->audited++ == 0)
		audit_table(audit, below, addr);
}

/* An entry that leads to a frame; the kind it counts as in rss, or NR_MM_COUNTERS. */
static unsigned int audit_leaf(struct audit *audit, pte_t pte, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(audit->mm, addr);
	struct page *page = pte_page(pte);

	if (!vma || vma->vm_start > addr)
		complain(audit, "address %lx: an entry, but no mapping\n", addr);
	if (pte_is_zero_frame(pte)) {
		if (pte & PTE_RW)
			complain(audit, "address %lx: the zero frame is writable\n", addr);
		return NR_MM_COUNTERS;
	}
	page->audited++;
	if (page->kind != FRAME_ANON && page->kind != FRAME_CACHE)
		complain(audit, "address %lx: frame %lx of kind %u is mapped\n", addr, page_to_pfn(page), page->kind);
	else if ((pte & PTE_RW) && page->kind == FRAME_ANON && page_count(page) != 1)
		complain(audit, "address %lx: writable, frame %lx has %d references\n", addr, page_to_pfn(page),
			 page_count(page));
	else if ((pte & PTE_RW) && page->kind == FRAME_CACHE && vma && !(vma->vm_flags & VM_SHARED))
		complain(audit, "address %lx: a private mapping can write to frame %lx of a file\n", addr,
			 page_to_pfn(page));
	return rss_kind(page);
}

/* What a lazy table has still to fetch: lazy.c, rules 1 to 3. @groups: what it has. */
static void audit_backing(struct audit *audit, const struct page *table, unsigned long base, unsigned long groups)
{
	struct page *backing = table->backing;

	if (!backing != !table->missing || (groups & table->missing))
		complain(audit, "table of %lx, level %u: groups %lx, %lx are missing\n", base, table->level, groups,
			 (unsigned long)table->missing);
	if (!backing)
		return;
	if (backing->kind != FRAME_TABLE || backing->level != table->level || backing->missing)
		complain(audit, "table of %lx: its backing is frame %lx of kind %u\n", base, page_to_pfn(backing),
			 backing->kind);
	else if (backing->audited++ == 0)
		audit_table(audit, backing, base);
}

static void audit_table(struct audit *audit, struct page *table, unsigned long base)
{
	unsigned int end = table->level == PGTABLE_LEVELS ? PTRS_PER_TABLE / 2 : PTRS_PER_TABLE, i, present = 0;
	unsigned int counted[NR_MM_COUNTERS + 1] = { 0 };
	const pte_t *entries = page_address(table);
	unsigned long groups = 0;

	audit->tables++;
	for (i = 0; i < end; i++) {
		if (!entries[i])
			continue;
		present++;
		groups |= BIT(i / TABLE_GROUP);
		if (table->level > 1)
			audit_upper(audit, table, entries[i], base + i * level_size(table->level));
		else
			counted[audit_leaf(audit, entries[i], base + i * PAGE_SIZE)]++;
	}
	audit_backing(audit, table, base, groups);
	if (present != table->present || groups != table->groups)
		complain(audit, "table of %lx, level %u: %u entries in groups %lx, the index says %u in %lx\n", base,
			 table->level, present, groups, table->present, (unsigned long)table->groups);
	for (i = 0; table->level == 1 && i < NR_MM_COUNTERS; i++)
		if (counted[i] > table->counted[i])
			complain(audit, "table of %lx: %u frames of kind %u, %u are counted\n", base, counted[i], i,
				 table->counted[i]);
}

static void audit_mm(struct audit *audit, struct mm_struct *mm)
{
	struct page *root = virt_to_page(mm->pgd);
	long rss[NR_MM_COUNTERS] = { 0 };
	unsigned int i;

	audit->mm = mm;
	audit->mms++;
	root->audited++;
	audit_table(audit, root, 0);
	if (!atomic_read(&mm->mm_users))	/* its tables are gone, its figures do not matter any more */
		return;
	table_sum_counted(root, rss);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (rss[i] != atomic64_read(&mm->rss[i]))
			complain(audit, "mm with code at %lx: rss %u is %ld, its tables have %ld\n", mm->map->start_code, i,
				 atomic64_read(&mm->rss[i]), rss[i]);
}

/* Is the count of each map the number of address spaces that have it, and does it know them all? */
static void audit_maps(struct audit *audit)
{
	struct mm_struct *mm, *sharer;

	list_for_each_entry(mm, &mm_list, mm_link)
		if (mm->map)
			mm->map->audited = 0;
	list_for_each_entry(mm, &mm_list, mm_link)
		if (mm->map)
			mm->map->audited++;
	list_for_each_entry(mm, &mm_list, mm_link) {
		struct vm_map *map = mm->map;
		int listed = 0;

		if (!map || !map->audited)	/* seen already */
			continue;
		list_for_each_entry(sharer, &map->mms, map_link)
			listed += sharer->map == map;
		if (refcount_read(&map->refs) != map->audited || listed != map->audited)
			complain(audit, "map with code at %lx: %d references, %d found, %d listed\n", map->start_code,
				 refcount_read(&map->refs), map->audited, listed);
		map->audited = 0;
	}
}

static void audit_frame(struct audit *audit, const struct page *page)
{
	int found = page->audited;

	switch (page->kind) {
	case FRAME_TABLE:
		if (!found && page_count(page) == 1 && !page->present)
			return;
		break;
	case FRAME_CACHE:
		found += page->mapping != NULL;
		break;
	case FRAME_ANON:
		break;
	default:
		return;
	}
	audit->frames += page->kind != FRAME_TABLE;
	if (found != page_count(page))
		complain(audit, "frame %lx of kind %u, level %u: %d references, %d found\n", page_to_pfn(page), page->kind,
			 page->kind == FRAME_TABLE ? page->level : 0, page_count(page), found);
}

size_t mm_audit(char *buf, size_t size)
{
	struct audit audit = { .buf = buf, .size = size };
	struct mm_struct *mm;
	unsigned long pfn;

	preempt_disable();
	for (pfn = 0; pfn < max_pfn; pfn++)
		pfn_to_page(pfn)->audited = 0;
	list_for_each_entry(mm, &mm_list, mm_link)
		audit_mm(&audit, mm);
	audit_maps(&audit);
	for (pfn = 0; pfn < max_pfn; pfn++)
		audit_frame(&audit, pfn_to_page(pfn));
	preempt_enable();
	if (!audit.bad)
		return snprintf(buf, size, "ok tables %u frames %u mms %u\n", audit.tables, audit.frames, audit.mms);
	return min(audit.len, size - 1);
}

#endif
