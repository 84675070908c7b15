/*
 * access.c - reading and writing an address space from outside, through the direct map.
 *
 * Each page is first faulted in as the access needs it, so that a write breaks copy on write
 * exactly as the program's own would; then it is used under a reference. mmap_lock is held from
 * the one to the other: no madvise(2) or fork can slip in between and lead the write into a page
 * that others see (the race of CVE-2016-5195).
 */
#include "internal.h"

#include <tine/string.h>

/* The frame behind @addr after a fault, with a reference. NULL: truncation has taken it. */
static struct page *grab_frame(struct mm_struct *mm, unsigned long addr)
{
	pte_t *entry = walk_find(mm, addr);
	struct page *table, *page = NULL;

	if (!entry)
		return NULL;
	table = virt_to_page(entry);
	spin_lock(&table->ptl);
	if (*entry && !pte_is_zero_frame(*entry)) {
		page = pte_page(*entry);
		get_page(page);
	}
	spin_unlock(&table->ptl);
	return page;
}

static bool is_zero_entry(struct mm_struct *mm, unsigned long addr)
{
	pte_t *entry = walk_find(mm, addr);

	return entry && *entry && pte_is_zero_frame(*entry);
}

/* At most up to the end of the page of @addr. The number of bytes done: @len or 0. mmap_lock held. */
static size_t access_page(struct mm_struct *mm, unsigned long addr, void *buf, size_t len, bool write)
{
	struct page *page;
	char *at;

	if (fault_locked(mm, addr, FAULT_FLAG_FORCE | (write ? FAULT_FLAG_WRITE : 0)))
		return 0;
	if (!write && is_zero_entry(mm, addr)) {
		memset(buf, 0, len);
		return len;
	}
	page = grab_frame(mm, addr);
	if (!page)
		return 0;
	at = (char *)page_address(page) + offset_in_page(addr);
	if (write)
		memcpy(at, buf, len);
	else
		memcpy(buf, at, len);
	put_page(page);
	return len;
}

size_t access_mm(struct mm_struct *mm, unsigned long addr, void *buf, size_t len, bool write)
{
	size_t done = 0;

	if (addr >= TASK_SIZE)
		return 0;
	len = min_t(size_t, len, TASK_SIZE - addr);
	mutex_lock(&mm->mmap_lock);
	while (done < len) {
		size_t part = min_t(size_t, len - done, PAGE_SIZE - offset_in_page(addr + done));

		if (!access_page(mm, addr + done, (char *)buf + done, part, write))
			break;
		done += part;
	}
	mutex_unlock(&mm->mmap_lock);
	return done;
}
