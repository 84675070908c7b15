/*
 * kmalloc.c - memory of any size: slab caches of powers of two up to 8 KiB, whole frames above.
 *
 * The frame under a pointer tells kfree() which of the two it came from. Blocks are aligned to 16
 * bytes, from 64 bytes up to 64; nobody may rely on more.
 */
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include <tine/string.h>
#include "frames.h"

#define MIN_SHIFT	4
#define MAX_SHIFT	13
#define NR_SIZES	(MAX_SHIFT - MIN_SHIFT + 1)

static struct kmem_cache *sizes[NR_SIZES];

void kmem_cache_init(void)
{
	static const char *const names[NR_SIZES] = {
		"kmalloc-16", "kmalloc-32", "kmalloc-64", "kmalloc-128", "kmalloc-256",
		"kmalloc-512", "kmalloc-1024", "kmalloc-2048", "kmalloc-4096", "kmalloc-8192",
	};

	for (unsigned int i = 0; i < NR_SIZES; i++) {
		size_t size = 1UL << (MIN_SHIFT + i);

		sizes[i] = kmem_cache_create(names[i], size, size < 64 ? 16 : 64);
	}
}

/* The smallest n with 2^n >= size. */
static unsigned int log2_up(size_t size)
{
	return size <= 1 ? 0 : 64 - (unsigned int)__builtin_clzl(size - 1);
}

static noinline void *kmalloc_frames(size_t size, gfp_t gfp)
{
	unsigned int order = log2_up(size) - PAGE_SHIFT;
	struct page *page = alloc_pages(gfp, order, FRAME_KERNEL);

	return page ? page_address(page) : NULL;
}

void *kmalloc(size_t size, gfp_t gfp)
{
	if (unlikely(size > 1UL << MAX_SHIFT))
		return kmalloc_frames(size, gfp);
	if (size <= 1UL << MIN_SHIFT)
		return kmem_cache_alloc(sizes[0], gfp);
	return kmem_cache_alloc(sizes[log2_up(size) - MIN_SHIFT], gfp);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kzalloc(bytes, gfp);
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t size = strlen(s) + 1;
	char *copy = kmalloc(size, gfp);

	return copy ? memcpy(copy, s, size) : NULL;
}

void kfree(const void *ptr)
{
	struct page *page;

	if (!ptr)
		return;
	page = virt_to_page(ptr);
	if (likely(page->kind == FRAME_SLAB)) {
		kmem_cache_free(page->cache, (void *)ptr);
		return;
	}
	if (page->kind != FRAME_KERNEL || offset_in_page(ptr))
		panic("kfree: %p is not from kmalloc", ptr);
	free_pages(page, page->order);
}
