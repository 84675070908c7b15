/*
 * page.h - page frames: one struct page for each, the buddy allocator over them, and the
 * direct map that makes all of them addressable.
 *
 * Who counts what: `refcount` of a frame mapped by user tables is the number of leaf entries
 * that point to it plus one for each other holder (page cache, pipe, kernel code in the middle
 * of something). Of a table frame it is the number of entries that point to the table. Anything
 * else has one holder. get_page() and put_page() also keep the sum of all references, which the
 * ledger shows.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/ledger.h>
#include <tine/list.h>
#include <tine/spinlock.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	ALIGN_UP((unsigned long)(x), PAGE_SIZE)
#define offset_in_page(x) ((unsigned long)(x) & ~PAGE_MASK)

/* The direct map: physical address 0 is at PAGE_OFFSET, all of memory follows. */
#if defined(TINE_HOST) && !defined(PAGE_OFFSET)	/* where unit tests map their machine's memory */
#define PAGE_OFFSET		0x0000200000000000UL
#elif !defined(TINE_HOST)
#define PAGE_OFFSET		0xffff888000000000UL
#endif
/* Where the kernel image is linked: its physical address plus this. */
#define KERNEL_BASE		0xffffffff80000000UL
/* Kernel stacks with their guard pages. */
#define KSTACK_REGION_START	0xffffc90000000000UL
#define KSTACK_REGION_END	0xffffc98000000000UL
/* Device registers, mapped uncached by ioremap(). */
#define IOREMAP_START		0xffffd00000000000UL
#define IOREMAP_END		0xffffd08000000000UL

#define __va(phys)	((void *)((unsigned long)(phys) + PAGE_OFFSET))
/* Of an address in the direct map; a kernel symbol takes __pa_symbol(). */
#define __pa(virt)	((phys_addr_t)((unsigned long)(virt) - PAGE_OFFSET))
#define __pa_symbol(sym) ((phys_addr_t)((unsigned long)(sym) - KERNEL_BASE))

struct kmem_cache;
struct address_space;

struct page {
	atomic_t refcount;		/* (a) see above; 0 when free */
	u8 kind;			/* enum frame_kind; owner */
	u8 order;			/* of a free block: (z); of an allocated one: constant */
	u16 flags;			/* PG_*; 0 when handed out, see the user of each */
	union {
		struct list_head lru;	/* (z) free list of the buddy allocator, or the owner's use */
		struct {		/* FRAME_SLAB */
			struct kmem_cache *cache;
			void *freelist;	/* lock of the cache */
			u16 inuse;
			u16 objects;
			struct list_head slab_link;
		};
		struct {		/* FRAME_TABLE */
			spinlock_t ptl;	/* guards the 512 entries and the index below */
			u16 present;	/* (p) entries that are not empty */
			u8 level;	/* 1 = leaf table ... 4 = root */
			u16 counted[3];	/* (p) level 1: what mm->rss of each sharer has for this table */
			u64 groups;	/* (p) bit g: some of entries 8g ... 8g + 7 are not empty */
			u64 missing;	/* (p) bit g: these are in the backing alone: mm/lazy.c */
			struct page *backing;	/* (p) NULL if nothing is missing; a reference of ours */
		};
		struct {		/* FRAME_CACHE */
			struct address_space *mapping;
			u64 index;	/* in pages, within the file */
		};
	};
#if TINE_DEBUG
	int audited;			/* references that mm_audit() has found */
#endif
};
/* (z) the buddy allocator's lock, (p) ptl of the same table */

/* Allocation may sleep; or must not (interrupts, spinlocks held). */
#define GFP_KERNEL	0x0U
#define GFP_ATOMIC	0x1U
#define __GFP_ZERO	0x2U		/* filled with zeros */
#define __GFP_NOFAULT	0x4U		/* not a fallible act: fault injection lets it pass */

extern struct page *mem_map;		/* indexed by page frame number */
extern unsigned long max_pfn;		/* one more than the highest frame */

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return mem_map + pfn;
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - mem_map);
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return (phys_addr_t)page_to_pfn(page) << PAGE_SHIFT;
}

static inline void *page_address(const struct page *page)
{
	return __va(page_to_phys(page));
}

static inline struct page *virt_to_page(const void *addr)
{
	return pfn_to_page(__pa(addr) >> PAGE_SHIFT);
}

/*
 * 2^order frames in a row, aligned to their size, refcount 1, of kind @kind; NULL when there are
 * none. Contents undefined (poisoned in DEBUG=1) unless __GFP_ZERO. From any context.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order, enum frame_kind kind);
#define alloc_page(gfp, kind) alloc_pages(gfp, 0, kind)
/* Give back a block whose only reference is the caller's. */
void free_pages(struct page *page, unsigned int order);
/* Change what a frame counts as in the ledger, e.g. from FRAME_ANON to FRAME_CACHE. */
void set_frame_kind(struct page *page, enum frame_kind kind);

/* The last reference went, or the count is broken (which panics). */
void put_page_last(struct page *page);
void page_count_broken(struct page *page, const char *what) __noreturn;

/* Take one more reference of a frame that somebody holds already. */
static inline void get_page(struct page *page)
{
	if (unlikely(atomic_add_return(1, &page->refcount) <= 1))
		page_count_broken(page, "taken while free, or wrapped");
	ledger_add(LEDGER_FRAME_REFS, 1);
}

/* Drop a reference of a single frame; the last one frees it. */
static inline void put_page(struct page *page)
{
	ledger_add(LEDGER_FRAME_REFS, -1);
	if (unlikely(atomic_sub_return(1, &page->refcount) <= 0))
		put_page_last(page);
}

static inline int page_count(const struct page *page)
{
	return atomic_read(&page->refcount);
}

unsigned long nr_free_pages(void);	/* per-CPU lists and recycled stacks and tables included */
unsigned long nr_total_pages(void);	/* managed by the allocator since boot */

/*
 * Before the buddy allocator: memory as the firmware reports it, in bytes. The architecture adds
 * what is usable and reserves what is taken, then early_alloc() hands out zeroed memory for good
 * (never NULL: panics with a message that names the need), then page_alloc_init() takes over.
 */
void memory_add(phys_addr_t start, phys_addr_t end);
void memory_reserve(phys_addr_t start, phys_addr_t end);
void *early_alloc(size_t size, size_t align);
void page_alloc_init(void);
/* Hand a range reserved until now (the unpacked initramfs) to the allocator. */
void memory_release(phys_addr_t start, phys_addr_t end);
/* Iterate over usable ranges: for the direct map. Returns false past the last one. */
bool memory_range(unsigned int i, phys_addr_t *start, phys_addr_t *end);
