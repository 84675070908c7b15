/*
 * slab.h - caches of equal-sized objects.
 *
 * The ledger counts the live objects of each cache here, at the interface. All functions work
 * from any context; with GFP_KERNEL they may sleep.
 */
#pragma once

#include <tine/page.h>

struct kmem_cache;

/*
 * A cache of objects of @size bytes aligned to @align (0: 8; a power of two, at most a page).
 * @name stays valid for ever: it appears in /proc/ledger. Boot time only; never fails.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align);

/* NULL when there is no memory. Contents undefined unless __GFP_ZERO. */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
void kmem_cache_free(struct kmem_cache *cache, void *object);

/* General-purpose memory: power-of-two caches up to 8 KiB, whole frames above. */
void *kmalloc(size_t size, gfp_t gfp) __must_check;
void *kzalloc(size_t size, gfp_t gfp) __must_check;
/* @n objects of @size bytes, zeroed; NULL also when the product overflows. */
void *kcalloc(size_t n, size_t size, gfp_t gfp) __must_check;
char *kstrdup(const char *s, gfp_t gfp) __must_check;
void kfree(const void *ptr);	/* NULL is allowed */

void kmem_cache_init(void);
/* For the ledger: the i-th cache; false past the last. */
bool kmem_cache_stat(unsigned int i, const char **name, long *live_objects);
