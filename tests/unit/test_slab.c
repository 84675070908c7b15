// sources: mm/early.c mm/page_alloc.c mm/slab.c mm/kmalloc.c
/*
 * Object caches over the frame allocator: random objects that must neither overlap nor move, counts,
 * frames that come back, interrupts, memory running out, and the checks that convict misuse.
 */
#include "machine.h"
#include <tine/slab.h>

#define MEMORY	(16UL << 20)

static struct kmem_cache *tiny, *odd, *task_like, *large;

unsigned long kstack_shrink(void)
{
	return 0;
}

static int boot(void **state)
{
	machine_memory(MEMORY);
	memory_add(0, MEMORY);
	page_alloc_init();
	kmem_cache_init();
	tiny = kmem_cache_create("tiny", 3, 0);
	odd = kmem_cache_create("odd", 200, 64);
	task_like = kmem_cache_create("task_like", 2500, 64);
	large = kmem_cache_create("large", 9000, 4096);
	return 0;
}

static long live_objects(const char *wanted)
{
	const char *name;
	long live;

	for (unsigned int i = 0; kmem_cache_stat(i, &name, &live); i++) {
		if (strcmp(name, wanted) == 0)
			return live;
	}
	fail_msg("no cache %s", wanted);
	return -1;
}

/* No object is live, and nothing but caches of frames stands between us and all of memory. */
static int check_empty(void **state)
{
	const char *name;
	long live;

	for (unsigned int i = 0; kmem_cache_stat(i, &name, &live); i++) {
		if (live)
			fail_msg("%ld objects of %s", live, name);
	}
	kmem_cache_shrink_all();
	assert_int_equal(ledger_counts[LEDGER_FRAME_KINDS + FRAME_SLAB], 0);
	assert_int_equal(ledger_counts[LEDGER_FRAME_KINDS + FRAME_KERNEL], 0);
	assert_int_equal(ledger_counts[LEDGER_FRAME_REFS], 0);
	assert_int_equal(nr_free_pages(), nr_total_pages());
	assert_int_equal(preempt_count, 0);
	assert_false(host_irqs_off);
	return 0;
}

static bool all_bytes(const void *p, int c, size_t n)
{
	for (const unsigned char *b = p; n; n--, b++) {
		if (*b != c)
			return false;
	}
	return true;
}

static void exercise(struct kmem_cache *cache, size_t size, size_t align, unsigned int nr)
{
	void **objects = calloc(nr, sizeof(*objects));
	unsigned long seed = size;

	for (unsigned int round = 0; round < 20 * nr; round++) {
		unsigned int i = next_random(&seed) % nr;

		if (objects[i]) {
			assert_true(all_bytes(objects[i], (int)(i % 251), size));
			kmem_cache_free(cache, objects[i]);
			objects[i] = NULL;
			continue;
		}
		objects[i] = kmem_cache_alloc(cache, i % 2 ? __GFP_ZERO : GFP_KERNEL);
		assert_non_null(objects[i]);
		assert_int_equal((unsigned long)objects[i] % align, 0);
		assert_true(i % 2 == 0 || all_bytes(objects[i], 0, size));
		memset(objects[i], (int)(i % 251), size);
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (objects[i])
			kmem_cache_free(cache, objects[i]);
	}
	free(objects);
}

static void test_random_objects(void **state)
{
	exercise(tiny, 3, 8, 2000);
	exercise(odd, 200, 64, 1000);
	exercise(task_like, 2500, 64, 300);
	exercise(large, 9000, 4096, 100);
}

static void test_counts(void **state)
{
	void *a = kmem_cache_alloc(odd, GFP_KERNEL), *b;

	assert_int_equal(live_objects("odd"), 1);
	preempt_count = HARDIRQ_OFFSET;
	b = kmem_cache_alloc(odd, GFP_ATOMIC);
	assert_int_equal(live_objects("odd"), 2);
	kmem_cache_free(odd, a);
	preempt_count = 0;
	assert_int_equal(live_objects("odd"), 1);
	kmem_cache_free(odd, b);
	assert_int_equal(live_objects("odd"), 0);
	assert_int_equal(ledger_counts[LEDGER_FRAME_REFS], 0);
}

static void test_in_interrupt(void **state)
{
	void *objects[100];

	preempt_count = HARDIRQ_OFFSET;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = kmem_cache_alloc(task_like, GFP_ATOMIC);
		assert_non_null(objects[i]);
		memset(objects[i], (int)i, 2500);
	}
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		assert_true(all_bytes(objects[i], (int)i, 2500));
		kmem_cache_free(task_like, objects[i]);
	}
	preempt_count = 0;
}

/* Sizes around each cache's edge, and beyond the largest cache. */
static void test_kmalloc(void **state)
{
	for (size_t size = 0; size < 40000; size += size < 70 ? 1 : size / 9) {
		char *p = kmalloc(size, GFP_KERNEL), *z = kzalloc(size, GFP_KERNEL);

		assert_non_null(p);
		assert_int_equal((unsigned long)p % (size > 32 ? 64 : 16), 0);
		memset(p, 0xff, size);
		assert_true(all_bytes(z, 0, size));
		kfree(p);
		kfree(z);
	}
	kfree(NULL);
	assert_null(kcalloc(1UL << 33, 1UL << 33, GFP_KERNEL));
	assert_null(kmalloc(64UL << 20, GFP_KERNEL));
}

static void test_kstrdup(void **state)
{
	char *copy = kstrdup("a name of some length", GFP_KERNEL);

	assert_string_equal(copy, "a name of some length");
	kfree(copy);
}

/*
 * One cache eats everything; another one's idle objects must be given up for it. Afterwards all
 * comes back.
 */
static void test_out_of_memory(void **state)
{
	void *list = NULL, *object;
	unsigned long nr = 0;

	kmem_cache_free(odd, kmem_cache_alloc(odd, GFP_KERNEL));
	while ((object = kmem_cache_alloc(task_like, GFP_KERNEL))) {
		*(void **)object = list;
		list = object;
		nr++;
	}
	assert_int_equal(live_objects("task_like"), nr);
	assert_null(kmem_cache_alloc(odd, GFP_KERNEL));
	assert_non_null(object = kmem_cache_alloc(odd, GFP_ATOMIC));	/* from the reserve */
	kmem_cache_free(odd, object);
	assert_null(kmalloc(20000, GFP_KERNEL));
	assert_true(nr > nr_total_pages() * 4096 / 2500 * 3 / 4);
	while ((object = list)) {
		list = *(void **)object;
		kmem_cache_free(task_like, object);
	}
}

/* Make an object that a panic left marked sound again, and free it. */
static void repair(struct kmem_cache *cache, void *object, void *copy, size_t size)
{
	memcpy(object, copy, size);
	kmem_cache_free(cache, object);
}

static void test_misuse(void **state)
{
	char *a = kmem_cache_alloc(odd, GFP_KERNEL), *b = kmem_cache_alloc(odd, GFP_KERNEL), saved[216];

	memcpy(saved, a, sizeof(saved));
	PANICS("not from", kmem_cache_free(tiny, a));
	PANICS("inside it", kmem_cache_free(odd, a + 8));
	a[200] ^= 1;
	PANICS("behind its end", kmem_cache_free(odd, a));
	repair(odd, a, saved, sizeof(saved));
	PANICS("freed twice", kmem_cache_free(odd, a));
	kmem_cache_free(odd, b);
	PANICS("not from kmalloc", kfree(mem_map));
}

/* The panic comes when the object has left its list: it stays lost, so this test is the last. */
static void test_write_after_free(void **state)
{
	char *a = kmem_cache_alloc(odd, GFP_KERNEL);

	kmem_cache_free(odd, a);
	a[5] = 1;
	PANICS("written after it was freed", a = kmem_cache_alloc(odd, GFP_KERNEL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_random_objects, check_empty),
		cmocka_unit_test_teardown(test_counts, check_empty),
		cmocka_unit_test_teardown(test_in_interrupt, check_empty),
		cmocka_unit_test_teardown(test_kmalloc, check_empty),
		cmocka_unit_test_teardown(test_kstrdup, check_empty),
		cmocka_unit_test_teardown(test_out_of_memory, check_empty),
		cmocka_unit_test_teardown(test_misuse, check_empty),
		cmocka_unit_test(test_write_after_free),
	};

	return cmocka_run_group_tests_name("slab", tests, boot, NULL);
}
