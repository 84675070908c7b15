/*
 * bitmap.h - arrays of bits, unlocked.
 */
#pragma once

#include <tine/compiler.h>

#define BITS_PER_LONG	64
#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline bool test_bit(const unsigned long *map, unsigned long bit)
{
	return (map[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG)) & 1;
}

static inline void set_bit(unsigned long *map, unsigned long bit)
{
	map[bit / BITS_PER_LONG] |= BIT(bit % BITS_PER_LONG);
}

static inline void clear_bit(unsigned long *map, unsigned long bit)
{
	map[bit / BITS_PER_LONG] &= ~BIT(bit % BITS_PER_LONG);
}

/* The first bit at or after @from that is set (clear); @size if there is none. */
unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long from);
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long from);
/* How many of the first @size bits are set. */
unsigned long bitmap_weight(const unsigned long *map, unsigned long size);
