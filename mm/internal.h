/*
 * internal.h - what the files of mm/ know about page tables and mappings, and nobody else.
 *
 * Entries are changed only by the entry_*() functions below and by the four leaf functions that
 * mm/walk.c calls (zap, copy, protect, move), always under the ptl of their table. They keep
 * the table's occupancy index: `present` entries are not empty, and they lie in the `groups` of 8
 * whose bit is set, so that a visit costs the entries that exist.
 *
 * An entry is empty (0), or leads to a table (PTE_TABLE), or to a frame. A frame's entry without
 * PTE_PRESENT has PTE_PROTNONE: the frame is there but the mapping allows no access.
 */
#pragma once

#include <arch/pgtable.h>
#include <tine/mm.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/upcalls.h>

#define MAX_MAP_COUNT	65530U		/* Linux's default of vm.max_map_count */
#define VM_ACCESS_FLAGS	(VM_READ | VM_WRITE | VM_EXEC)
#define VM_MAY_FLAGS	(VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)

#define PTE_PROTNONE	PTE_GLOBAL	/* the CPU ignores this bit in an entry that is not present */
#define PTE_TABLE	(PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED)

#define PG_SHMEM	0x1		/* page.flags of FRAME_CACHE: shared anonymous memory, not a file's */
#define PG_HOT		0x2		/* page.flags of FRAME_ANON: written while it was shared; see mm/share.c */
#define PG_IDLE		0x4		/* beside PG_HOT, times this: forks before which it was not written */
#define PTE_WRITABLE	(PTE_RW | PTE_DIRTY)

/* ---- mm/bugs.c: mistakes on purpose; what each leaves out stands where planted() asks for it ---- */
enum mm_bug {
	BUG_NONE,
	BUG_FORK_KEEPS_W,	/* obligation 1: the parent's entry stays writable */
	BUG_FORK_NO_FLUSH,	/* 1: the parent's translations stay */
	BUG_BOTTOM_UP,		/* 2: count 1 below a shared table is taken for ours */
	BUG_COPY_KEEPS_W,	/* 2: the old table keeps its writable entries */
	BUG_COPY_NO_REF,	/* 3: targets of a copied table are not counted */
	BUG_UNMAP_SHARED,	/* 4: a range is changed in the shared table */
	BUG_DROP_ALL,		/* 4: a subtree is emptied though others refer to it */
	BUG_POKE,		/* 6: a write through the direct map does not break the sharing */
	BUG_SHMEM_COW,		/* 7: shared memory becomes copy on write */
	BUG_FORK_ALL,		/* 8: DONTFORK and WIPEONFORK are not looked at */
	BUG_RSS,		/* 9: a subtree that goes is not subtracted */
	BUG_NO_RESERVE,		/* 10: a change of a range starts without its tables */
	BUG_NO_UPPER_FLUSH,	/* 11: the CPU is not told of the new way down */
	BUG_MAP_NOT_OWN,	/* a map that others have is changed */
	BUG_LAZY_HOLES,		/* a lazy table is taken for a whole one */
	BUG_MAP_HIDDEN,		/* truncation does not learn of the child */
	NR_MM_BUGS
};
extern enum mm_bug mm_bug;

static force_inline bool planted(enum mm_bug bug)
{
	return IS_DEBUG && unlikely(mm_bug == bug);
}

void mm_bug_init(void);

/* Reads of untouched anonymous memory find this frame. Always read-only, never counted. */
extern u8 zero_frame[PAGE_SIZE];

static inline bool pte_is_zero_frame(pte_t pte)
{
	return pte_phys(pte) == __pa_symbol(zero_frame);
}

static inline struct page *pte_page(pte_t pte)
{
	return pfn_to_page(pte_phys(pte) >> PAGE_SHIFT);
}

static inline pte_t *pte_table(pte_t pte)
{
	return __va(pte_phys(pte));
}

/* Entry bits for pages of a mapping with @vm_flags; private ones without PTE_RW: see fault.c. */
extern pte_t protection_map[16];

static inline pte_t vm_get_page_prot(unsigned long vm_flags)
{
	return protection_map[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];
}

/* Which counter of mm->rss a frame belongs to. */
static inline unsigned int rss_kind(const struct page *page)
{
	if (page->kind == FRAME_ANON)
		return MM_ANONPAGES;
	return page->flags & PG_SHMEM ? MM_SHMEMPAGES : MM_FILEPAGES;
}

/* ---- entries; ptl of their table held ---- */

static inline unsigned int entry_index(const pte_t *entry)
{
	return ((unsigned long)entry / sizeof(pte_t)) & (PTRS_PER_TABLE - 1);
}

#define TABLE_GROUP	8U	/* entries: one line of the CPU's cache */

/* Groups that are in the backing alone; of all others the entries are seen after this. See mm/lazy.c. */
static force_inline u64 table_missing(const struct page *table)
{
	return smp_load_acquire(&table->missing);
}

/* The groups that may have an entry. */
static force_inline u64 table_groups(const struct page *table)
{
	u64 missing = table_missing(table);

	return READ_ONCE(table->groups) | missing;
}

/* The first index from @i on in one of @groups; PTRS_PER_TABLE if there is none. */
static force_inline unsigned int group_next(u64 groups, unsigned int i)
{
	u64 left;

	if (i % TABLE_GROUP)
		return i;
	left = i < PTRS_PER_TABLE ? groups >> (i / TABLE_GROUP) : 0;
	return left ? i + TABLE_GROUP * __builtin_ctzl(left) : PTRS_PER_TABLE;
}

/* The first index from @i on that may have an entry, of the table's own. */
static force_inline unsigned int table_next(const struct page *table, unsigned int i)
{
	return group_next(table->groups, i);
}

#define for_each_entry(i, table) \
	for ((i) = table_next(table, 0); (i) < PTRS_PER_TABLE; (i) = table_next(table, (i) + 1))

/*
 * The first and the last entry, as far as the groups @missing allow to say; the first is behind the last if there
 * is none.
 */
static inline unsigned int table_first(const struct page *table, u64 missing)
{
	const pte_t *entries = page_address(table);
	unsigned int i = group_next(READ_ONCE(table->groups) | missing, 0);

	if (i < PTRS_PER_TABLE && (missing & BIT(i / TABLE_GROUP)))
		return i;
	while (i < PTRS_PER_TABLE && !entries[i])
		i++;
	return i;
}

static inline unsigned int table_last(const struct page *table, u64 missing)
{
	const pte_t *entries = page_address(table);
	u64 groups = READ_ONCE(table->groups) | missing;
	unsigned int i = groups ? (63 - __builtin_clzl(groups)) * TABLE_GROUP + TABLE_GROUP - 1 : 0;

	if (missing & BIT(i / TABLE_GROUP))
		return i;
	while (i && !entries[i])
		i--;
	return i;
}

/* Is anything left in the group of @entry? */
static inline bool group_in_use(const pte_t *entry)
{
	const pte_t *g = (const pte_t *)ALIGN_DOWN((unsigned long)entry, TABLE_GROUP * sizeof(pte_t));

	return g[0] | g[1] | g[2] | g[3] | g[4] | g[5] | g[6] | g[7];
}

/* Fill an empty entry. */
static inline void entry_set(pte_t *entry, pte_t pte)
{
	struct page *table = virt_to_page(entry);

	table->present++;
	table->groups |= BIT(entry_index(entry) / TABLE_GROUP);
	WRITE_ONCE(*entry, pte);
}

/* For which leaf table, by its struct page, mm->rss has how much: (p). */
static inline void table_count(struct page *table, unsigned int kind, int nr)
{
	table->counted[kind] += nr;
}

/* Take W away from an entry that others may use at the same time: the CPU, or a sharer of the table. */
static inline void entry_wrprotect(pte_t *entry)
{
	__atomic_and_fetch(entry, ~PTE_RW, __ATOMIC_RELAXED);
}

/* Empty @entry and return what was there. Translations may stay cached until they are flushed. */
static inline pte_t entry_clear(pte_t *entry)
{
	struct page *table = virt_to_page(entry);
	pte_t old = *entry;

	WRITE_ONCE(*entry, 0);
	table->present--;
	if (!group_in_use(entry))
		table->groups &= ~BIT(entry_index(entry) / TABLE_GROUP);
	return old;
}

/* Other permissions for the same frame, or another frame: what it was is flushed by the caller. */
static inline void entry_replace(pte_t *entry, pte_t pte)
{
	WRITE_ONCE(*entry, pte);
}

/* ---- mm/walk.c: tables, and the one way to their entries ---- */

/* A table without entries and with one reference; NULL without memory. */
struct page *table_alloc(unsigned int level);
/* Take back a table that is empty and has no other reference. */
void table_free(struct page *table);
/* One more entry leads to @table, which somebody holds already; the caller tells the ledger. */
static inline void table_get(struct page *table)
{
	if (unlikely(atomic_add_return(1, &table->refcount) <= 1))
		page_count_broken(table, "taken while free, or wrapped");
}
/* For a root, which pgd_alloc() made. */
void table_init(struct page *table, unsigned int level);
/* Drop a reference; true if it was the last, then the table is the caller's to empty and free. */
bool table_put_last(struct page *table);

/* Frames and tables on their way out: they are freed only after the flush. */
#define TLB_BATCH	64
struct tlb_batch {
	struct mm_struct *mm;
	unsigned long start, end;	/* addresses to flush; none if start >= end */
	bool shared;			/* other address spaces have had the same entries: flush them too */
	unsigned int nr;
	struct page *pages[TLB_BATCH];
};

void tlb_batch_init(struct tlb_batch *batch, struct mm_struct *mm);
/* Flush, then drop what was gathered; the batch can be used again. */
void tlb_batch_flush(struct tlb_batch *batch);

static inline void tlb_batch_addr(struct tlb_batch *batch, unsigned long addr)
{
	if (addr < batch->start)
		batch->start = addr;
	if (addr + PAGE_SIZE > batch->end)
		batch->end = addr + PAGE_SIZE;
}

/*
 * A walk of a range. Who changes entries below gets tables of his own: those that are shared with
 * other address spaces and have entries in the range are copied on the way down (table_unshare()).
 */
struct walk {
	struct mm_struct *mm;
	/*
	 * Called for each leaf table in the range, with the indices within it that may hold entries
	 * and the address that entry 0 maps. Takes the ptl. Not 0: ends the walk. NULL: nothing to do.
	 */
	int (*leaf)(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
		    unsigned long base);
	/* What is below lies in the range with all it has and is to go: unlink it as a whole. May be NULL. */
	void (*whole)(struct walk *walk, pte_t *entry, unsigned long base);
	struct tlb_batch *batch;	/* for what is removed */
	bool free_empty;		/* tables that are empty after the visit go into the batch */
	bool keep_shared;		/* do not enter shared tables */
	/*
	 * The caller does not hold mmap_lock (truncation): hold the ptl of every table on the way,
	 * which whoever unlinks a table takes too, so that none goes while the walk is in it. Shared
	 * tables are changed in place.
	 */
	bool foreign;
	bool shared;			/* foreign: some table on the way has another reference */
};

/*
 * Visit the leaf tables that map [start, end), end > start. What the last leaf() returned, or -ENOMEM
 * where a table cannot be copied: that cannot happen after walk_unshare() of the range.
 */
int walk_range(struct walk *walk, unsigned long start, unsigned long end);
/*
 * Reserve: copy the tables that a walk of [start, end) would have to copy, with @whole if its subtrees
 * inside the range will be unlinked. No program can see the difference. 0 or -ENOMEM.
 */
int walk_unshare(struct mm_struct *mm, unsigned long start, unsigned long end, bool whole);
/* The leaf entry of @addr, missing tables made, shared ones copied; NULL without memory. mmap_lock held. */
pte_t *walk_alloc(struct mm_struct *mm, unsigned long addr);
/* The leaf entry of @addr for reading, or NULL if there is no table. mmap_lock held. */
pte_t *walk_find(struct mm_struct *mm, unsigned long addr);
/* Free the tables on the way to @addr that are empty: after a walk_alloc() that came to nothing. */
void walk_prune(struct mm_struct *mm, unsigned long addr);

/* ---- mm/share.c ---- */
/*
 * The table behind @entry, which is not writable, as one that @mm alone refers to, and the entry
 * writable; a copy if need be. NULL without memory, and nothing has changed. The table of @entry is
 * @mm's alone. @addr: any address below. mmap_lock held.
 */
struct page *table_unshare(struct mm_struct *mm, pte_t *entry, unsigned long addr);
/* The sum of what @table and the tables below have counted, added to @rss. */
void table_sum_counted(struct page *table, long rss[NR_MM_COUNTERS]);

/* One more reference to the frame behind a leaf entry, for the copy that is returned. If it is private neither has W then. */
static force_inline pte_t share_frame(pte_t *entry)
{
	pte_t pte = *entry;
	struct page *page = pte_page(pte);

	if (unlikely(pte_is_zero_frame(pte)))
		return pte;
	table_get(page);
	ledger_add(LEDGER_FRAME_REFS, 1);
	if ((pte & PTE_RW) && (page->kind == FRAME_ANON || planted(BUG_SHMEM_COW))) {
		if (!planted(BUG_COPY_KEEPS_W))
			entry_wrprotect(entry);
		pte &= ~PTE_RW;
	}
	return pte;
}

/* The same for an entry above the leaves. */
static force_inline pte_t share_below(pte_t *entry)
{
	pte_t pte = *entry;

	if (!planted(BUG_COPY_NO_REF)) {
		table_get(pte_page(pte));
		ledger_add(LEDGER_FRAME_REFS, 1);
	}
	if ((pte & PTE_RW) && !planted(BUG_COPY_KEEPS_W))
		entry_wrprotect(entry);
	return pte & ~PTE_RW;
}

/* ---- mm/lazy.c ---- */
/*
 * Make @copy, new, a copy of @table, which is not lazy itself and not empty, that gets its entries later, and the
 * caller's reference to @table now. ptl of @table held.
 */
void table_copy_lazily(struct page *copy, struct page *table);
/* What is missing in @table is so in @copy, which has all else, too. ptl of @table held. */
void table_share_backing(struct page *copy, const struct page *table);
/* Fetch all entries that are missing. */
void table_complete(struct page *table);
/* Fetch those around @index. */
void table_fill_around(struct page *table, unsigned int index);

/* ---- mm/memory.c ---- */
/* Drop one reference of a table that was unlinked and flushed; with the last one goes what is below. */
void drop_table(struct page *table);
/* Without a reservation: after walk_unshare(.., true), for who must not fail any more. */
void zap_page_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* As unmap_page_range(), for a holder of i_mmap_lock only: tables stay. */
void zap_foreign_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* Drop the whole user half, which no file's i_mmap leads to any more. */
void free_user_tables(struct mm_struct *mm);

/* ---- mm/fault.c ---- */
#define FAULT_FLAG_FORCE	0x100	/* a debugger's access: VM_MAY* count instead of VM_* */
/* handle_mm_fault() for who holds mmap_lock already. */
unsigned int fault_locked(struct mm_struct *mm, unsigned long addr, unsigned int flags);
/* Touch all of [start, end) as MAP_POPULATE asks; errors end it silently. Takes mmap_lock. */
void mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end);

/* ---- mm/vma.c; mmap_lock held ---- */
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/* The index in vm_mapping of the page at @addr. */
static inline u64 vma_index(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

void vma_cache_init(void);
/* Move the ends of a linked VMA; @pgoff follows vm_start. */
void vma_resize(struct vm_area_struct *vma, unsigned long start, unsigned long end);
void vma_set_flags(struct vm_area_struct *vma, unsigned long flags);
/* Does a child not inherit it as it is? */
static inline bool vma_is_special(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_DONTCOPY | VM_WIPEONFORK)) && !planted(BUG_FORK_ALL);
}
/* Cut at @addr, inside: @vma keeps what is below. 0 or -ENOMEM. */
int split_vma(struct vm_area_struct *vma, unsigned long addr);
/* Cut so that [start, end), inside @vma, is a VMA of its own, and return it; ERR_PTR(-ENOMEM). */
struct vm_area_struct *vma_isolate(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
				   unsigned long end);
/* Join with the neighbours if they continue each other; returns who covers the range now. */
struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *vma);
/* Let a neighbour grow over the free range [start, end) of anonymous memory; says whether it did. */
bool vma_extend(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long flags);
/* Take @vma out of i_mmap alone, before vma_free_all(). */
void vma_unlink_file(struct vm_area_struct *vma);
void vma_free_list(struct list_head *list);	/* linked by i_mmap_link; mmap_lock not held */
void vma_free_all(struct vm_map *map);		/* that nobody refers to any more */
/* If @vma is a stack and may grow down to @addr, let it; the VMA that has it now, NULL, or ERR_PTR(-ENOMEM). */
struct vm_area_struct *expand_stack(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr);
/* A free range of @len bytes: at @addr if that is free, else the highest below mmap_base. -ENOMEM */
unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long addr, unsigned long len);
/* What get_unmapped_area() found was not used. */
static inline void free_area_forget(struct mm_struct *mm)
{
	mm->free_area_cache = 0;
}
void free_area_raise(struct mm_struct *mm, unsigned long addr);	/* what lies below @addr is free now */

/* ---- mm/map.c ---- */
void map_cache_init(void);
/* Give @mm, which is bare, an empty map. 0 or -ENOMEM. */
int mm_new_map(struct mm_struct *mm);
/* @mm's last user is gone: truncation need not look for its pages any more. */
void mm_hide_map(struct mm_struct *mm);
/* Drop the reference; the last one takes the mappings away. May sleep. */
void mm_put_map(struct mm_struct *mm);
/* Zap [start, end) in every address space that has @map. i_mmap_lock of a file held. */
void map_zap_foreign(struct vm_map *map, unsigned long start, unsigned long end);

/* ---- mm/mmap.c; mmap_lock held ---- */
unsigned long vm_flags_of(unsigned long prot);
/* Do RLIMIT_AS and RLIMIT_DATA allow @pages more with @vm_flags? */
bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long pages);
/* Is a mapping with @vm_flags a promise of private memory? */
bool vm_accountable(unsigned long vm_flags);
/* A limit of the running process. getrlimit(2) */
static inline u64 rlimit(unsigned int resource)
{
	return READ_ONCE(current->signal->rlim[resource].rlim_cur);
}
/*
 * Unmap [addr, addr + len); the VMAs go to @gone, for vma_free_list() once mmap_lock is
 * released: dropping the last reference of a file takes locks that come before it.
 */
int do_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len, struct list_head *gone);

/* ---- mm/filemap.c ---- */
void mapping_cache_init(void);
/* Pages first ... first + nr - 1 with references into @pages, NULL for holes. */
void find_get_pages(struct address_space *mapping, u64 first, unsigned int nr, struct page **pages);
/* Pages of @mapping beyond the last byte of its file do not exist for programs. */
static inline bool mapping_beyond_end(const struct address_space *mapping, u64 index)
{
	return index >= DIV_ROUND_UP(READ_ONCE(mapping->size), PAGE_SIZE);
}
/* MADV_REMOVE: pages [first, last] become holes. */
void mapping_punch(struct address_space *mapping, u64 first, u64 last);
