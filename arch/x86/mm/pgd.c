/*
 * pgd.c - roots of address spaces.
 *
 * The kernel half of a root is a copy of init_mm's, whose entries never change after boot. A root that
 * is given back has an empty user half and a right kernel half, so it is kept as it is, on a
 * list of its CPU, and the next fork has nothing to clear and nothing to copy. In the ledger a
 * kept root counts as free.
 */
#include <arch/pgtable.h>
#include <tine/fault_inject.h>
#include <tine/ledger.h>
#include <tine/mm.h>
#include <tine/preempt.h>
#include <tine/printk.h>
#include <tine/string.h>

#define ROOT_CACHE_SIZE	16
#define USER_ENTRIES	(PTRS_PER_TABLE / 2)
#define HALF_ROOT	(USER_ENTRIES * sizeof(pte_t))

struct root_cache {			/* only with preemption off */
	unsigned int nr;
	struct page *pages[ROOT_CACHE_SIZE];
};

static DEFINE_PER_CPU(struct root_cache, root_cache);

static void root_ledger(long delta)
{
	ledger_add(LEDGER_FRAME_KINDS + FRAME_TABLE, delta);
	ledger_add(LEDGER_FRAME_KINDS + FRAME_FREE, -delta);
	ledger_add(LEDGER_FRAME_REFS, delta);
}

static struct page *root_cache_take(void)
{
	struct root_cache *cache;
	struct page *root = NULL;

	preempt_disable();
	cache = this_cpu_ptr(&root_cache);
	if (cache->nr) {
		root = cache->pages[--cache->nr];
		root_ledger(1);
	}
	preempt_enable();
	return root;
}

static bool root_cache_give(struct page *root)
{
	struct root_cache *cache;
	bool room;

	preempt_disable();
	cache = this_cpu_ptr(&root_cache);
	room = cache->nr < ROOT_CACHE_SIZE;
	if (room) {
		cache->pages[cache->nr++] = root;
		root_ledger(-1);
	}
	preempt_enable();
	return room;
}

static struct page *root_make(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_NOFAULT, FRAME_TABLE);
	pgd_t *root;

	if (!page)
		return NULL;
	root = page_address(page);
	memset(root, 0, HALF_ROOT);
	memcpy(root + USER_ENTRIES, init_mm.pgd + USER_ENTRIES, HALF_ROOT);
	return page;
}

/* The index covers the user half alone. */
static void root_reset(struct page *root)
{
	spin_lock_init(&root->ptl);
	root->present = 0;
	root->groups = root->missing = 0;
	root->backing = NULL;
	root->level = PGTABLE_LEVELS;
}

static void root_verify(struct page *page)
{
	const pgd_t *root = page_address(page);

	assert(page_count(page) == 1 && page->kind == FRAME_TABLE && page->present == 0);
	for (unsigned int i = 0; i < USER_ENTRIES; i++)
		assert(root[i] == 0);
	assert(memcmp(root + USER_ENTRIES, init_mm.pgd + USER_ENTRIES, HALF_ROOT) == 0);
}

pgd_t *pgd_alloc(struct mm_struct *mm)
{
	struct page *root;

	if (should_fail(FAIL_TABLE))
		return NULL;
	root = root_cache_take();
	if (!root)
		root = root_make();
	if (!root)
		return NULL;
	root_reset(root);
	return page_address(root);
}

void pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	struct page *root = virt_to_page(pgd);

	if (IS_DEBUG)
		root_verify(root);
	if (!root_cache_give(root))
		free_pages(root, 0);
}
