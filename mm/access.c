/*
 * access.c - reading and writing an address space from outside, through the direct map.
 *
 * Each page is first faulted in as the access needs it, so that a write breaks copy on write
 * exactly as the program's own would; then it is used under a reference. mmap_lock is held from
 * the one to the other: no madvise(2) or fork can slip in between and lead the write into a page
 * that others see (the race of CVE-2016-5195).
 *
 * Also here: the names of places in shared memory, for futexes.
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

	if (fault_locked(mm, addr, FAULT_FLAG_FORCE | (write && !planted(BUG_POKE) ? FAULT_FLAG_WRITE : 0)))
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

/* ---- names of shared memory ---------------------------------------------------------------- */

static u64 mapping_id(struct address_space *mapping)
{
	static atomic64_t last_id;
	u64 id = READ_ONCE(mapping->id);

	if (unlikely(!id)) {
		id = (u64)atomic_add_return(1, &last_id);
		if (cmpxchg(&mapping->id, 0UL, id))
			id = mapping->id;
	}
	return id;
}

/*
 * A private page that can be written is the address space's own, whatever file it was copied from. One
 * that can only be read is the file's as long as it is not a copy. mmap_lock held; @addr faulted in.
 */
static int place_locked(struct mm_struct *mm, unsigned long addr, bool writable, struct mm_place *place)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	struct page *page;
	bool copied;

	*place = (struct mm_place){ 0, 0 };
	if (!(vma->vm_flags & VM_SHARED)) {
		if (writable)
			return 0;
		page = vma->vm_mapping ? grab_frame(mm, addr) : NULL;
		if (!page)
			return -EFAULT;
		copied = page->kind == FRAME_ANON;
		put_page(page);
		if (copied)
			return -EFAULT;
	}
	if (vma->vm_mapping)
		*place = (struct mm_place){ mapping_id(vma->vm_mapping), vma_index(vma, addr) };
	return 0;
}

/* Private memory without a file: no need to look at the page. mmap_lock held. */
static bool surely_private(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr && !vma->vm_mapping &&
	       (vma->vm_flags & (VM_SHARED | VM_WRITE)) == VM_WRITE;
}

static int find_place(struct mm_struct *mm, unsigned long addr, bool write, struct mm_place *place)
{
	unsigned int result = fault_locked(mm, addr, FAULT_FLAG_WRITE);
	bool writable = !result;

	if (result && !write)
		result = fault_locked(mm, addr, 0);
	if (result)
		return result & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
	return place_locked(mm, addr, writable, place);
}

int mm_shared_place(struct mm_struct *mm, unsigned long addr, bool write, struct mm_place *place)
{
	int err = 0;

	mutex_lock(&mm->mmap_lock);
	if (likely(surely_private(mm, addr)))
		*place = (struct mm_place){ 0, 0 };
	else
		err = find_place(mm, addr, write, place);
	mutex_unlock(&mm->mmap_lock);
	return err;
}
