/*
 * vma.c - the set of mappings of an address space: a red-black tree by address.
 *
 * Mappings never overlap. Neighbours that continue each other (same flags, same file at the
 * following offset, or both anonymous) are joined, so that growth of a heap or a change of
 * permissions there and back does not multiply them.
 *
 * The set is a struct vm_map, which several address spaces may share: map.c. Whoever changes it has made
 * it his own before, with mm_own_map().
 *
 * A VMA that maps an address_space is on its i_mmap list from before its first page until after
 * its last, and its range changes only under i_mmap_lock: truncation reads it there.
 *
 * Every VMA with a vm_file holds one reference of it, taken by vma_dup() (or by mmap) and
 * dropped by vma_free(), which may sleep and take locks that come before mmap_lock when it is
 * the last: callers free what they removed after they have released mmap_lock.
 *
 * Locks: mmap_lock of the mm, then i_mmap_lock.
 */
#include "internal.h"

#include <tine/err.h>
#include <tine/ledger.h>
#include <tine/sched.h>
#include <tine/slab.h>

#define MMAP_BOTTOM_UP_BASE PAGE_ALIGN(TASK_SIZE / 3)

static struct kmem_cache *vm_area_cachep;

void vma_cache_init(void)
{
	vm_area_cachep = kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0);
}

struct vm_area_struct *vma_alloc(void)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vm_area_cachep, GFP_KERNEL | __GFP_ZERO);

	if (!vma)
		return NULL;
	INIT_LIST_HEAD(&vma->i_mmap_link);
	ledger_add(LEDGER_VMAS, 1);
	return vma;
}

struct vm_area_struct *vma_dup(const struct vm_area_struct *vma)
{
	struct vm_area_struct *copy = vma_alloc();

	if (!copy)
		return NULL;
	copy->vm_start = vma->vm_start;
	copy->vm_end = vma->vm_end;
	copy->vm_flags = vma->vm_flags;
	copy->vm_file = vma->vm_file;
	copy->vm_mapping = vma->vm_mapping;
	copy->vm_pgoff = vma->vm_pgoff;
	copy->vm_ops = vma->vm_ops;
	if (copy->vm_file)
		get_file(copy->vm_file);
	if (copy->vm_ops && copy->vm_ops->open)
		copy->vm_ops->open(copy);
	return copy;
}

void vma_free(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	if (vma->vm_file)
		fput(vma->vm_file);
	kmem_cache_free(vm_area_cachep, vma);
	ledger_add(LEDGER_VMAS, -1);
}

void vma_free_list(struct list_head *list)
{
	struct vm_area_struct *vma, *next;

	list_for_each_entry_safe(vma, next, list, i_mmap_link)
		vma_free(vma);
	INIT_LIST_HEAD(list);
}

/* Children first, so that no node is looked at after it is freed; nothing is rebalanced. */
void vma_free_all(struct vm_map *map)
{
	struct rb_node *node = map->vma_tree.node, *parent;

	while (node) {
		if (node->left) {
			node = node->left;
			continue;
		}
		if (node->right) {
			node = node->right;
			continue;
		}
		parent = node->parent;
		if (parent && parent->left == node)
			parent->left = NULL;
		else if (parent)
			parent->right = NULL;
		vma_free(rb_entry(node, struct vm_area_struct, vm_rb));
		node = parent;
	}
	map->vma_tree = RB_ROOT;
}

/* ---- looking up ---- */

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap_cache, *found = NULL;
	struct rb_node *node;

	if (likely(vma && vma->vm_start <= addr && addr < vma->vm_end))
		return vma;
	node = mm->map->vma_tree.node;
	while (node) {
		vma = rb_entry(node, struct vm_area_struct, vm_rb);
		if (addr >= vma->vm_end) {
			node = node->right;
			continue;
		}
		found = vma;
		if (addr >= vma->vm_start)
			break;
		node = node->left;
	}
	if (found)
		mm->mmap_cache = found;
	return found;
}

static struct vm_area_struct *vma_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vm_area_struct, vm_rb) : NULL;
}

struct vm_area_struct *vma_first(const struct vm_map *map)
{
	return vma_of(rb_first(&map->vma_tree));
}

struct vm_area_struct *vma_next(struct vm_area_struct *vma)
{
	return vma_of(rb_next(&vma->vm_rb));
}

struct vm_area_struct *vma_prev(struct vm_area_struct *vma)
{
	return vma_of(rb_prev(&vma->vm_rb));
}

static struct vm_area_struct *vma_last(struct mm_struct *mm)
{
	return vma_of(rb_last(&mm->map->vma_tree));
}

/* ---- membership ---- */

static bool is_data_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

static void vm_stat_account(struct vm_map *map, unsigned long vm_flags, long pages)
{
	debug_assert(refcount_read(&map->refs) == 1);
	map->total_vm += pages;
	if (is_data_mapping(vm_flags))
		map->data_vm += pages;
}

static void vma_insert(struct vm_map *map, struct vm_area_struct *vma)
{
	struct rb_node **link = &map->vma_tree.node, *parent = NULL;

	while (*link) {
		struct vm_area_struct *other = rb_entry(*link, struct vm_area_struct, vm_rb);

		parent = *link;
		link = vma->vm_start < other->vm_start ? &parent->left : &parent->right;
	}
	rb_link_node(&vma->vm_rb, parent, link);
	rb_insert_color(&vma->vm_rb, &map->vma_tree);
}

void vma_link(struct vm_map *map, struct vm_area_struct *vma)
{
	vma->vm_map = map;
	vma_insert(map, vma);
	map->map_count++;
	map->nr_special += vma_is_special(vma);
	vm_stat_account(map, vma->vm_flags, vma_pages(vma));
	if (!vma->vm_mapping)
		return;
	mutex_lock(&vma->vm_mapping->i_mmap_lock);
	list_add_tail(&vma->i_mmap_link, &vma->vm_mapping->i_mmap);
	mutex_unlock(&vma->vm_mapping->i_mmap_lock);
}

void vma_unlink_file(struct vm_area_struct *vma)
{
	if (!vma->vm_mapping)
		return;
	mutex_lock(&vma->vm_mapping->i_mmap_lock);
	list_del_init(&vma->i_mmap_link);
	mutex_unlock(&vma->vm_mapping->i_mmap_lock);
}

void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_map *map = mm->map;

	vma_unlink_file(vma);
	rb_erase(&vma->vm_rb, &map->vma_tree);
	map->map_count--;
	map->nr_special -= vma_is_special(vma);
	vm_stat_account(map, vma->vm_flags, -(long)vma_pages(vma));
	if (mm->mmap_cache == vma)
		mm->mmap_cache = NULL;
}

void vma_resize(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	unsigned long before = vma_pages(vma);

	if (vma->vm_mapping)
		mutex_lock(&vma->vm_mapping->i_mmap_lock);
	if (vma->vm_mapping)
		vma->vm_pgoff += (long)(start - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_start = start;
	vma->vm_end = end;
	if (vma->vm_mapping)
		mutex_unlock(&vma->vm_mapping->i_mmap_lock);
	vm_stat_account(vma->vm_map, vma->vm_flags, (long)(vma_pages(vma) - before));
}

void vma_set_flags(struct vm_area_struct *vma, unsigned long flags)
{
	vm_stat_account(vma->vm_map, vma->vm_flags, -(long)vma_pages(vma));
	vma->vm_map->nr_special -= vma_is_special(vma);
	vma->vm_flags = flags;
	vma->vm_map->nr_special += vma_is_special(vma);
	vm_stat_account(vma->vm_map, vma->vm_flags, vma_pages(vma));
}

/* ---- cutting and joining ---- */

int split_vma(struct vm_area_struct *vma, unsigned long addr)
{
	struct vm_area_struct *upper;

	if (vma->vm_map->map_count >= MAX_MAP_COUNT)
		return -ENOMEM;
	upper = vma_dup(vma);
	if (!upper)
		return -ENOMEM;
	upper->vm_start = addr;
	if (upper->vm_mapping)
		upper->vm_pgoff = vma_index(vma, addr);
	vma_link(vma->vm_map, upper);	/* before the other shrinks: truncation sees every page at all times */
	vma_resize(vma, vma->vm_start, addr);
	return 0;
}

struct vm_area_struct *vma_isolate(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
				   unsigned long end)
{
	int err;

	if (vma->vm_start < start) {
		err = split_vma(vma, start);
		if (err)
			return ERR_PTR(err);
		vma = vma_next(vma);
	}
	if (vma->vm_end > end) {
		err = split_vma(vma, end);
		if (err) {
			vma_merge(mm, vma);
			return ERR_PTR(err);
		}
	}
	return vma;
}

/* Does @b go on where @a ends, in every respect? */
static bool vma_continues(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_flags == b->vm_flags && a->vm_file == b->vm_file &&
	       a->vm_mapping == b->vm_mapping && a->vm_ops == b->vm_ops &&
	       (!a->vm_mapping || b->vm_pgoff == a->vm_pgoff + vma_pages(a));
}

/* @a takes the range of its successor @b over. References that @b held are not the last ones. */
static void vma_absorb(struct mm_struct *mm, struct vm_area_struct *a, struct vm_area_struct *b)
{
	vma_resize(a, a->vm_start, b->vm_end);
	vma_unlink(mm, b);
	vma_free(b);
}

struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = vma_prev(vma), *next = vma_next(vma);

	if (prev && vma_continues(prev, vma)) {
		vma_absorb(mm, prev, vma);
		vma = prev;
	}
	if (next && vma_continues(vma, next))
		vma_absorb(mm, vma, next);
	return vma;
}

bool vma_extend(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long flags)
{
	struct vm_area_struct like = { .vm_start = start, .vm_end = end, .vm_flags = flags };
	struct vm_area_struct *next = find_vma(mm, start);
	struct vm_area_struct *prev = next ? vma_prev(next) : vma_last(mm);

	if (prev && vma_continues(prev, &like)) {
		vma_resize(prev, prev->vm_start, end);
		if (next && vma_continues(prev, next))
			vma_absorb(mm, prev, next);
		return true;
	}
	if (next && vma_continues(&like, next)) {
		vma_resize(next, start, next->vm_end);
		return true;
	}
	return false;
}

/* ---- free ranges ---- */

/* Nothing may be mapped closer than the guard gap below a stack that can grow. */
static unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	unsigned long gap = vma->vm_flags & VM_GROWSDOWN ? STACK_GUARD_GAP : 0;

	return vma->vm_start > gap ? vma->vm_start - gap : 0;
}

static bool range_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *next;

	if (addr < MMAP_MIN_ADDR || len > TASK_SIZE || addr > TASK_SIZE - len)
		return false;
	next = find_vma(mm, addr);
	return !next || addr + len <= vm_start_gap(next);
}

/*
 * The highest free range of @len bytes below mmap_base. To begin at the top every time would
 * make n mappings cost n^2 steps, so we remember where the last search ended: among the gaps
 * whose upper end lies above free_area_cache none is larger than cached_hole_size. 0: not known.
 */
static unsigned long search_top_down(struct mm_struct *mm, unsigned long len, unsigned long limit)
{
	struct vm_area_struct *below = find_vma(mm, limit - 1);

	if (below && vm_start_gap(below) < limit)
		limit = vm_start_gap(below);
	below = below ? vma_prev(below) : vma_last(mm);
	while (limit >= len + MMAP_MIN_ADDR) {
		unsigned long bottom = max(below ? below->vm_end : 0, MMAP_MIN_ADDR);

		if (limit >= bottom && limit - bottom >= len) {
			mm->free_area_cache = limit - len;
			return limit - len;
		}
		if (limit > bottom)
			mm->cached_hole_size = max(mm->cached_hole_size, limit - bottom);
		if (!below)
			break;
		limit = min(limit, vm_start_gap(below));
		below = vma_prev(below);
	}
	return -ENOMEM;
}

static unsigned long search_bottom_up(struct mm_struct *mm, unsigned long len)
{
	unsigned long addr = MMAP_BOTTOM_UP_BASE;
	struct vm_area_struct *vma = find_vma(mm, addr);

	for (; addr <= TASK_SIZE - len; vma = vma_next(vma)) {
		if (!vma || addr + len <= vm_start_gap(vma))
			return addr;
		addr = vma->vm_end;
	}
	return -ENOMEM;
}

unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	unsigned long found;

	if (len > TASK_SIZE)
		return -ENOMEM;
	if (addr && range_is_free(mm, PAGE_ALIGN(addr), len))
		return PAGE_ALIGN(addr);
	if (mm->free_area_cache && len > mm->cached_hole_size) {
		found = search_top_down(mm, len, min(mm->free_area_cache, mm->map->mmap_base));
		if (!IS_ERR((void *)found))
			return found;
	}
	mm->cached_hole_size = 0;
	found = search_top_down(mm, len, mm->map->mmap_base);
	if (!IS_ERR((void *)found))
		return found;
	return search_bottom_up(mm, len);
}

void free_area_raise(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *next;

	if (!mm->free_area_cache || addr <= mm->free_area_cache)
		return;
	next = find_vma(mm, addr);	/* the gap reaches up to here */
	mm->free_area_cache = next ? next->vm_start : mm->map->mmap_base;
}

/* ---- stacks ---- */

static bool may_expand_stack(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	struct vm_area_struct *prev = vma_prev(vma);
	unsigned long pages = (vma->vm_start - addr) >> PAGE_SHIFT;

	if (!(vma->vm_flags & VM_GROWSDOWN) || addr < MMAP_MIN_ADDR)
		return false;
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) && (prev->vm_flags & VM_ACCESS_FLAGS) &&
	    addr - prev->vm_end < STACK_GUARD_GAP)
		return false;
	if (!may_expand_vm(mm, vma->vm_flags, pages) || !enough_memory(pages))
		return false;
	return vma->vm_end - addr <= rlimit(RLIMIT_STACK);
}

struct vm_area_struct *expand_stack(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	if (!may_expand_stack(mm, vma, addr))
		return NULL;
	if (mm_own_map(mm))
		return ERR_PTR(-ENOMEM);
	vma = find_vma(mm, addr);
	vma_resize(vma, addr, vma->vm_end);
	return vma;
}
