// sources: mm/early.c mm/page_alloc.c
/*
 * Boot memory and the frame allocator on a machine with holes: ranges, random blocks that must
 * not overlap, exhaustion and the reserve, merging back to what was there, and the checks that
 * convict misuse.
 */
#include "machine.h"

#define MIB		0x100000UL
#define MEMORY		(64 * MIB)
#define INITRD_START	(40 * MIB + 0x800)
#define INITRD_END	(42 * MIB + 0x10)
#define NR_FRAMES	(MEMORY / PAGE_SIZE)

unsigned long kmem_cache_shrink_all(void)
{
	return 0;
}

unsigned long kstack_shrink(void)
{
	return 0;
}

/* ---- boot memory, before the allocator takes over ---- */

static void check_ranges(void)
{
	phys_addr_t start, end;

	assert_true(memory_range(0, &start, &end));
	assert_int_equal(start, 0);
	assert_int_equal(end, 0x9f000);
	assert_true(memory_range(1, &start, &end));
	assert_int_equal(start, MIB);
	assert_int_equal(end, 24 * MIB);
	assert_true(memory_range(2, &start, &end));
	assert_int_equal(start, 32 * MIB);
	assert_int_equal(end, MEMORY - 3 * PAGE_SIZE);
	assert_false(memory_range(3, &start, &end));
}

/* Given out of order, overlapping, touching, and not aligned. */
static void add_memory(void)
{
	memory_add(32 * MIB, MEMORY - 2 * PAGE_SIZE - 1);
	memory_add(0, 0x9fc00);
	memory_add(8 * MIB, 16 * MIB);
	memory_add(20 * MIB, 24 * MIB);
	memory_add(MIB - 0x10 + 0x10, 8 * MIB);
	memory_add(12 * MIB, 20 * MIB);
	memory_add(5 * MIB, 5 * MIB);
	check_ranges();
}

static void check_early_alloc(void)
{
	static const size_t sizes[] = { 1, 24, 4096, 100, 3 * 4096, 8 };
	static const size_t aligns[] = { 1, 8, 4096, 64, 4096, 8 };
	unsigned char *got[ARRAY_SIZE(sizes)];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *p = got[i] = early_alloc(sizes[i], aligns[i]);

		assert_true(__pa(p) >= MIB && __pa(p) < 24 * MIB);
		assert_true(IS_ALIGNED((unsigned long)p, aligns[i]));
		assert_false(__pa(p) < 4 * MIB && __pa(p) + sizes[i] > 2 * MIB);
		for (size_t b = 0; b < sizes[i]; b++)
			assert_int_equal(p[b], 0);
		memset(p, (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t b = 0; b < sizes[i]; b++)
			assert_int_equal(got[i][b], i + 1);
	}
	PANICS("not enough memory", early_alloc(33 * MIB, 8));
	/* does not fit in what is left below the kernel's image: goes behind it */
	assert_int_equal(__pa(early_alloc(MIB, PAGE_SIZE)), 4 * MIB);
}

static int boot(void **state)
{
	machine_memory(MEMORY);
	add_memory();
	memory_reserve(2 * MIB, 3 * MIB);
	memory_reserve(3 * MIB, 4 * MIB);
	memory_reserve(INITRD_START, INITRD_END);
	check_early_alloc();
	page_alloc_init();
	PANICS("too late", memory_reserve(50 * MIB, 51 * MIB));
	return 0;
}

/* ---- the allocator ---- */

static unsigned long owner[NR_FRAMES];	/* which block a frame belongs to, 0: none */

struct block {
	struct page *page;
	unsigned int order;
	enum frame_kind kind;
};

static void check_usable(unsigned long pfn)
{
	phys_addr_t at = pfn << PAGE_SHIFT;

	assert_true(at >= MIB && at + PAGE_SIZE <= MEMORY - 3 * PAGE_SIZE);
	assert_false(at >= 2 * MIB && at < 4 * MIB);
	assert_false(at >= 24 * MIB && at < 32 * MIB);
}

static struct page *claim(struct block *block, unsigned long id)
{
	unsigned long pfn;

	if (!block->page)
		return NULL;
	pfn = page_to_pfn(block->page);
	assert_true(IS_ALIGNED(pfn, 1UL << block->order));
	assert_int_equal(page_count(block->page), 1);
	for (unsigned long i = 0; i < 1UL << block->order; i++) {
		check_usable(pfn + i);
		assert_int_equal(owner[pfn + i], 0);
		assert_int_equal(block->page[i].kind, block->kind);
		assert_int_equal(block->page[i].flags, 0);
		owner[pfn + i] = id;
		*(unsigned long *)page_address(block->page + i) = id;
	}
	return block->page;
}

static void disclaim(struct block *block, unsigned long id)
{
	unsigned long pfn = page_to_pfn(block->page);

	for (unsigned long i = 0; i < 1UL << block->order; i++) {
		assert_int_equal(owner[pfn + i], id);
		assert_int_equal(*(unsigned long *)page_address(block->page + i), id);
		owner[pfn + i] = 0;
	}
	free_pages(block->page, block->order);
	block->page = NULL;
}

/* How many blocks of the largest order can be had at once: shows whether all has merged. */
static unsigned int count_largest(void)
{
	struct page *blocks[NR_FRAMES >> MAX_PAGE_ORDER];
	unsigned int nr = 0;

	while ((blocks[nr] = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER, FRAME_KERNEL)))
		nr++;
	for (unsigned int i = 0; i < nr; i++)
		free_pages(blocks[i], MAX_PAGE_ORDER);
	return nr;
}

/* Everything a test must leave as it was. */
static struct {
	unsigned long nr_free;
	unsigned int largest;
	long ledger[NR_LEDGER_ITEMS];
} before;

static int remember(void **state)
{
	before.largest = count_largest();
	before.nr_free = nr_free_pages();
	memcpy(before.ledger, ledger_counts, sizeof(before.ledger));
	return 0;
}

static int check_unchanged(void **state)
{
	assert_int_equal(nr_free_pages(), before.nr_free);
	assert_int_equal(count_largest(), before.largest);
	assert_memory_equal(before.ledger, ledger_counts, sizeof(before.ledger));
	assert_int_equal(preempt_count, 0);
	assert_false(host_irqs_off);
	return 0;
}

static void test_totals(void **state)
{
	unsigned long usable = 0x9f + (24 - 1 + 32) * 256 - 3;

	assert_int_equal(nr_free_pages(), nr_total_pages());
	assert_int_equal(ledger_counts[LEDGER_FRAME_KINDS + FRAME_RESERVED], usable - nr_total_pages());
	assert_int_equal(max_pfn, NR_FRAMES - 3);
	assert_int_equal(pfn_to_page(0)->kind, FRAME_RESERVED);
	assert_int_equal(virt_to_page(mem_map)->kind, FRAME_RESERVED);
	/* 16 MiB from 8 on, less what boot took, and 28 from 32 on, less the archive and the end */
	assert_in_range(before.largest, 7, 10);
}

static void test_random_blocks(void **state)
{
	static struct block blocks[600];
	unsigned long seed = 23;

	for (int round = 0; round < 60000; round++) {
		unsigned int i = next_random(&seed) % ARRAY_SIZE(blocks);
		struct block *block = &blocks[i];

		if (block->page) {
			disclaim(block, i + 1);
			continue;
		}
		block->order = next_random(&seed) % 4 ? next_random(&seed) % 3 : next_random(&seed) % 8;
		block->kind = FRAME_KERNEL + next_random(&seed) % (NR_FRAME_KINDS - FRAME_KERNEL);
		block->page = alloc_pages(GFP_KERNEL, block->order, block->kind);
		claim(block, i + 1);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(blocks); i++) {
		if (blocks[i].page)
			disclaim(&blocks[i], i + 1);
	}
}

/* All single frames, then every second one given back: no pair merges. Then the rest: all do. */
static void test_exhaustion(void **state)
{
	static struct block blocks[NR_FRAMES];
	unsigned long nr = 0, kernel;
	gfp_t gfp = GFP_KERNEL;

	for (kernel = 0; nr < NR_FRAMES; nr++) {
		blocks[nr] = (struct block){ alloc_page(gfp, FRAME_ANON), 0, FRAME_ANON };
		if (!claim(&blocks[nr], nr + 1)) {
			if (gfp == GFP_ATOMIC)
				break;
			gfp = GFP_ATOMIC;	/* the reserve is left */
			kernel = nr--;
		}
	}
	assert_true(kernel > 0 && nr > kernel);
	assert_int_equal(nr, before.nr_free);
	assert_int_equal(nr_free_pages(), 0);
	assert_null(alloc_page(GFP_KERNEL | __GFP_ZERO, FRAME_ANON));
	for (unsigned long i = 0; i < nr; i++) {
		if (page_to_pfn(blocks[i].page) % 2)
			disclaim(&blocks[i], i + 1);
	}
	assert_null(alloc_pages(GFP_ATOMIC, 1, FRAME_KERNEL));
	for (unsigned long i = 0; i < nr; i++) {
		if (blocks[i].page)
			disclaim(&blocks[i], i + 1);
	}
}

static void test_zeroed(void **state)
{
	for (unsigned int order = 0; order < 4; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order, FRAME_TABLE);
		unsigned char *bytes = page_address(page);

		for (size_t i = 0; i < PAGE_SIZE << order; i++)
			assert_int_equal(bytes[i], 0);
		memset(bytes, 0x11, PAGE_SIZE << order);
		free_pages(page, order);
	}
	assert_null(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER + 1, FRAME_KERNEL));
}

static void test_references(void **state)
{
	struct page *page = alloc_page(GFP_KERNEL, FRAME_ANON);
	long *refs = &ledger_counts[LEDGER_FRAME_REFS], base = *refs;

	get_page(page);
	get_page(page);
	assert_int_equal(page_count(page), 3);
	assert_int_equal(*refs, base + 2);
	set_frame_kind(page, FRAME_CACHE);
	assert_int_equal(ledger_counts[LEDGER_FRAME_KINDS + FRAME_CACHE], 1);
	assert_int_equal(ledger_counts[LEDGER_FRAME_KINDS + FRAME_ANON], 0);
	put_page(page);
	put_page(page);
	assert_int_equal(page->kind, FRAME_CACHE);
	put_page(page);
	assert_int_equal(page->kind, FRAME_FREE);
}

static void test_in_interrupt(void **state)
{
	struct page *page, *block;

	preempt_count = HARDIRQ_OFFSET;
	host_irqs_off = true;
	page = alloc_page(GFP_ATOMIC, FRAME_KERNEL);
	block = alloc_pages(GFP_ATOMIC, 3, FRAME_KERNEL);
	assert_non_null(page);
	assert_non_null(block);
	free_pages(page, 0);
	free_pages(block, 3);
	assert_true(host_irqs_off);
	preempt_count = 0;
	host_irqs_off = false;
}

static void test_misuse(void **state)
{
	struct page *page = alloc_page(GFP_KERNEL, FRAME_ANON);
	long refs = ledger_counts[LEDGER_FRAME_REFS];

	PANICS("wrong order", free_pages(page, 1));
	get_page(page);
	PANICS("while referenced", free_pages(page, 0));
	put_page(page);
	put_page(page);
	PANICS("twice", free_pages(page, 0));
	PANICS("taken while free", get_page(page));
	atomic_set(&page->refcount, 0);
	PANICS("one reference too many", put_page(page));
	atomic_set(&page->refcount, 0);
	ledger_counts[LEDGER_FRAME_REFS] = refs - 1;
}

static void test_write_after_free(void **state)
{
	struct page *page = alloc_page(GFP_KERNEL, FRAME_KERNEL);
	unsigned long *word = (unsigned long *)page_address(page) + 17, *head = &word[-17];

	free_pages(page, 0);
	*word ^= 1;
	PANICS("offset 0x88", alloc_page(GFP_KERNEL, FRAME_KERNEL));
	/* the panic came after the frame had left its list: hand it out by hand, then free it */
	*word ^= 1;
	assert_int_equal(*head, FRAME_POISON);
	atomic_set(&page->refcount, 1);
	page->kind = FRAME_KERNEL;
	ledger_add(LEDGER_FRAME_KINDS + FRAME_KERNEL, 1);
	ledger_add(LEDGER_FRAME_REFS, 1);
	free_pages(page, 0);
}

/* The last test: it makes the machine larger. */
static void test_release(void **state)
{
	unsigned long total = nr_total_pages(), frames = (INITRD_END >> 12) - (PAGE_ALIGN(INITRD_START) >> 12);

	memory_release(INITRD_START, INITRD_END);
	assert_int_equal(nr_total_pages(), total + frames);
	assert_int_equal(nr_free_pages(), before.nr_free + frames);
	assert_int_equal(pfn_to_page(INITRD_START >> 12)->kind, FRAME_RESERVED);
	assert_int_equal(pfn_to_page(INITRD_END >> 12)->kind, FRAME_RESERVED);
	PANICS("FRAME_RESERVED", memory_release(INITRD_START, INITRD_END));
	test_random_blocks(state);
	assert_int_equal(nr_free_pages(), nr_total_pages());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, remember, check_unchanged)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_totals),
		TEST(test_random_blocks),
		TEST(test_exhaustion),
		TEST(test_zeroed),
		TEST(test_references),
		TEST(test_in_interrupt),
		TEST(test_misuse),
		TEST(test_write_after_free),
		cmocka_unit_test_setup(test_release, remember),
	};

	return cmocka_run_group_tests_name("buddy", tests, boot, NULL);
}
