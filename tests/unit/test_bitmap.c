// sources: lib/bitmap.c
/* Bit searches compared with the obvious loop, over random maps of every size near a word's edge. */
#include "unit.h"
#include <tine/bitmap.h>

#define MAX_BITS 200

static DECLARE_BITMAP(map, MAX_BITS);

static unsigned long naive_next(unsigned long size, unsigned long from, bool wanted)
{
	for (; from < size; from++) {
		if (test_bit(map, from) == wanted)
			return from;
	}
	return size;
}

static unsigned long naive_weight(unsigned long size)
{
	unsigned long weight = 0;

	for (unsigned long bit = 0; bit < size; bit++)
		weight += test_bit(map, bit);
	return weight;
}

/* @density of 64 bits are set, on average. */
static void fill(unsigned long *seed, unsigned int density)
{
	for (unsigned long bit = 0; bit < MAX_BITS; bit++) {
		if (next_random(seed) % 64 < density)
			set_bit(map, bit);
		else
			clear_bit(map, bit);
	}
}

static void compare_all(void)
{
	for (unsigned long size = 0; size <= MAX_BITS; size++) {
		assert_int_equal(bitmap_weight(map, size), naive_weight(size));
		for (unsigned long from = 0; from <= size + 1; from++) {
			unsigned long set = naive_next(size, from, true);
			unsigned long clear = naive_next(size, from, false);

			assert_int_equal(find_next_bit(map, size, from), set);
			assert_int_equal(find_next_zero_bit(map, size, from), clear);
		}
	}
}

static void test_searches(void **state)
{
	static const unsigned int densities[] = { 0, 1, 8, 32, 62, 64 };
	unsigned long seed = 3;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(densities); i++) {
		for (int round = 0; round < 4; round++) {
			fill(&seed, densities[i]);
			compare_all();
		}
	}
}

/* Allocate and free numbers as the map of pids does: each found bit was clear, none is lost. */
static void test_as_allocator(void **state)
{
	unsigned long seed = 5, used = 0;

	(void)state;
	fill(&seed, 0);
	for (int round = 0; round < 20000; round++) {
		unsigned long bit = next_random(&seed) % MAX_BITS;

		if (next_random(&seed) % 2) {
			bit = find_next_zero_bit(map, MAX_BITS, bit);
			if (bit == MAX_BITS)
				continue;
			assert_false(test_bit(map, bit));
			set_bit(map, bit);
			used++;
		} else if (test_bit(map, bit)) {
			clear_bit(map, bit);
			used--;
		}
		assert_int_equal(bitmap_weight(map, MAX_BITS), used);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_as_allocator),
	};

	return cmocka_run_group_tests_name("bitmap", tests, NULL, NULL);
}
