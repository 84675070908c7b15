/*
 * slab.c - caches of equal-sized objects.
 *
 * A slab is a block of 2^order frames cut into objects; the struct page of its first frame counts the
 * objects that left it and heads the list of those that did not. In front of the slabs each CPU has
 * a list of free objects of each cache, refilled and drained in batches. Both lists run through the
 * free objects themselves.
 *
 * Invariants:
 *   - a slab is on `partial` if some but not all of its objects are inside, on `empty` if all are,
 *     on no list if none is; objects on a CPU's list count as having left the slab;
 *   - all frames of a slab carry FRAME_SLAB and the cache, so that kfree() finds it from any object;
 *   - live objects of a cache = sum of the CPUs' `live` + irq_live.
 *
 * Task context works on the list of its CPU with preemption off. Interrupts never touch that list:
 * they go to the slabs, under the lock. So nobody turns interrupts off for the common case.
 *
 * DEBUG=1: behind each object stand a link and a state word. Free objects are filled with
 * POISON_FREE and compared when handed out; fresh ones are filled with POISON_FRESH. The state word
 * tells apart live and free (double free), and is a red zone too (overrun).
 *
 * Lock order: cache->lock, taken with interrupts off, then nothing: frames are taken and given back
 * without it.
 */
#include <tine/fault_inject.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include <tine/string.h>
#include "frames.h"

#define MAX_CACHES	64
#define MAX_SLAB_ORDER	3
#define MIN_OBJECT	8	/* room for a link */
#define KEEP_EMPTY	2	/* empty slabs that a cache keeps */

#define POISON_FREE	0x6b
#define POISON_FRESH	0x5a
#define STATE_LIVE	0x11feab1e0b7ec7edUL
#define STATE_FREE	0xdecea5ed0b7ec7edUL

struct kmem_cache {
	const char *name;		/* all of these are constant */
	struct cpu_objects *cpu_objects; /* of each CPU: for this_cpu_ptr() */
	unsigned int size;		/* of an object, as the user sees it */
	unsigned int stride;		/* from object to object */
	unsigned int order, objects;	/* of a slab: frames, and what they hold */
	unsigned int trailer;		/* DEBUG=1: offset of struct trailer in an object */
	unsigned int batch;		/* objects that move at once; a CPU keeps up to twice that */
	unsigned long slab_mask;	/* address of an object -> address of its slab */

	spinlock_t lock;
	struct list_head partial;	/* (l) */
	struct list_head empty;		/* (l) */
	unsigned int nr_empty;		/* (l) */
	long irq_live;			/* (l) objects handed out in interrupts less those given back */
};
/* (l) lock; it also guards freelist, inuse and slab_link of the slabs' pages */

/* Behind each object in DEBUG=1. */
struct trailer {
	unsigned long state;		/* first: the first victim of an overrun */
	void *link;
};

struct cpu_objects {
	void *head;
	unsigned int count;
	long live;
};

static struct kmem_cache caches[MAX_CACHES];
static unsigned int nr_caches;
static DEFINE_PER_CPU(struct cpu_objects, cpu_objects[MAX_CACHES]);

/* ---- objects ---- */

static struct trailer *trailer_of(const struct kmem_cache *cache, void *object)
{
	return (struct trailer *)((char *)object + cache->trailer);
}

/* Where a free object keeps the pointer to the next one. */
static force_inline void **link_of(const struct kmem_cache *cache, void *object)
{
	return IS_DEBUG ? &trailer_of(cache, object)->link : (void **)object;
}

static struct page *slab_of(const struct kmem_cache *cache, const void *object)
{
	return virt_to_page((const void *)((unsigned long)object & cache->slab_mask));
}

static noinline __noreturn void object_broken(const struct kmem_cache *cache, const void *object,
					      const char *what)
{
	panic("slab %s: object %p %s", cache->name, object, what);
}

static void mark_free(const struct kmem_cache *cache, void *object)
{
	memset(object, POISON_FREE, cache->size);
	trailer_of(cache, object)->state = STATE_FREE;
}

static noinline void check_alloc(const struct kmem_cache *cache, void *object)
{
	const u8 *bytes = object;

	if (trailer_of(cache, object)->state != STATE_FREE)
		object_broken(cache, object, "overwritten behind its end while free");
	for (unsigned int i = 0; i < cache->size; i++) {
		if (bytes[i] != POISON_FREE)
			object_broken(cache, object, "written after it was freed");
	}
	trailer_of(cache, object)->state = STATE_LIVE;
	memset(object, POISON_FRESH, cache->size);
}

static noinline void check_free(const struct kmem_cache *cache, void *object)
{
	struct page *page = virt_to_page(object);
	unsigned long base = (unsigned long)object & cache->slab_mask;

	if (page->kind != FRAME_SLAB || page->cache != cache)
		object_broken(cache, object, "freed to a cache that it is not from");
	if (((unsigned long)object - base) % cache->stride != 0)
		object_broken(cache, object, "freed by an address inside it");
	if (trailer_of(cache, object)->state == STATE_FREE)
		object_broken(cache, object, "freed twice");
	if (trailer_of(cache, object)->state != STATE_LIVE)
		object_broken(cache, object, "overwritten behind its end");
	mark_free(cache, object);
}

/* ---- slabs ---- */

/* A new slab with all objects inside; NULL without memory. No lock held. */
static struct page *slab_create(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *page = frames_alloc(gfp & GFP_ATOMIC, cache->order, FRAME_SLAB);
	char *object;

	if (!page)
		return NULL;
	ledger_add(LEDGER_FRAME_REFS, -1);	/* objects are counted instead, see ledger.c */
	for (unsigned int i = 0; i < 1U << cache->order; i++)
		page[i].cache = cache;
	page->freelist = NULL;
	page->inuse = 0;
	page->objects = (u16)cache->objects;
	INIT_LIST_HEAD(&page->slab_link);
	object = (char *)page_address(page) + cache->objects * cache->stride;
	for (unsigned int i = 0; i < cache->objects; i++) {
		object -= cache->stride;
		*link_of(cache, object) = page->freelist;
		page->freelist = object;
		if (IS_DEBUG)
			mark_free(cache, object);
	}
	return page;
}

/* Give the slabs on @list, linked by slab_link, back. No lock held. */
static unsigned long slabs_destroy(struct kmem_cache *cache, struct list_head *list)
{
	unsigned long frames = 0;

	while (!list_empty(list)) {
		struct page *page = list_first_entry(list, struct page, slab_link);

		list_del_init(&page->slab_link);
		ledger_add(LEDGER_FRAME_REFS, 1);
		free_pages(page, cache->order);
		frames += 1UL << cache->order;
	}
	return frames;
}

static void slab_add(struct kmem_cache *cache, struct page *page)
{
	list_add(&page->slab_link, &cache->empty);
	cache->nr_empty++;
}

/* Take a free object out of the slabs; NULL if there is none. Lock held. */
static void *slab_take(struct kmem_cache *cache)
{
	struct page *page;
	void *object;

	if (list_empty(&cache->partial)) {
		if (list_empty(&cache->empty))
			return NULL;
		list_move(cache->empty.next, &cache->partial);
		cache->nr_empty--;
	}
	page = list_first_entry(&cache->partial, struct page, slab_link);
	object = page->freelist;
	page->freelist = *link_of(cache, object);
	if (++page->inuse == page->objects)
		list_del_init(&page->slab_link);
	return object;
}

/* Put an object back into its slab; slabs too many go to @doomed. Lock held. */
static void slab_put(struct kmem_cache *cache, void *object, struct list_head *doomed)
{
	struct page *page = slab_of(cache, object);

	*link_of(cache, object) = page->freelist;
	page->freelist = object;
	if (--page->inuse == 0) {
		bool keep = cache->nr_empty < KEEP_EMPTY;

		list_move(&page->slab_link, keep ? &cache->empty : doomed);
		cache->nr_empty += keep;
	} else if (page->inuse == page->objects - 1) {
		list_add(&page->slab_link, &cache->partial);
	}
}

/* ---- the list of a CPU; preemption off, not in an interrupt ---- */

static unsigned int move_to_cpu(struct kmem_cache *cache, struct cpu_objects *mine)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);

	while (mine->count < cache->batch) {
		void *object = slab_take(cache);

		if (!object)
			break;
		*link_of(cache, object) = mine->head;
		mine->head = object;
		mine->count++;
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return mine->count;
}

/*
 * An object when the list is empty. Creating a slab may shrink every cache, this one too, so the
 * list is read again afterwards.
 */
static noinline void *refill(struct kmem_cache *cache, gfp_t gfp)
{
	struct cpu_objects *mine = this_cpu_ptr(cache->cpu_objects);
	struct page *page;
	unsigned long flags;
	void *object;

	if (!move_to_cpu(cache, mine)) {
		page = slab_create(cache, gfp);
		if (!page)
			return NULL;
		flags = spin_lock_irqsave(&cache->lock);
		slab_add(cache, page);
		spin_unlock_irqrestore(&cache->lock, flags);
		if (!move_to_cpu(cache, mine))	/* another CPU took them all: as good as no memory */
			return NULL;
	}
	object = mine->head;
	mine->head = *link_of(cache, object);
	mine->count--;
	mine->live++;
	return object;
}

static noinline unsigned long drain(struct kmem_cache *cache, unsigned int keep)
{
	struct cpu_objects *mine = this_cpu_ptr(cache->cpu_objects);
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	LIST_HEAD(doomed);

	while (mine->count > keep) {
		void *object = mine->head;

		mine->head = *link_of(cache, object);
		mine->count--;
		slab_put(cache, object, &doomed);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return slabs_destroy(cache, &doomed);
}

/* ---- in interrupts ---- */

static noinline void *irq_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	void *object = slab_take(cache);

	if (!object) {
		struct page *page;

		spin_unlock_irqrestore(&cache->lock, flags);
		page = slab_create(cache, gfp | GFP_ATOMIC);
		flags = spin_lock_irqsave(&cache->lock);
		if (page)
			slab_add(cache, page);
		object = slab_take(cache);
	}
	cache->irq_live += object != NULL;
	spin_unlock_irqrestore(&cache->lock, flags);
	return object;
}

static noinline void irq_free(struct kmem_cache *cache, void *object)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	LIST_HEAD(doomed);

	slab_put(cache, object, &doomed);
	cache->irq_live--;
	spin_unlock_irqrestore(&cache->lock, flags);
	slabs_destroy(cache, &doomed);
}

/* ---- the interface ---- */

static force_inline void *take_object(struct kmem_cache *cache, gfp_t gfp)
{
	struct cpu_objects *mine;
	void *object;

	if (unlikely(in_interrupt()))
		return irq_alloc(cache, gfp);
	preempt_disable();
	mine = this_cpu_ptr(cache->cpu_objects);
	object = mine->head;
	if (likely(object)) {
		mine->head = *link_of(cache, object);
		mine->count--;
		mine->live++;
	} else {
		object = refill(cache, gfp);
	}
	preempt_enable();
	return object;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object;

	if (!(gfp & GFP_ATOMIC))
		might_sleep();
	if (!(gfp & __GFP_NOFAULT) && should_fail(FAIL_SLAB))
		return NULL;
	object = take_object(cache, gfp);
	if (unlikely(!object))
		return NULL;
	if (IS_DEBUG)
		check_alloc(cache, object);
	if (gfp & __GFP_ZERO)
		memset(object, 0, cache->size);
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct cpu_objects *mine;

	if (IS_DEBUG)
		check_free(cache, object);
	if (unlikely(in_interrupt())) {
		irq_free(cache, object);
		return;
	}
	preempt_disable();
	mine = this_cpu_ptr(cache->cpu_objects);
	*link_of(cache, object) = mine->head;
	mine->head = object;
	mine->live--;
	if (unlikely(++mine->count > 2 * cache->batch))
		drain(cache, cache->batch);
	preempt_enable();
}

bool kmem_cache_stat(unsigned int i, const char **name, long *live_objects)
{
	struct kmem_cache *cache = &caches[i];
	unsigned int cpu;
	long live;

	if (i >= READ_ONCE(nr_caches))
		return false;
	live = READ_ONCE(cache->irq_live);
	for_each_cpu(cpu)
		live += READ_ONCE(per_cpu(cpu_objects[i], cpu).live);
	*name = cache->name;
	*live_objects = live;
	return true;
}

/* Everything that no one uses: the objects on the list of this CPU, and the empty slabs. */
static unsigned long shrink(struct kmem_cache *cache)
{
	unsigned long frames, flags;
	LIST_HEAD(doomed);

	preempt_disable();
	frames = drain(cache, 0);
	preempt_enable();
	flags = spin_lock_irqsave(&cache->lock);
	list_splice_tail_init(&cache->empty, &doomed);
	cache->nr_empty = 0;
	spin_unlock_irqrestore(&cache->lock, flags);
	return frames + slabs_destroy(cache, &doomed);
}

unsigned long kmem_cache_shrink_all(void)
{
	unsigned long frames = 0;

	for (unsigned int i = 0; i < nr_caches; i++)
		frames += shrink(&caches[i]);
	return frames;
}

/* The smallest block that wastes at most an eighth, else the one that wastes least. */
static unsigned int choose_order(unsigned int stride)
{
	unsigned int best = MAX_SLAB_ORDER;

	for (unsigned int order = MAX_SLAB_ORDER + 1; order-- > 0; ) {
		unsigned long bytes = PAGE_SIZE << order;
		unsigned long waste = bytes % stride, best_waste = (PAGE_SIZE << best) % stride;

		if (stride > bytes)
			break;
		if (waste * 8 <= bytes || (waste << best) < (best_waste << order))
			best = order;
	}
	return best;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align)
{
	struct kmem_cache *cache = &caches[nr_caches];
	size_t trailer = ALIGN_UP(max(size, (size_t)MIN_OBJECT), 8);
	size_t stride = trailer + (IS_DEBUG ? sizeof(struct trailer) : 0);

	if (nr_caches == MAX_CACHES)
		panic("kmem_cache_create(%s): more than %d caches", name, MAX_CACHES);
	align = max(align, (size_t)MIN_OBJECT);
	stride = ALIGN_UP(stride, align);
	assert((align & (align - 1)) == 0 && align <= PAGE_SIZE);
	assert(stride <= PAGE_SIZE << MAX_SLAB_ORDER);
	cache->name = name;
	cache->cpu_objects = &cpu_objects[nr_caches];
	cache->size = (unsigned int)size;
	cache->stride = (unsigned int)stride;
	cache->trailer = (unsigned int)trailer;
	cache->order = choose_order(cache->stride);
	cache->objects = (unsigned int)((PAGE_SIZE << cache->order) / stride);
	cache->slab_mask = ~((PAGE_SIZE << cache->order) - 1);
	cache->batch = (unsigned int)max(min(PAGE_SIZE * 2 / stride, 32UL), 2UL);
	spin_lock_init(&cache->lock);
	INIT_LIST_HEAD(&cache->partial);
	INIT_LIST_HEAD(&cache->empty);
	WRITE_ONCE(nr_caches, nr_caches + 1);
	return cache;
}
