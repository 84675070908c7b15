/*
 * mmap.c - making and removing mappings: mmap(2), munmap(2), brk(2).
 *
 * A call first checks everything that can be refused, then builds what it needs (the VMA, and
 * through the file's mmap operation what it maps), and only then changes the address space: what
 * fails leaves it as it was.
 *
 * Limits, in Linux's order: RLIMIT_AS and RLIMIT_DATA (getrlimit(2)), then the promise of memory
 * as vm.overcommit_memory 0 judges it: a single request larger than all of memory is refused.
 *
 * Locks: mmap_lock of the mm throughout; the VMAs that went are freed after it is released.
 */
#include "internal.h"

#include <tine/cred.h>
#include <tine/err.h>
#include <tine/fault_inject.h>
#include <tine/fs.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

/* What mmap(2) ignores in a request for a file or for memory that MAP_SHARED_VALIDATE must know. */
#define LEGACY_MAP_MASK (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | \
			 MAP_UNINITIALIZED | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | \
			 MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT)
#define MAX_FILE_PAGES	(0x7fffffffffffffffULL >> PAGE_SHIFT)

struct map_request {
	struct mm_struct *mm;
	struct file *file;
	unsigned long addr, len;	/* len: whole pages once checked */
	unsigned long prot, flags;	/* PROT_*, MAP_* */
	unsigned long vm_flags;
	u64 pgoff;
};

unsigned long vm_flags_of(unsigned long prot)
{
	return (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long pages)
{
	bool data = (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;

	if (should_fail(FAIL_LIMIT))
		return false;
	if (mm->map->total_vm + pages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	return !data || mm->map->data_vm + pages <= rlimit(RLIMIT_DATA) >> PAGE_SHIFT;
}

bool vm_accountable(unsigned long vm_flags)
{
	return (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

bool enough_memory(unsigned long pages)
{
	return pages <= nr_total_pages();
}

/* ---- unmapping ---- */

static int check_unmap_range(unsigned long addr, unsigned long *len)
{
	if ((addr & ~PAGE_MASK) || addr > TASK_SIZE || *len > TASK_SIZE - addr)
		return -EINVAL;
	*len = PAGE_ALIGN(*len);
	return *len ? 0 : -EINVAL;
}

/* Cut the mappings at both ends of [start, end); the first one inside, NULL if there is none. */
static struct vm_area_struct *cut_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start), *last;
	int err = 0;

	if (!vma || vma->vm_start >= end)
		return NULL;
	if (vma->vm_start < start) {
		err = split_vma(vma, start);
		if (err)
			return ERR_PTR(err);
		vma = vma_next(vma);
	}
	last = find_vma(mm, end - 1);
	if (last && last->vm_start < end && last->vm_end > end)
		err = split_vma(last, end);
	if (!err)
		return vma;
	vma_merge(mm, vma);
	return ERR_PTR(err);
}

int do_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len, struct list_head *gone)
{
	struct vm_area_struct *vma, *next;
	unsigned long end;
	int err = check_unmap_range(addr, &len);

	if (err)
		return err;
	end = addr + len;
	err = mm_own_map(mm);
	if (!err)
		err = walk_unshare(mm, addr, end, true);
	if (err)
		return err;
	vma = cut_range(mm, addr, end);
	if (IS_ERR_OR_NULL(vma))
		return vma ? PTR_ERR(vma) : 0;
	zap_page_range(mm, addr, end);
	for (; vma && vma->vm_start < end; vma = next) {
		next = vma_next(vma);
		vma_unlink(mm, vma);
		list_add_tail(&vma->i_mmap_link, gone);
	}
	free_area_raise(mm, end);
	return 0;
}

int mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	LIST_HEAD(gone);
	int err;

	mutex_lock(&mm->mmap_lock);
	err = do_munmap(mm, addr, len, &gone);
	mutex_unlock(&mm->mmap_lock);
	vma_free_list(&gone);
	return err;
}

long sys_munmap(unsigned long addr, size_t len)
{
	return mm_munmap(current->mm, addr, len);
}

/* ---- mapping: checks ---- */

/* Where the mapping is to be; sets r->addr. 0 or -errno. */
static int choose_address(struct map_request *r)
{
	struct vm_area_struct *vma;
	unsigned long addr;

	if (r->len > TASK_SIZE)
		return -ENOMEM;
	if (!(r->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		addr = r->addr & PAGE_MASK;
		addr = get_unmapped_area(r->mm, addr && addr < MMAP_MIN_ADDR ? MMAP_MIN_ADDR : addr, r->len);
		if (IS_ERR((void *)addr))
			return addr;
		r->addr = addr;
		return 0;
	}
	if (r->addr > TASK_SIZE - r->len)
		return -ENOMEM;
	if (r->addr & ~PAGE_MASK)
		return -EINVAL;
	if (r->addr < MMAP_MIN_ADDR && !(current_cred()->cap_effective & BIT(CAP_SYS_RAWIO)))
		return -EPERM;
	vma = find_vma(r->mm, r->addr);
	if ((r->flags & MAP_FIXED_NOREPLACE) && vma && vma->vm_start < r->addr + r->len)
		return -EEXIST;
	return 0;
}

static int check_file_request(struct map_request *r)
{
	struct file *file = r->file;

	if (r->pgoff > MAX_FILE_PAGES || (r->len >> PAGE_SHIFT) > MAX_FILE_PAGES - r->pgoff)
		return -EOVERFLOW;
	switch (r->flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (r->flags & ~(unsigned long)(LEGACY_MAP_MASK | MAP_TYPE))
			return -EOPNOTSUPP;
		fallthrough;
	case MAP_SHARED:
		if ((r->prot & PROT_WRITE) && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		r->vm_flags |= VM_SHARED;
		if (!(file->f_mode & FMODE_WRITE))
			r->vm_flags &= ~VM_MAYWRITE;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (!file->f_op->mmap)
		return -ENODEV;
	return r->vm_flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int check_anonymous_request(struct map_request *r)
{
	switch (r->flags & MAP_TYPE) {
	case MAP_SHARED:
		if (r->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		r->vm_flags |= VM_SHARED;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	r->pgoff = 0;
	return 0;
}

static unsigned long mapped_pages(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	unsigned long pages = 0;

	for (; vma && vma->vm_start < end; vma = vma_next(vma))
		pages += (min(end, vma->vm_end) - max(start, vma->vm_start)) >> PAGE_SHIFT;
	return pages;
}

static int check_limits(struct map_request *r)
{
	unsigned long pages = r->len >> PAGE_SHIFT;
	unsigned long overlap = 0;
	bool shmem = !r->file && (r->vm_flags & VM_SHARED) && !(r->vm_flags & VM_NORESERVE);

	if (r->flags & MAP_FIXED)
		overlap = mapped_pages(r->mm, r->addr, r->addr + r->len);
	if (!may_expand_vm(r->mm, r->vm_flags, pages - overlap))
		return -ENOMEM;
	if ((vm_accountable(r->vm_flags) || shmem) && !enough_memory(pages))
		return -ENOMEM;
	return 0;
}

/* mmap(2), "ERRORS". Everything that is refused is refused here. */
static int check_request(struct map_request *r)
{
	int err;

	if (!r->len)
		return -EINVAL;
	r->len = PAGE_ALIGN(r->len);
	if (!r->len)
		return -ENOMEM;
	if (r->pgoff + (r->len >> PAGE_SHIFT) < r->pgoff)
		return -EOVERFLOW;
	if (r->mm->map->map_count > MAX_MAP_COUNT)
		return -ENOMEM;
	err = choose_address(r);
	if (err)
		return err;
	r->vm_flags = vm_flags_of(r->prot) | VM_MAY_FLAGS;
	if (r->flags & MAP_GROWSDOWN)
		r->vm_flags |= VM_GROWSDOWN;
	if (r->flags & MAP_NORESERVE)
		r->vm_flags |= VM_NORESERVE;
	err = r->file ? check_file_request(r) : check_anonymous_request(r);
	return err ? err : check_limits(r);
}

/* ---- mapping: the act ---- */

/* The VMA as asked for, not linked yet; ERR_PTR. */
static struct vm_area_struct *build_vma(struct map_request *r)
{
	struct vm_area_struct *vma = vma_alloc();
	int err = 0;

	if (!vma)
		return ERR_PTR(-ENOMEM);
	vma->vm_start = r->addr;
	vma->vm_end = r->addr + r->len;
	vma->vm_flags = r->vm_flags;
	vma->vm_pgoff = r->pgoff;
	if (r->file) {
		vma->vm_file = get_file(r->file);
		err = r->file->f_op->mmap(r->file, vma);
	} else if (r->vm_flags & VM_SHARED) {
		err = shmem_zero_setup(vma);
	}
	if (!err)
		return vma;
	vma->vm_ops = NULL;	/* never opened */
	vma_free(vma);
	return ERR_PTR(err);
}

static int map_region(struct map_request *r, struct list_head *gone)
{
	unsigned long end = r->addr + r->len;
	struct vm_area_struct *vma;
	bool overlap;
	int err = mm_own_map(r->mm);

	if (err)
		return err;
	vma = find_vma(r->mm, r->addr);
	overlap = vma && vma->vm_start < end;
	if (!overlap && !r->file && !(r->vm_flags & VM_SHARED) &&
	    vma_extend(r->mm, r->addr, end, r->vm_flags))
		return 0;
	vma = build_vma(r);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (overlap) {
		err = do_munmap(r->mm, r->addr, r->len, gone);
		if (err) {
			list_add_tail(&vma->i_mmap_link, gone);
			return err;
		}
	}
	vma_link(r->mm->map, vma);
	vma_merge(r->mm, vma);
	return 0;
}

unsigned long mm_mmap(struct mm_struct *mm, struct file *file, unsigned long addr, unsigned long len,
		      unsigned long prot, unsigned long flags, u64 pgoff)
{
	struct map_request r = {
		.mm = mm, .file = file, .addr = addr, .len = len, .prot = prot, .flags = flags, .pgoff = pgoff,
	};
	LIST_HEAD(gone);
	int err;

	if (flags & MAP_FIXED_NOREPLACE)
		r.flags |= MAP_FIXED;
	mutex_lock(&mm->mmap_lock);
	err = check_request(&r);
	if (!err)
		err = map_region(&r, &gone);
	if (err)
		free_area_forget(mm);
	mutex_unlock(&mm->mmap_lock);
	vma_free_list(&gone);
	if (err)
		return err;
	if ((flags & MAP_LOCKED) || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		mm_populate(mm, r.addr, r.addr + r.len);
	return r.addr;
}

unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, u64 pgoff)
{
	return mm_mmap(current->mm, file, addr, len, prot, flags, pgoff);
}

/* ---- brk ---- */

/* An anonymous mapping of whole pages in place of what is there. mmap_lock held. */
static int map_brk(struct mm_struct *mm, unsigned long addr, unsigned long len, struct list_head *gone)
{
	struct map_request r = {
		.mm = mm, .addr = addr, .len = len, .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.prot = PROT_READ | PROT_WRITE,
	};
	int err = check_request(&r);

	return err ? err : map_region(&r, gone);
}

/* Growth must leave a free page, and the guard gap of a stack, before the next mapping. */
static bool brk_room(struct mm_struct *mm, unsigned long oldbrk, unsigned long newbrk)
{
	struct vm_area_struct *next = find_vma(mm, oldbrk);
	unsigned long gap = next && (next->vm_flags & VM_GROWSDOWN) ? STACK_GUARD_GAP : 0;

	return !next || newbrk + PAGE_SIZE + gap <= next->vm_start;
}

static bool set_brk(struct mm_struct *mm, unsigned long brk, struct list_head *gone)
{
	unsigned long oldbrk = PAGE_ALIGN(mm->brk), newbrk = PAGE_ALIGN(brk);
	u64 limit = rlimit(RLIMIT_DATA);

	if (brk < mm->map->start_brk || brk > TASK_SIZE - PAGE_SIZE)
		return false;
	if (brk - mm->map->start_brk + (mm->map->end_data - mm->map->start_data) > limit)
		return false;
	if (newbrk < oldbrk)
		return do_munmap(mm, newbrk, oldbrk - newbrk, gone) == 0;
	if (newbrk > oldbrk)
		return brk_room(mm, oldbrk, newbrk) && map_brk(mm, oldbrk, newbrk - oldbrk, gone) == 0;
	return true;
}

/* brk(2), "C library/kernel differences": the new break, or the present one if it cannot be had. */
long sys_brk(unsigned long brk)
{
	struct mm_struct *mm = current->mm;
	LIST_HEAD(gone);
	long result;

	mutex_lock(&mm->mmap_lock);
	if (set_brk(mm, brk, &gone))
		mm->brk = brk;
	result = mm->brk;
	mutex_unlock(&mm->mmap_lock);
	vma_free_list(&gone);
	return result;
}
