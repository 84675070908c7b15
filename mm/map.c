/*
 * map.c - the description of an address space, shared until somebody changes it.
 *
 *     mm of A     mm of B     mm of C        fork gives the child one reference, whatever the number
 *        |           |           |           of mappings. Who changes his own (mmap, munmap, brk,
 *        +--> vm_map <+       vm_map         mprotect, mremap, madvise, a stack that grows) gets a
 *             2 refs          1 ref          copy first. A child that only runs, execs or exits never does.
 *             VMAs            VMAs
 *
 * The rules
 *   1. A map changes only while its count is 1, under the mmap_lock of its one address space. The count
 *      rises only through a holder under his mmap_lock, so 1 is stable there; while it is more nobody
 *      changes anything, and each sharer reads under his own mmap_lock.
 *   2. A VMA is on the i_mmap list of its file once for all sharers. Truncation goes from there to
 *      vm_map->mms, the address spaces whose pages it has to look for.
 *   3. Truncation must not miss anybody, and must come to a parent before his child: share.c. So
 *      a child is put behind its parent; a copy's VMAs stand behind the original's in i_mmap, and
 *      are there before the address space moves from the one list to the other.
 *   4. A copy has references of its own to all files. So to drop the original, if it is the last one,
 *      does not end a file, and may be done under mmap_lock.
 *
 * Locks: mmap_lock, i_mmap_lock, mms_lock (the old map's before the new one's), ptl.
 */
#include "internal.h"

#include <tine/slab.h>
#include <tine/string.h>

/* Between the stack and the mappings below it, unless exec decides otherwise. */
#define MMAP_BASE_GAP	(128UL << 20)

static struct kmem_cache *map_cachep;

void map_cache_init(void)
{
	map_cachep = kmem_cache_create("vm_map", sizeof(struct vm_map), 0);
}

static void map_init(struct vm_map *map)
{
	refcount_set(&map->refs, 1);
	map->map_count = map->nr_special = 0;
	map->vma_tree = RB_ROOT;
	map->total_vm = map->data_vm = 0;
	mutex_init(&map->mms_lock);
	INIT_LIST_HEAD(&map->mms);
}

static void map_put(struct vm_map *map)
{
	struct vm_area_struct *vma;

	if (!refcount_dec_and_test(&map->refs))
		return;
	for (vma = vma_first(map); vma; vma = vma_next(vma))
		vma_unlink_file(vma);
	vma_free_all(map);
	if (map->exe_file)
		fput(map->exe_file);
	kmem_cache_free(map_cachep, map);
}

/* A map like @old, less the mappings that have one of the flags @without; nobody's yet. NULL without memory. */
static struct vm_map *map_copy(const struct vm_map *old, unsigned long without)
{
	struct vm_map *map = kmem_cache_alloc(map_cachep, GFP_KERNEL);
	struct vm_area_struct *vma, *copy;

	if (!map)
		return NULL;
	map_init(map);
	memcpy(&map->mmap_base, &old->mmap_base, sizeof(*map) - offsetof(struct vm_map, mmap_base));
	if (map->exe_file)
		get_file(map->exe_file);
	for (vma = vma_first(old); vma; vma = vma_next(vma)) {
		if (vma->vm_flags & without)
			continue;
		copy = vma_dup(vma);
		if (!copy) {
			map_put(map);
			return NULL;
		}
		vma_link(map, copy);
	}
	return map;
}

int mm_new_map(struct mm_struct *mm)
{
	struct vm_map *map = kmem_cache_alloc(map_cachep, GFP_KERNEL | __GFP_ZERO);

	if (!map)
		return -ENOMEM;
	map_init(map);
	map->mmap_base = PAGE_ALIGN(STACK_TOP - MMAP_BASE_GAP - STACK_GUARD_GAP);
	mm->map = map;
	list_add(&mm->map_link, &map->mms);
	return 0;
}

fork_path int mm_share_map(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_map *map = oldmm->map;

	if (unlikely(map->nr_special))
		map = map_copy(map, VM_DONTCOPY);
	else
		refcount_inc(&map->refs);
	if (!map)
		return -ENOMEM;
	mm->map = map;
	mm->mmap_cache = NULL;
	mm->free_area_cache = oldmm->free_area_cache;
	mm->cached_hole_size = oldmm->cached_hole_size;
	mm->brk = oldmm->brk;
	if (planted(BUG_MAP_HIDDEN))
		return 0;
	mutex_lock(&map->mms_lock);
	list_add_tail(&mm->map_link, &map->mms);
	mutex_unlock(&map->mms_lock);
	return 0;
}

int mm_own_map_slow(struct mm_struct *mm)
{
	struct vm_map *old = mm->map, *map;

	if (planted(BUG_MAP_NOT_OWN))
		return 0;
	map = map_copy(old, 0);
	if (!map)
		return -ENOMEM;
	mutex_lock(&old->mms_lock);
	mutex_lock(&map->mms_lock);
	list_del_init(&mm->map_link);
	list_add(&mm->map_link, &map->mms);
	mutex_unlock(&map->mms_lock);
	mutex_unlock(&old->mms_lock);
	mm->map = map;
	mm->mmap_cache = NULL;
	map_put(old);
	return 0;
}

void mm_hide_map(struct mm_struct *mm)
{
	mutex_lock(&mm->map->mms_lock);
	list_del_init(&mm->map_link);
	mutex_unlock(&mm->map->mms_lock);
}

void mm_put_map(struct mm_struct *mm)
{
	map_put(mm->map);
	mm->map = NULL;
	mm->mmap_cache = NULL;
}

void map_zap_foreign(struct vm_map *map, unsigned long start, unsigned long end)
{
	struct mm_struct *mm;

	mutex_lock(&map->mms_lock);
	list_for_each_entry(mm, &map->mms, map_link)
		zap_foreign_range(mm, start, end);
	mutex_unlock(&map->mms_lock);
}

void set_mm_exe_file(struct mm_struct *mm, struct file *file)
{
	mm->map->exe_file = get_file(file);
}
