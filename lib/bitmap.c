/*
 * bitmap.c - searching and counting bits, a word at a time. Pure functions, no locks.
 */
#include <tine/bitmap.h>

/*
 * The common search: words are xor'ed with @invert (all ones to look for clear bits), so that a
 * set bit is what is looked for.
 */
static unsigned long find_next(const unsigned long *map, unsigned long size, unsigned long from,
			       unsigned long invert)
{
	unsigned long word, bit;

	if (from >= size)
		return size;
	word = (map[from / BITS_PER_LONG] ^ invert) & (~0UL << (from % BITS_PER_LONG));
	from -= from % BITS_PER_LONG;
	while (!word) {
		from += BITS_PER_LONG;
		if (from >= size)
			return size;
		word = map[from / BITS_PER_LONG] ^ invert;
	}
	bit = from + (unsigned long)__builtin_ctzl(word);
	return bit < size ? bit : size;
}

unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long from)
{
	return find_next(map, size, from, 0);
}

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long from)
{
	return find_next(map, size, from, ~0UL);
}

/* Without the popcnt instruction, which the baseline CPU lacks: fold the word by halves. */
static unsigned int word_weight(unsigned long w)
{
	w -= (w >> 1) & 0x5555555555555555UL;
	w = (w & 0x3333333333333333UL) + ((w >> 2) & 0x3333333333333333UL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fUL;
	return (w * 0x0101010101010101UL) >> 56;
}

unsigned long bitmap_weight(const unsigned long *map, unsigned long size)
{
	unsigned long weight = 0, word;

	for (word = 0; word < size / BITS_PER_LONG; word++)
		weight += word_weight(map[word]);
	if (size % BITS_PER_LONG)
		weight += word_weight(map[word] & (BIT(size % BITS_PER_LONG) - 1));
	return weight;
}
