/*
 * frames.h - what the allocators of mm know of one another.
 */
#pragma once

#include <tine/page.h>

#define MAX_PAGE_ORDER	10	/* the largest block: 4 MiB */

/* page.flags while the frame is free. */
#define PG_BUDDY	0x8000U	/* first frame of a block on a free list (z) */
#define PG_POISONED	0x4000U	/* filled with FRAME_POISON (DEBUG=1) */

#define FRAME_POISON	0xdeadf7eedeadf7eeUL

/*
 * alloc_pages() without the fault injection and without the check for sleeping: for allocators
 * that did both at their own interface and call with preemption off.
 */
struct page *frames_alloc(gfp_t gfp, unsigned int order, enum frame_kind kind);

/*
 * Give back frames that are kept for speed only; the number of them. Called when memory is out, with
 * interrupts on and outside interrupts, possibly with preemption off.
 */
unsigned long kmem_cache_shrink_all(void);
unsigned long kstack_shrink(void);

/*
 * mm/early.c: the first range at or above *@start that is usable and not reserved; false if there
 * is none.
 */
bool memory_next_free(phys_addr_t *start, phys_addr_t *end);
/* Does all of [start, end) lie in one usable range? */
bool memory_is_usable(phys_addr_t start, phys_addr_t end);
/* From now on the ranges belong to the buddy allocator. */
void memory_close(void);
