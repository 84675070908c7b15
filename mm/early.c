/*
 * early.c - memory before there is an allocator.
 *
 * Two sorted lists of ranges: what the firmware calls usable, and what is taken. Both are bytes, end
 * exclusive; ranges that touch or overlap are merged, so the lists stay short. Free is what is usable
 * and not reserved. page_alloc_init() takes the free rest over and closes this file: later calls
 * that would change the lists are mistakes and panic.
 *
 * One CPU runs, with interrupts off: no locks.
 */
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/string.h>
#include "frames.h"

#define MAX_RANGES	128

/*
 * Where early_alloc() looks: above the first MiB, which belongs to firmware and to starting CPUs, and
 * below 4 GiB, since the boot page tables map no more.
 */
#define EARLY_MIN	0x100000UL
#define EARLY_MAX	0x100000000UL

struct range {
	phys_addr_t start, end;
};

struct range_list {
	const char *name;
	unsigned int nr;
	struct range r[MAX_RANGES];
};

static struct range_list usable = { .name = "usable" };
static struct range_list reserved = { .name = "reserved" };
static bool closed;

static void remove_ranges(struct range_list *list, unsigned int first, unsigned int nr)
{
	list->nr -= nr;
	memmove(&list->r[first], &list->r[first + nr], (list->nr - first) * sizeof(list->r[0]));
}

static void add_range(struct range_list *list, phys_addr_t start, phys_addr_t end)
{
	unsigned int first = 0, last;

	if (closed)
		panic("memory range %#lx-%#lx comes too late", start, end);
	if (start >= end)
		return;
	while (first < list->nr && list->r[first].end < start)
		first++;
	for (last = first; last < list->nr && list->r[last].start <= end; last++) {
		start = min(start, list->r[last].start);
		end = max(end, list->r[last].end);
	}
	remove_ranges(list, first, last - first);
	if (list->nr == MAX_RANGES)
		panic("more than %d ranges of %s memory", MAX_RANGES, list->name);
	memmove(&list->r[first + 1], &list->r[first], (list->nr - first) * sizeof(list->r[0]));
	list->r[first] = (struct range){ start, end };
	list->nr++;
}

/* Partial frames at the edges are of no use to anybody. */
void memory_add(phys_addr_t start, phys_addr_t end)
{
	add_range(&usable, ALIGN_UP(start, PAGE_SIZE), ALIGN_DOWN(end, PAGE_SIZE));
}

void memory_reserve(phys_addr_t start, phys_addr_t end)
{
	add_range(&reserved, start, end);
}

bool memory_range(unsigned int i, phys_addr_t *start, phys_addr_t *end)
{
	if (i >= usable.nr)
		return false;
	*start = usable.r[i].start;
	*end = usable.r[i].end;
	return true;
}

bool memory_is_usable(phys_addr_t start, phys_addr_t end)
{
	for (unsigned int i = 0; i < usable.nr; i++) {
		if (usable.r[i].start <= start && end <= usable.r[i].end)
			return true;
	}
	return false;
}

/* Cut what is reserved off the front of [*start, *end), and all from the next reservation on. */
static void cut_reserved(phys_addr_t *start, phys_addr_t *end)
{
	for (unsigned int i = 0; i < reserved.nr; i++) {
		const struct range *r = &reserved.r[i];

		if (r->end <= *start)
			continue;
		if (r->start > *start) {
			*end = min(*end, r->start);
			return;
		}
		*start = r->end;
	}
}

bool memory_next_free(phys_addr_t *start, phys_addr_t *end)
{
	for (unsigned int i = 0; i < usable.nr; i++) {
		phys_addr_t from = max(usable.r[i].start, *start);
		phys_addr_t to = usable.r[i].end;

		cut_reserved(&from, &to);
		if (from < to) {
			*start = from;
			*end = to;
			return true;
		}
	}
	return false;
}

void *early_alloc(size_t size, size_t align)
{
	phys_addr_t start = EARLY_MIN, end;

	for (; memory_next_free(&start, &end); start = end) {
		phys_addr_t at = ALIGN_UP(start, align);

		end = min(end, EARLY_MAX);
		if (at >= EARLY_MAX)
			break;
		if (at <= end && size <= end - at) {
			memory_reserve(at, at + size);
			return memset(__va(at), 0, size);
		}
	}
	panic("not enough memory: %zu KiB needed at boot, no free range below 4 GiB is as large",
	      (size + 1023) / 1024);
}

void memory_close(void)
{
	closed = true;
}
