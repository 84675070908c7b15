/*
 * madvise.c - advice about memory: madvise(2), msync(2).
 *
 * Advice that changes what programs can see is carried out: DONTNEED, FREE (whose pages may
 * go at any time: they go at once), REMOVE, and the four that say what fork does. Advice about
 * speed is accepted and has no effect; what Linux 6.1 as Debian builds it would refuse is refused.
 *
 * Locks: mmap_lock.
 */
#include "internal.h"

#include <tine/err.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

static bool advice_known(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_COLD:
	case MADV_PAGEOUT:
		return true;
	}
	return false;
}

static int change_flags(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned long flags)
{
	if (flags == vma->vm_flags)
		return 0;
	if (mm_own_map(mm))
		return -EAGAIN;		/* madvise(2): "A kernel resource was temporarily unavailable" */
	vma = vma_isolate(mm, find_vma(mm, start), start, end);
	if (IS_ERR(vma))
		return -EAGAIN;
	vma_set_flags(vma, flags);
	vma_merge(mm, vma);
	return 0;
}

/* Only shared anonymous memory can have holes made in it: no file system here supports them. */
static int advise_remove(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (!vma->vm_mapping)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
		return -EACCES;
	if (!refcount_read(&vma->vm_mapping->refs))
		return -EOPNOTSUPP;
	mapping_punch(vma->vm_mapping, vma_index(vma, start), vma_index(vma, end) - 1);
	return 0;
}

static int advise_free(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (vma->vm_mapping)
		return -EINVAL;
	return unmap_page_range(mm, start, end);
}

static int advise_wipe_on_fork(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
			       unsigned long end)
{
	if (vma->vm_file || (vma->vm_flags & VM_SHARED))
		return -EINVAL;
	return change_flags(mm, vma, start, end, vma->vm_flags | VM_WIPEONFORK);
}

/* Apply @advice to [start, end) of @vma, which may be gone then. */
static int advise_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start, unsigned long end,
		      int advice)
{
	unsigned long flags = vma->vm_flags;

	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		return unmap_page_range(mm, start, end);
	case MADV_FREE:
		return advise_free(mm, vma, start, end);
	case MADV_REMOVE:
		return advise_remove(vma, start, end);
	case MADV_DONTFORK:
		return change_flags(mm, vma, start, end, flags | VM_DONTCOPY);
	case MADV_DOFORK:
		return change_flags(mm, vma, start, end, flags & ~VM_DONTCOPY);
	case MADV_WIPEONFORK:
		return advise_wipe_on_fork(mm, vma, start, end);
	case MADV_KEEPONFORK:
		return change_flags(mm, vma, start, end, flags & ~VM_WIPEONFORK);
	}
	return 0;
}

/* Holes do not stop the advice, but the result says that there were some. */
static int advise_range(struct mm_struct *mm, unsigned long start, unsigned long end, int advice)
{
	int err, result = 0;

	while (start < end) {
		struct vm_area_struct *vma = find_vma(mm, start);
		unsigned long stop;

		if (!vma || vma->vm_start > start)
			result = -ENOMEM;
		if (!vma || vma->vm_start >= end)
			break;
		start = max(start, vma->vm_start);
		stop = min(end, vma->vm_end);
		err = advise_vma(mm, vma, start, stop, advice);
		if (err)
			return err;
		start = stop;
	}
	return result;
}

long sys_madvise(unsigned long addr, size_t len, int behavior)
{
	struct mm_struct *mm = current->mm;
	unsigned long size = PAGE_ALIGN(len);
	int err;

	if (!advice_known(behavior) || (addr & ~PAGE_MASK) || (len && !size) || addr + size < addr)
		return -EINVAL;
	if (!size)
		return 0;
	mutex_lock(&mm->mmap_lock);
	err = advise_range(mm, addr, addr + size, behavior);
	mutex_unlock(&mm->mmap_lock);
	return err;
}

/* Files live in the page cache alone, so there is nothing to write back: only the range is checked. */
long sys_msync(unsigned long addr, size_t len, int flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long size = PAGE_ALIGN(len);
	int err;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || (addr & ~PAGE_MASK) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (addr + size < addr)
		return -ENOMEM;
	if (!size)
		return 0;
	mutex_lock(&mm->mmap_lock);
	err = advise_range(mm, addr, addr + size, MADV_NORMAL);
	mutex_unlock(&mm->mmap_lock);
	return err;
}
