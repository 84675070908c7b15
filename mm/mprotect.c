/*
 * mprotect.c - changing what may be done with a mapping. mprotect(2).
 *
 * The flags of the VMA say what faults will allow; the entries that exist are adapted to them. An
 * entry never becomes writable here unless its frame has no other holder: what fork shares
 * stays shared until a fault copies it. A mapping without any permission keeps its frames behind
 * entries that are not present (PTE_PROTNONE).
 *
 * Locks: mmap_lock; ptl of each leaf table.
 */
#include "internal.h"

#include <tine/err.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

struct protect {
	struct walk walk;
	pte_t prot;
	bool private_write;	/* entries of frames that are ours alone become writable */
	bool reduced;		/* some CPU may remember a permission that is gone */
};

/* @pte with the new permissions. */
static pte_t protect_entry(const struct protect *protect, pte_t pte)
{
	pte_t prot = protect->prot;

	if (protect->private_write && !pte_is_zero_frame(pte)) {
		const struct page *page = pte_page(pte);

		if (page->kind == FRAME_ANON && page_count(page) == 1)
			prot |= PTE_RW | PTE_DIRTY;
	}
	return pte_phys(pte) | prot;
}

static int protect_leaf(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
			unsigned long base)
{
	struct protect *protect = container_of(walk, struct protect, walk);
	pte_t *entries = page_address(table);
	unsigned int i;

	spin_lock(&table->ptl);
	for (i = first; i <= last; i = table_next(table, i + 1)) {
		pte_t old = entries[i], new;

		if (!old)
			continue;
		new = protect_entry(protect, old);
		if ((old & ~new & (PTE_PRESENT | PTE_RW)) || (new & ~old & pte_nx_mask))
			protect->reduced = true;
		entry_replace(&entries[i], new);
	}
	spin_unlock(&table->ptl);
	return 0;
}

/* The tables were made our own before: this cannot fail any more. */
static void change_protection(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct protect protect = {
		.walk = { .mm = mm, .leaf = protect_leaf },
		.prot = vm_get_page_prot(vma->vm_flags),
		.private_write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE,
	};
	int err;

	err = walk_range(&protect.walk, vma->vm_start, vma->vm_end);
	assert(!err);
	if (protect.reduced)
		flush_tlb_range(mm, vma->vm_start, vma->vm_end);
}

/* Private memory that becomes writable for the first time is a new promise. */
static bool charge_writable(struct vm_area_struct *vma, unsigned long newflags, unsigned long pages)
{
	if (!(newflags & VM_WRITE) || (vma->vm_flags & VM_WRITE))
		return true;
	if (!(newflags & (VM_SHARED | VM_GROWSDOWN)) && vma->vm_map->data_vm + pages > rlimit(RLIMIT_DATA) >> PAGE_SHIFT)
		return false;
	return !vm_accountable(newflags) || enough_memory(pages);
}

/* Apply @newflags to [start, end) of @vma. Returns the VMA that covers @start then, or ERR_PTR. */
static struct vm_area_struct *mprotect_fixup(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
					     unsigned long end, unsigned long newflags)
{
	if (newflags == vma->vm_flags)
		return vma;
	if (!charge_writable(vma, newflags, (end - start) >> PAGE_SHIFT))
		return ERR_PTR(-ENOMEM);
	if (walk_unshare(mm, start, end, false))
		return ERR_PTR(-ENOMEM);
	vma = vma_isolate(mm, vma, start, end);
	if (IS_ERR(vma))
		return vma;
	vma_set_flags(vma, newflags);
	change_protection(mm, vma);
	return vma_merge(mm, vma);
}

/* Find where to begin: PROT_GROWSDOWN extends the range to the lower end of a stack. */
static struct vm_area_struct *first_vma(struct mm_struct *mm, unsigned long *start, unsigned long end,
					unsigned long prot)
{
	struct vm_area_struct *vma = find_vma(mm, *start);

	if (!vma)
		return ERR_PTR(-ENOMEM);
	if (prot & PROT_GROWSDOWN) {
		if (vma->vm_start >= end)
			return ERR_PTR(-ENOMEM);
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return ERR_PTR(-EINVAL);
		*start = vma->vm_start;
	}
	return vma->vm_start > *start ? ERR_PTR(-ENOMEM) : vma;
}

static int protect_range(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long prot)
{
	struct vm_area_struct *vma = first_vma(mm, &start, end, prot);

	for (;;) {
		unsigned long newflags, stop;

		if (IS_ERR(vma))
			return PTR_ERR(vma);
		newflags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | vm_flags_of(prot);
		if (newflags & ~(newflags >> 4) & VM_ACCESS_FLAGS)
			return -EACCES;
		stop = min(end, vma->vm_end);
		vma = mprotect_fixup(mm, vma, start, stop, newflags);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
		start = max(stop, vma->vm_end);
		if (start >= end)
			return 0;
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
	}
}

/* mprotect(2). PROT_GROWSUP belongs to machines whose stacks grow up: EINVAL beside GROWSDOWN. */
long sys_mprotect(unsigned long addr, size_t len, unsigned long prot)
{
	const unsigned long grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct mm_struct *mm = current->mm;
	unsigned long end;
	int err;

	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || (addr & ~PAGE_MASK))
		return -EINVAL;
	if (!len)
		return 0;
	end = addr + PAGE_ALIGN(len);
	if (end <= addr)
		return -ENOMEM;
	if ((prot & ~grows) & ~(unsigned long)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	mutex_lock(&mm->mmap_lock);
	err = mm_own_map(mm);
	if (!err)
		err = protect_range(mm, addr, end, prot);
	mutex_unlock(&mm->mmap_lock);
	return err;
}
