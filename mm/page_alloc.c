/*
 * page_alloc.c - page frames: a buddy allocator with a list of single frames for each CPU in front.
 *
 * Free memory is kept in blocks of 2^order frames, aligned to their size, on one list for each
 * order. A block that is freed merges with its buddy (the block whose number differs in the bit
 * `order` only) as long as that is free and whole. Invariants:
 *   - the first frame of a block on a list has PG_BUDDY and the block's order, no other frame has;
 *   - every frame that is not handed out has kind FRAME_FREE and refcount 0, be it in a block or on
 *     the list of a CPU; frames that were never ours are FRAME_RESERVED with a refcount of 1;
 *   - no two free buddies of the same order below MAX_PAGE_ORDER stand on the lists.
 *
 * Single frames come from and go to a stack of the running CPU, refilled and drained in batches. Only
 * task context uses it, with preemption off; interrupts go straight to the buddy lists, so nobody
 * has to turn interrupts off for the common case. A small reserve is left to GFP_ATOMIC.
 *
 * The ledger counts a frame while it is handed out. FRAME_FREE there is not what lies on these
 * lists: it is what the users of this allocator keep prepared (stacks, empty tables), which is
 * as good as free and counted so by nr_free_pages().
 *
 * DEBUG=1: frames are filled with FRAME_POISON when freed and compared when handed out.
 *
 * Lock order: zone.lock is the innermost lock of all; taken with interrupts off.
 */
#include <tine/fault_inject.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/string.h>
#include "frames.h"

#define CPU_FRAMES	64	/* what a CPU keeps at most */
#define CPU_BATCH	16	/* how many it takes at once; it gives back twice that */

static struct {
	spinlock_t lock;
	struct list_head free[MAX_PAGE_ORDER + 1];	/* (z) blocks, by order */
	unsigned int nonempty;				/* (z) one bit for each order */
	unsigned long nr_free;				/* (z) frames on these lists */
	unsigned long nr_total;				/* (z) frames that are ours, free or not */
	unsigned long reserve;				/* frames left to GFP_ATOMIC; constant after boot */
} zone;

struct cpu_frames {
	unsigned int count;
	struct page *stack[CPU_FRAMES];
};

static DEFINE_PER_CPU(struct cpu_frames, cpu_frames);

struct page *mem_map;
unsigned long max_pfn;

/* ---- the buddy lists; zone.lock held ---- */

static void push_block(struct page *page, unsigned int order)
{
	page->flags |= PG_BUDDY;
	page->order = (u8)order;
	list_add(&page->lru, &zone.free[order]);
	zone.nonempty |= 1U << order;
}

static void unlink_block(struct page *page, unsigned int order)
{
	list_del_init(&page->lru);
	page->flags &= (u16)~PG_BUDDY;
	if (list_empty(&zone.free[order]))
		zone.nonempty &= ~(1U << order);
}

static struct page *take_block(unsigned int order)
{
	unsigned int candidates = zone.nonempty >> order << order;
	struct page *page;
	unsigned int o;

	if (!candidates)
		return NULL;
	o = (unsigned int)__builtin_ctz(candidates);
	page = list_first_entry(&zone.free[o], struct page, lru);
	unlink_block(page, o);
	while (o > order) {
		o--;
		push_block(page + (1UL << o), o);
	}
	zone.nr_free -= 1UL << order;
	return page;
}

static void give_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	zone.nr_free += 1UL << order;
	for (; order < MAX_PAGE_ORDER; order++) {
		unsigned long other = pfn ^ (1UL << order);
		struct page *buddy = pfn_to_page(other);

		if (other >= max_pfn || !(buddy->flags & PG_BUDDY) || buddy->order != order)
			break;
		unlink_block(buddy, order);
		pfn &= other;
	}
	push_block(pfn_to_page(pfn), order);
}

/* ---- the same for callers without the lock, and the frames of the running CPU ---- */

static bool enough_for(gfp_t gfp, unsigned int order)
{
	return (gfp & GFP_ATOMIC) || zone.nr_free >= zone.reserve + (1UL << order);
}

static struct page *take_block_locked(gfp_t gfp, unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&zone.lock);
	struct page *page = enough_for(gfp, order) ? take_block(order) : NULL;

	spin_unlock_irqrestore(&zone.lock, flags);
	return page;
}

static void give_block_locked(struct page *page, unsigned int order)
{
	unsigned long flags = spin_lock_irqsave(&zone.lock);

	give_block(page, order);
	spin_unlock_irqrestore(&zone.lock, flags);
}

/* Preemption is off in these two. */
static noinline unsigned int refill_cpu_frames(gfp_t gfp)
{
	struct cpu_frames *mine = this_cpu_ptr(&cpu_frames);
	unsigned long flags = spin_lock_irqsave(&zone.lock);

	while (mine->count < CPU_BATCH && enough_for(gfp, 0)) {
		struct page *page = take_block(0);

		if (!page)
			break;
		mine->stack[mine->count++] = page;
	}
	spin_unlock_irqrestore(&zone.lock, flags);
	return mine->count;
}

static noinline unsigned int drain_cpu_frames(unsigned int nr)
{
	struct cpu_frames *mine = this_cpu_ptr(&cpu_frames);
	unsigned long flags = spin_lock_irqsave(&zone.lock);

	for (; nr && mine->count; nr--)
		give_block(mine->stack[--mine->count], 0);
	spin_unlock_irqrestore(&zone.lock, flags);
	return mine->count;
}

static force_inline struct page *take_frame(gfp_t gfp)
{
	struct page *page = NULL;
	unsigned int count;

	if (unlikely(in_interrupt()))
		return take_block_locked(gfp, 0);
	preempt_disable();
	count = this_cpu_read(cpu_frames.count);
	if (unlikely(!count))
		count = refill_cpu_frames(gfp);
	if (likely(count)) {
		page = this_cpu_read(cpu_frames.stack[count - 1]);
		this_cpu_write(cpu_frames.count, count - 1);
	}
	preempt_enable();
	return page;
}

static force_inline void give_frame(struct page *page)
{
	unsigned int count;

	if (unlikely(in_interrupt())) {
		give_block_locked(page, 0);
		return;
	}
	preempt_disable();
	count = this_cpu_read(cpu_frames.count);
	if (unlikely(count == CPU_FRAMES))
		count = drain_cpu_frames(2 * CPU_BATCH);
	this_cpu_write(cpu_frames.stack[count], page);
	this_cpu_write(cpu_frames.count, count + 1);
	preempt_enable();
}

/* ---- checks ---- */

void page_count_broken(struct page *page, const char *what)
{
	panic("frame %#lx (kind %u, refcount %d): %s", page_to_pfn(page), page->kind,
	      page_count(page), what);
}

static void poison_frames(struct page *page, unsigned int order)
{
	u64 *word = page_address(page);

	for (u64 *end = word + ((PAGE_SIZE << order) / sizeof(*word)); word < end; word++)
		*word = FRAME_POISON;
	for (struct page *end = page + (1UL << order); page < end; page++)
		page->flags |= PG_POISONED;
}

static void check_poison(struct page *page)
{
	const u64 *words = page_address(page);

	if (!(page->flags & PG_POISONED))
		return;
	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		if (words[i] != FRAME_POISON)
			panic("frame %#lx was written after it was freed: %#lx at offset %#zx",
			      page_to_pfn(page), words[i], i * sizeof(*words));
	}
}

/* ---- the interface ---- */

/* Memory is out: take back what the other allocators keep for speed, and try once more. */
static noinline struct page *alloc_after_shrink(gfp_t gfp, unsigned int order)
{
	if (gfp & GFP_ATOMIC)
		return NULL;
	kmem_cache_shrink_all();
	kstack_shrink();
	preempt_disable();
	drain_cpu_frames(CPU_FRAMES);
	preempt_enable();
	return take_block_locked(gfp, order);
}

static void mark_block(struct page *page, unsigned int order, enum frame_kind kind, int refcount)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		atomic_set(&page[i].refcount, i == 0 ? refcount : 0);
		page[i].kind = (u8)kind;
		page[i].order = (u8)order;
		page[i].flags = 0;
	}
}

static void zero_block(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		clear_page(page_address(page + i));
}

static force_inline struct page *get_frames(gfp_t gfp, unsigned int order, enum frame_kind kind)
{
	struct page *page = likely(order == 0) ? take_frame(gfp) : take_block_locked(gfp, order);

	if (unlikely(!page)) {
		page = alloc_after_shrink(gfp, order);
		if (!page)
			return NULL;
	}
	if (IS_DEBUG) {
		for (unsigned long i = 0; i < 1UL << order; i++)
			check_poison(page + i);
	}
	mark_block(page, order, kind, 1);
	ledger_add(LEDGER_FRAME_KINDS + kind, 1L << order);
	ledger_add(LEDGER_FRAME_REFS, 1);
	if (gfp & __GFP_ZERO)
		zero_block(page, order);
	return page;
}

struct page *frames_alloc(gfp_t gfp, unsigned int order, enum frame_kind kind)
{
	return get_frames(gfp, order, kind);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order, enum frame_kind kind)
{
	if (!(gfp & GFP_ATOMIC))
		might_sleep();
	if (!(gfp & __GFP_NOFAULT) && should_fail(FAIL_FRAME))
		return NULL;
	if (unlikely(order > MAX_PAGE_ORDER))
		return NULL;
	if (likely(order == 0))
		return get_frames(gfp, 0, kind);
	return frames_alloc(gfp, order, kind);
}

/* The last reference is gone and no longer counted. */
static force_inline void release_frames(struct page *page, unsigned int order)
{
	unsigned int kind = page->kind;

	if (unlikely(kind <= FRAME_RESERVED))
		page_count_broken(page, "freed, but was not allocated");
	ledger_add(LEDGER_FRAME_KINDS + kind, -(1L << order));
	mark_block(page, order, FRAME_FREE, 0);
	if (IS_DEBUG)
		poison_frames(page, order);
	if (likely(order == 0))
		give_frame(page);
	else
		give_block_locked(page, order);
}

void free_pages(struct page *page, unsigned int order)
{
	if (unlikely(page_count(page) != 1 || page->order != order))
		page_count_broken(page, "freed while referenced, twice, or with a wrong order");
	ledger_add(LEDGER_FRAME_REFS, -1);
	if (likely(order == 0))
		release_frames(page, 0);
	else
		release_frames(page, order);
}

void put_page_last(struct page *page)
{
	if (unlikely(page_count(page) < 0 || page->order != 0))
		page_count_broken(page, "one reference too many was dropped");
	release_frames(page, 0);
}

void set_frame_kind(struct page *page, enum frame_kind kind)
{
	long nr = 1L << page->order;

	ledger_add(LEDGER_FRAME_KINDS + page->kind, -nr);
	ledger_add(LEDGER_FRAME_KINDS + kind, nr);
	page->kind = (u8)kind;
}

unsigned long nr_free_pages(void)
{
	long nr = (long)READ_ONCE(zone.nr_free) + ledger_read(LEDGER_FRAME_KINDS + FRAME_FREE);
	unsigned int cpu;

	for_each_cpu(cpu)
		nr += READ_ONCE(per_cpu(cpu_frames, cpu).count);
	return (unsigned long)max(nr, 0L);
}

unsigned long nr_total_pages(void)
{
	return READ_ONCE(zone.nr_total);
}

/* ---- boot ---- */

/* Frames [pfn, end), reserved until now, become free memory, in blocks as large as they align. */
static void adopt_frames(unsigned long pfn, unsigned long end)
{
	unsigned long flags = spin_lock_irqsave(&zone.lock);

	zone.nr_total += end - pfn;
	ledger_add(LEDGER_FRAME_KINDS + FRAME_RESERVED, -(long)(end - pfn));
	while (pfn < end) {
		unsigned int order = MAX_PAGE_ORDER;

		while (!IS_ALIGNED(pfn, 1UL << order) || pfn + (1UL << order) > end)
			order--;
		mark_block(pfn_to_page(pfn), order, FRAME_FREE, 0);
		give_block(pfn_to_page(pfn), order);
		pfn += 1UL << order;
	}
	spin_unlock_irqrestore(&zone.lock, flags);
}

static void mem_map_init(void)
{
	phys_addr_t start, end;

	for (unsigned int i = 0; memory_range(i, &start, &end); i++) {
		max_pfn = max(max_pfn, end >> PAGE_SHIFT);
		ledger_add(LEDGER_FRAME_KINDS + FRAME_RESERVED, (long)((end - start) >> PAGE_SHIFT));
	}
	mem_map = early_alloc(max_pfn * sizeof(struct page), PAGE_SIZE);
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		mark_block(pfn_to_page(pfn), 0, FRAME_RESERVED, 1);
}

/*
 * Everything usable and not reserved becomes free memory, except the first MiB: firmware keeps
 * tables there that it does not always declare, and other CPUs start there.
 */
void page_alloc_init(void)
{
	phys_addr_t start = 0x100000, end;

	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++)
		INIT_LIST_HEAD(&zone.free[order]);
	mem_map_init();
	memory_close();
	for (; memory_next_free(&start, &end); start = end) {
		unsigned long first = PAGE_ALIGN(start) >> PAGE_SHIFT;

		if (first < end >> PAGE_SHIFT)
			adopt_frames(first, end >> PAGE_SHIFT);
	}
	zone.reserve = min(zone.nr_total / 256, 256UL);
}

/* Frames that the range covers only in part stay reserved: something else may live in them. */
void memory_release(phys_addr_t start, phys_addr_t end)
{
	unsigned long first = PAGE_ALIGN(start) >> PAGE_SHIFT, last = end >> PAGE_SHIFT;

	assert(mem_map);
	if (first >= last || WARN_ON(!memory_is_usable(start, end)))
		return;
	for (unsigned long pfn = first; pfn < last; pfn++)
		assert(pfn_to_page(pfn)->kind == FRAME_RESERVED);
	adopt_frames(first, last);
}
