/*
 * mremap.c - resizing and moving mappings. mremap(2).
 *
 * A move makes a second VMA, moves the leaf entries one table at a time, and removes the first.
 * Frames stay where they are and their counts do not change. Moving needs tables at the new
 * place; if one cannot be had, all entries go back, which needs none: the old tables are
 * still there. For a file i_mmap_lock is held meanwhile, so that truncation does not look at one
 * place before, and at the other after, an entry has moved between them.
 *
 * Locks: mmap_lock, i_mmap_lock, then the ptl of both leaf tables, the one at the lower address
 * in mem_map first.
 */
#include "internal.h"

#include <tine/cred.h>
#include <tine/err.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

struct remap {
	struct mm_struct *mm;
	unsigned long addr, old_len, new_len, new_addr;	/* whole pages */
	unsigned long flags;		/* MREMAP_* */
	struct list_head gone;		/* VMAs to be freed without mmap_lock */
};

/* ---- entries ---- */

struct move {
	struct walk walk;
	unsigned long delta;		/* new address minus old address */
};

static void lock_two(struct page *a, struct page *b)
{
	spin_lock(a < b ? &a->ptl : &b->ptl);
	if (a != b)
		spin_lock(a < b ? &b->ptl : &a->ptl);
}

static void unlock_two(struct page *a, struct page *b)
{
	if (a != b)
		spin_unlock(&b->ptl);
	spin_unlock(&a->ptl);
}

/* Move @nr entries from @src, which map @addr on, to @dst. The flush comes before anyone can take them. */
static void move_entries(struct mm_struct *mm, pte_t *dst, pte_t *src, unsigned int nr, unsigned long addr)
{
	struct page *to = virt_to_page(dst), *from = virt_to_page(src);
	unsigned int i;

	lock_two(to, from);
	for (i = 0; i < nr; i++) {
		if (!src[i])
			continue;
		if (!pte_is_zero_frame(src[i])) {
			table_count(from, rss_kind(pte_page(src[i])), -1);
			table_count(to, rss_kind(pte_page(src[i])), 1);
		}
		entry_set(&dst[i], entry_clear(&src[i]));
	}
	flush_tlb_range(mm, addr, addr + nr * PAGE_SIZE);
	unlock_two(to, from);
}

static int move_leaf(struct walk *walk, struct page *table, unsigned int first, unsigned int last,
		     unsigned long base)
{
	struct move *move = container_of(walk, struct move, walk);
	pte_t *entries = page_address(table);
	unsigned int i = first;

	while (i <= last) {
		unsigned long addr = base + i * PAGE_SIZE, to = addr + move->delta;
		unsigned int nr = min(last - i + 1, PTRS_PER_TABLE - pte_index(to, 1));
		pte_t *dst;

		if (!entries[i]) {
			i++;
			continue;
		}
		dst = walk_alloc(walk->mm, to);
		if (!dst)
			return -ENOMEM;
		table_complete(virt_to_page(dst));	/* its entries from there on, not this one alone */
		move_entries(walk->mm, dst, &entries[i], nr, addr);
		i += nr;
	}
	return 0;
}

static int move_page_tables(struct mm_struct *mm, unsigned long from, unsigned long to, unsigned long len)
{
	struct move move = { .walk = { .mm = mm, .leaf = move_leaf }, .delta = to - from };
	struct move back = { .walk = { .mm = mm, .leaf = move_leaf }, .delta = from - to };
	int err;

	if (!len)
		return 0;
	err = walk_unshare(mm, to, to + len, false);	/* what the way back will have to copy */
	if (err)
		return err;
	err = walk_range(&move.walk, from, from + len);
	if (err) {
		int undone = walk_range(&back.walk, to, to + len);

		assert(!undone);
	}
	return err;
}

/* ---- mappings ---- */

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

/* May @vma be moved or resized as @r asks? 0 or -errno. mremap(2), "ERRORS". */
static int check_resize(const struct remap *r, const struct vm_area_struct *vma, unsigned long old_len)
{
	unsigned long pages = (r->new_len - old_len) >> PAGE_SHIFT;

	if (!old_len && !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP) && (vma->vm_flags & VM_DONTEXPAND))
		return -EINVAL;
	if (old_len > vma->vm_end - r->addr)
		return -EFAULT;
	if (r->new_len == old_len)
		return 0;
	if (vma->vm_mapping && vma_index(vma, r->addr) + (r->new_len >> PAGE_SHIFT) < vma_index(vma, r->addr))
		return -EINVAL;
	if (vma->vm_flags & VM_DONTEXPAND)
		return -EFAULT;
	if (!may_expand_vm(r->mm, vma->vm_flags, pages))
		return -ENOMEM;
	return vm_accountable(vma->vm_flags) && !enough_memory(pages) ? -ENOMEM : 0;
}

/* The second VMA, with the entries of the first if they could be moved. */
static struct vm_area_struct *make_moved(struct remap *r, struct vm_area_struct *vma)
{
	struct vm_area_struct *new = vma_dup(vma);
	struct address_space *mapping = vma->vm_mapping;
	int err;

	if (!new)
		return ERR_PTR(-ENOMEM);
	new->vm_start = r->new_addr;
	new->vm_end = r->new_addr + r->new_len;
	if (mapping)
		new->vm_pgoff = vma_index(vma, r->addr);
	vma_link(r->mm->map, new);
	if (mapping)
		mutex_lock(&mapping->i_mmap_lock);
	err = move_page_tables(r->mm, r->addr, r->new_addr, r->old_len);
	if (mapping)
		mutex_unlock(&mapping->i_mmap_lock);
	if (!err)
		return new;
	unmap_page_range(r->mm, new->vm_start, new->vm_end);	/* tables only */
	vma_unlink(r->mm, new);
	list_add_tail(&new->i_mmap_link, &r->gone);
	return ERR_PTR(err);
}

/* The old range is cut out of its VMA before anything moves, so that nothing can fail after. */
static long move_vma(struct remap *r, struct vm_area_struct *vma)
{
	struct vm_area_struct *new;

	if (r->mm->map->map_count >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	if (r->old_len)
		vma = vma_isolate(r->mm, vma, r->addr, r->addr + r->old_len);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	new = make_moved(r, vma);
	if (IS_ERR(new)) {
		vma_merge(r->mm, vma);
		return PTR_ERR(new);
	}
	if (r->flags & MREMAP_DONTUNMAP) {
		unmap_page_range(r->mm, r->addr, r->addr + r->old_len);	/* tables that are empty now */
		vma_merge(r->mm, vma);
	} else if (r->old_len) {
		do_munmap(r->mm, r->addr, r->old_len, &r->gone);
	}
	vma_merge(r->mm, vma_at(r->mm, r->new_addr));	/* the old one may have absorbed it */
	return r->new_addr;
}

static bool may_map_at(unsigned long addr)
{
	return addr >= MMAP_MIN_ADDR || (current_cred()->cap_effective & BIT(CAP_SYS_RAWIO));
}

static int check_target(const struct remap *r)
{
	if ((r->new_addr & ~PAGE_MASK) || r->new_len > TASK_SIZE || r->new_addr > TASK_SIZE - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	if (r->mm->map->map_count + 2 >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	return (r->flags & MREMAP_FIXED) && !may_map_at(r->new_addr) ? -EPERM : 0;
}

/* MREMAP_FIXED and MREMAP_DONTUNMAP: always a move. */
static long mremap_to(struct remap *r, struct vm_area_struct *vma)
{
	unsigned long keep = min(r->old_len, r->new_len);
	int err = check_target(r);

	if (!err)
		err = check_resize(r, vma, keep);
	if (!err && (r->flags & MREMAP_DONTUNMAP) && !may_expand_vm(r->mm, vma->vm_flags, keep >> PAGE_SHIFT))
		err = -ENOMEM;
	if (!err && (r->flags & MREMAP_FIXED))
		err = do_munmap(r->mm, r->new_addr, r->new_len, &r->gone);
	if (!err && r->old_len > keep)
		err = do_munmap(r->mm, r->addr + keep, r->old_len - keep, &r->gone);
	if (err)
		return err;
	r->old_len = keep;
	if (!(r->flags & MREMAP_FIXED)) {
		r->new_addr = get_unmapped_area(r->mm, r->new_addr, r->new_len);
		if (IS_ERR((void *)r->new_addr))
			return r->new_addr;
	}
	return move_vma(r, vma_at(r->mm, r->addr));	/* looked up again: the unmapping may have cut it */
}

/* Grow in place if the mapping ends where the caller says and nothing follows. */
static bool grow_in_place(struct remap *r, struct vm_area_struct *vma)
{
	unsigned long end = r->addr + r->new_len;
	struct vm_area_struct *next = vma_next(vma);

	if (r->old_len != vma->vm_end - r->addr || end < r->addr || end > TASK_SIZE)
		return false;
	if (next && next->vm_start < end)
		return false;
	vma_resize(vma, vma->vm_start, end);
	vma_merge(r->mm, vma);
	return true;
}

static long do_mremap(struct remap *r)
{
	struct vm_area_struct *vma = vma_at(r->mm, r->addr);
	int err;

	if (!vma)
		return -EFAULT;
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(r, vma);
	if (r->old_len >= r->new_len) {
		err = r->old_len == r->new_len ? 0 :
		      do_munmap(r->mm, r->addr + r->new_len, r->old_len - r->new_len, &r->gone);
		return err ? err : (long)r->addr;
	}
	err = check_resize(r, vma, r->old_len);
	if (err)
		return err;
	if (grow_in_place(r, vma))
		return r->addr;
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	r->new_addr = get_unmapped_area(r->mm, 0, r->new_len);
	return IS_ERR((void *)r->new_addr) ? (long)r->new_addr : move_vma(r, vma);
}

long sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len, unsigned long flags,
		unsigned long new_addr)
{
	struct remap r = {
		.mm = current->mm, .addr = addr, .old_len = PAGE_ALIGN(old_len), .new_len = PAGE_ALIGN(new_len),
		.new_addr = new_addr, .flags = flags, .gone = LIST_HEAD_INIT(r.gone),
	};
	long result;

	if (flags & ~(unsigned long)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && r.old_len != r.new_len)
		return -EINVAL;
	if ((addr & ~PAGE_MASK) || !r.new_len)
		return -EINVAL;
	mutex_lock(&r.mm->mmap_lock);
	result = mm_own_map(r.mm);
	if (!result)
		result = do_mremap(&r);
	if (result < 0)
		free_area_forget(r.mm);
	mutex_unlock(&r.mm->mmap_lock);
	vma_free_list(&r.gone);
	return result;
}
