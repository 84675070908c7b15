/*
 * fault.c - what a page fault does, and copy on write.
 *
 * handle_mm_fault() looks at the mapping, then at the leaf entry, and takes the first line that
 * fits (the branches of the code stand in this order):
 *
 *   mapping        entry           access   what happens
 *   none           -               any      stack grows if that is below it, else MAPERR
 *   forbids it     -               any      ACCERR
 *   anonymous      empty           read     zero frame, read-only                 fault_anonymous
 *   anonymous      empty           write    zeroed frame, writable                fault_anonymous
 *   of pages       empty           any      beyond the end of the file: SIGBUS    fault_mapping
 *   private        empty           write    copy of the page-cache frame          fault_mapping
 *   of pages       empty           other    the page-cache frame itself, and      map_around
 *                                           neighbours that are in memory
 *   shared         read-only       write    entry becomes writable                fault_write_protected
 *   private        zero frame      write    zeroed frame                          fault_write_protected
 *   private        anonymous, one  write    entry becomes writable                fault_write_protected
 *                  reference
 *   private        any other       write    copy of the frame                     copy_on_write
 *   any            allows it       any      nothing: another thread was faster, or the CPU's
 *                                           translation was out of date
 *
 * "One reference" counts every holder, a kernel user in the middle of something as well as an
 * entry in another address space: so nobody sees a write who should not. A page-cache frame
 * always has one reference of the cache, so it is never taken over.
 *
 * When an entry changes from one frame to another, the old translation is flushed on all CPUs
 * before the new entry is stored; else one thread could write to the copy while another still
 * reads the original. An entry that only becomes writable needs no flush: a CPU with the old
 * translation faults once more and finds nothing to do.
 *
 * Entries are made with the accessed and dirty bits set: setting them later would cost the CPU a locked
 * write each, and nobody reads them but fork, of pages that it has made clean itself (share.c, copy_hot).
 *
 * Without memory: VM_FAULT_OOM, and everything is as before. Nothing is set aside at fork for
 * the copies that may follow it; the fault entry asks out_of_memory() for a victim and retries.
 *
 * Locks: mmap_lock throughout; truncation of a file may empty entries meanwhile, so they are
 * looked at again under the ptl before they change.
 */
#include "internal.h"

#include <tine/err.h>
#include <tine/sched.h>
#include <tine/string.h>

#define FAULT_AROUND	16U	/* pages; a power of two, so that a window lies in one table */

u8 zero_frame[PAGE_SIZE] __aligned(4096);
pte_t protection_map[16];

/* One page fault on its way. */
struct fault {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long addr;	/* of the page */
	bool write;
	pte_t *entry;
	pte_t old;		/* what *entry was when we looked */
	pte_t prot;		/* for a new entry, without PTE_RW unless shared */
};

static pte_t make_pte(const struct page *page, pte_t prot)
{
	return page_to_phys(page) | prot;
}

/* A private frame may be written if the mapping allows it; a debugger's write may come without. */
static pte_t writable_prot(const struct fault *f)
{
	return f->prot | (f->vma->vm_flags & VM_WRITE ? PTE_WRITABLE : 0);
}

static bool fault_beyond_end(const struct fault *f)
{
	return f->vma->vm_mapping && mapping_beyond_end(f->vma->vm_mapping, vma_index(f->vma, f->addr));
}

/*
 * Fill the empty entry with @page, whose reference it takes over. If truncation was faster the
 * entry stays empty, and the next fault finds that out.
 */
static unsigned int install_anon(struct fault *f, struct page *page)
{
	struct page *table = virt_to_page(f->entry);
	bool gone;

	spin_lock(&table->ptl);
	gone = fault_beyond_end(f);
	if (likely(!gone)) {
		entry_set(f->entry, make_pte(page, writable_prot(f)));
		table_count(table, MM_ANONPAGES, 1);
	}
	spin_unlock(&table->ptl);
	if (unlikely(gone))
		put_page(page);
	else
		atomic64_inc(&f->mm->rss[MM_ANONPAGES]);
	return 0;
}

static unsigned int fault_anonymous(struct fault *f)
{
	struct page *page, *table;

	if (f->write) {
		page = alloc_page(GFP_KERNEL | __GFP_ZERO, FRAME_ANON);
		return page ? install_anon(f, page) : VM_FAULT_OOM;
	}
	table = virt_to_page(f->entry);
	spin_lock(&table->ptl);
	entry_set(f->entry, __pa_symbol(zero_frame) | f->prot);
	spin_unlock(&table->ptl);
	return 0;
}

/*
 * Map pages[0 ... nr - 1] (NULL: none) at entries from @entry on, where those are empty. A page
 * that truncation has taken out of the cache by now, or will once it gets our ptl, stays out.
 * Uses up the references.
 */
static void map_pages(struct fault *f, struct page **pages, pte_t *entry, u64 index, unsigned int nr)
{
	struct address_space *mapping = f->vma->vm_mapping;
	struct page *table = virt_to_page(entry);
	unsigned int i, kind = MM_FILEPAGES, mapped = 0;

	spin_lock(&table->ptl);
	for (i = 0; i < nr; i++) {
		struct page *page = pages[i];

		if (!page || entry[i] || page->mapping != mapping || mapping_beyond_end(mapping, index + i))
			continue;
		entry_set(&entry[i], make_pte(page, f->prot));
		kind = rss_kind(page);
		pages[i] = NULL;
		mapped++;
	}
	table_count(table, kind, mapped);
	spin_unlock(&table->ptl);
	if (mapped)
		atomic64_add(mapped, &f->mm->rss[kind]);
	for (i = 0; i < nr; i++)
		if (pages[i])
			put_page(pages[i]);
}

/* Map the page of the fault, made if need be, and those of its window that are in memory already. */
static unsigned int map_around(struct fault *f)
{
	struct vm_area_struct *vma = f->vma;
	unsigned long start = max(f->addr & ~(FAULT_AROUND * PAGE_SIZE - 1), vma->vm_start);
	unsigned long end = min((f->addr | (FAULT_AROUND * PAGE_SIZE - 1)) + 1, vma->vm_end);
	unsigned int nr = (end - start) >> PAGE_SHIFT, hit = (f->addr - start) >> PAGE_SHIFT;
	u64 first = vma_index(vma, start);
	struct page *pages[FAULT_AROUND];
	unsigned int result;

	find_get_pages(vma->vm_mapping, first, nr, pages);
	if (!pages[hit]) {
		struct page *page = find_or_create_page(vma->vm_mapping, first + hit);

		pages[hit] = IS_ERR(page) ? NULL : page;
	}
	result = pages[hit] ? 0 : VM_FAULT_OOM;
	map_pages(f, pages, f->entry - hit, first, nr);
	return result;
}

/* A private copy at once, without mapping the original in between. */
static unsigned int copy_mapping_page(struct fault *f, u64 index)
{
	struct page *from, *page;

	from = find_or_create_page(f->vma->vm_mapping, index);
	if (IS_ERR(from))
		return VM_FAULT_OOM;
	page = alloc_page(GFP_KERNEL, FRAME_ANON);
	if (page)
		copy_page(page_address(page), page_address(from));
	put_page(from);
	return page ? install_anon(f, page) : VM_FAULT_OOM;
}

static unsigned int fault_mapping(struct fault *f)
{
	struct vm_area_struct *vma = f->vma;
	u64 index = vma_index(vma, f->addr);

	if (mapping_beyond_end(vma->vm_mapping, index))
		return VM_FAULT_SIGBUS;
	if (f->write && !(vma->vm_flags & VM_SHARED))
		return copy_mapping_page(f, index);
	return map_around(f);
}

/* The same frame, writable now, unless truncation has taken it meanwhile. */
static unsigned int make_writable(struct fault *f, pte_t prot)
{
	struct page *table = virt_to_page(f->entry);

	spin_lock(&table->ptl);
	if (*f->entry == f->old)
		entry_replace(f->entry, pte_phys(f->old) | prot);
	spin_unlock(&table->ptl);
	return 0;
}

/*
 * Swing the entry from its frame to @page, whose reference it takes over. In between it is not
 * present, so that no CPU can see one frame while another sees the other. @counted: the kind of
 * the old frame in rss, or NR_MM_COUNTERS for the zero frame.
 */
static void replace_frame(struct fault *f, struct page *page, unsigned int counted)
{
	struct page *table = virt_to_page(f->entry);
	bool same;

	spin_lock(&table->ptl);
	same = *f->entry == f->old;
	if (same) {
		entry_replace(f->entry, f->old & ~(PTE_PRESENT | PTE_RW));
		flush_tlb_page(f->mm, f->addr);
		entry_replace(f->entry, make_pte(page, writable_prot(f)));
		table_count(table, MM_ANONPAGES, 1);
		if (counted != NR_MM_COUNTERS)
			table_count(table, counted, -1);
	}
	spin_unlock(&table->ptl);
	if (!same) {
		put_page(page);
		return;
	}
	if (counted != NR_MM_COUNTERS)
		put_page(pte_page(f->old));
	if (counted == MM_ANONPAGES)
		return;
	if (counted != NR_MM_COUNTERS)
		atomic64_dec(&f->mm->rss[counted]);
	atomic64_inc(&f->mm->rss[MM_ANONPAGES]);
}

static unsigned int copy_on_write(struct fault *f, struct page *from)
{
	struct page *page = alloc_page(GFP_KERNEL, FRAME_ANON);
	unsigned int counted = rss_kind(from);

	if (!page)
		return VM_FAULT_OOM;
	copy_page(page_address(page), page_address(from));
	if (from->kind == FRAME_ANON)
		page->flags = from->flags = PG_HOT;
	replace_frame(f, page, counted);
	return 0;
}

/* As copy_on_write(), from a frame of a file, which truncation may free unless we hold it. */
static unsigned int copy_on_write_held(struct fault *f, struct page *from)
{
	struct page *table = virt_to_page(f->entry);
	unsigned int result = 0;
	bool same;

	spin_lock(&table->ptl);
	same = *f->entry == f->old;
	if (same)
		get_page(from);
	spin_unlock(&table->ptl);
	if (same) {
		result = copy_on_write(f, from);
		put_page(from);
	}
	return result;
}

/*
 * The sharers of this frame are gone, and probably those of its neighbours: what is ours alone in
 * the window becomes writable with it.
 */
static unsigned int take_back(struct fault *f)
{
	unsigned long start = max(f->addr & ~(FAULT_AROUND * PAGE_SIZE - 1), f->vma->vm_start);
	unsigned long end = min((f->addr | (FAULT_AROUND * PAGE_SIZE - 1)) + 1, f->vma->vm_end);
	pte_t *entry = f->entry - ((f->addr - start) >> PAGE_SHIFT), *last = entry + ((end - start) >> PAGE_SHIFT);
	struct page *table = virt_to_page(entry);
	pte_t prot = writable_prot(f);

	spin_lock(&table->ptl);
	for (; entry < last; entry++) {
		const struct page *page;

		if (!*entry || (*entry & PTE_RW) || pte_is_zero_frame(*entry))
			continue;
		page = pte_page(*entry);
		if (page->kind == FRAME_ANON && page_count(page) == 1)
			entry_replace(entry, pte_phys(*entry) | prot);
	}
	spin_unlock(&table->ptl);
	return 0;
}

static unsigned int fault_write_protected(struct fault *f)
{
	struct page *page = pte_page(f->old);

	if ((f->vma->vm_flags & VM_SHARED) && !planted(BUG_SHMEM_COW))
		return make_writable(f, f->prot);
	if (pte_is_zero_frame(f->old)) {
		page = alloc_page(GFP_KERNEL | __GFP_ZERO, FRAME_ANON);
		if (!page)
			return VM_FAULT_OOM;
		replace_frame(f, page, NR_MM_COUNTERS);
		return 0;
	}
	if (page->kind == FRAME_ANON && page_count(page) == 1)
		return take_back(f);
	return f->vma->vm_mapping ? copy_on_write_held(f, page) : copy_on_write(f, page);
}

static unsigned int fault_entry(struct fault *f)
{
	f->old = READ_ONCE(*f->entry);
	if (!f->old)
		return f->vma->vm_mapping ? fault_mapping(f) : fault_anonymous(f);
	if (f->write && !(f->old & PTE_RW))
		return fault_write_protected(f);
	return 0;
}

/* On x86 a page that can be written or run can be read. A debugger may do what mprotect(2) could. */
static bool access_allowed(unsigned long vm_flags, unsigned int flags)
{
	if (flags & FAULT_FLAG_FORCE)
		vm_flags = (vm_flags & VM_SHARED) ? vm_flags : (vm_flags & VM_MAY_FLAGS) >> 4;
	if (flags & FAULT_FLAG_WRITE)
		return vm_flags & VM_WRITE;
	if (flags & FAULT_FLAG_INSTRUCTION)
		return vm_flags & VM_EXEC;
	return vm_flags & VM_ACCESS_FLAGS;
}

unsigned int fault_locked(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	struct fault f;
	unsigned int result;

	if (unlikely(!vma))
		return VM_FAULT_MAPERR;
	if (unlikely(vma->vm_start > addr)) {
		vma = expand_stack(mm, vma, addr & PAGE_MASK);
		if (IS_ERR_OR_NULL(vma))
			return vma ? VM_FAULT_OOM : VM_FAULT_MAPERR;
	}
	if (unlikely(!access_allowed(vma->vm_flags, flags)))
		return VM_FAULT_ACCERR;
	f.mm = mm;
	f.vma = vma;
	f.addr = addr & PAGE_MASK;
	f.write = flags & FAULT_FLAG_WRITE;
	f.prot = vm_get_page_prot(vma->vm_flags);
	f.entry = walk_alloc(mm, addr);
	if (unlikely(!f.entry))
		return VM_FAULT_OOM;
	result = fault_entry(&f);
	if (unlikely(result))
		walk_prune(mm, addr);
	return result;
}

unsigned int handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	unsigned int result;

	mutex_lock(&mm->mmap_lock);
	result = fault_locked(mm, addr, flags);
	mutex_unlock(&mm->mmap_lock);
	if (likely(!result))
		current->min_flt++;
	return result;
}

/* The end of what could be populated from @addr on; 0 if something was in the way. */
static unsigned long populate_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	addr = max(addr, vma->vm_start);
	end = min(end, vma->vm_end);
	for (; addr < end; addr += PAGE_SIZE) {
		if (fault_locked(mm, addr, write ? FAULT_FLAG_WRITE : 0))
			return 0;
		if (fatal_signal_pending(current))
			return 0;
	}
	return end;
}

void mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;

	mutex_lock(&mm->mmap_lock);
	while (start && start < end) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			break;
		start = populate_vma(mm, vma, start, end);
	}
	mutex_unlock(&mm->mmap_lock);
}
