/*
 * filemap.c - address_space: the pages of a file, or of shared anonymous memory, by index.
 *
 * A radix tree with 64 slots a node. `height` levels of nodes hold indices below 64^height; the
 * lowest level holds pages. A node without anything in it is freed at once.
 *
 * The tree has one reference of each page. As long as a page is in the tree, page->mapping and
 * page->index say where; a page that was taken out has mapping NULL, though programs that were
 * about to map it, or readers, may hold it a little longer.
 *
 * Truncation: first the new size, then the pages leave the tree, then the entries of every mm
 * that maps them. A fault looks at the size and at page->mapping under the ptl of its table,
 * which the last step takes too: it either sees the first two or is found by the last.
 *
 * Locks: i_mmap_lock, then ptl; mapping->lock alone, for a few lookups at a time.
 */
#include "internal.h"

#include <tine/err.h>
#include <tine/slab.h>
#include <tine/string.h>

#define RADIX_SHIFT	6
#define RADIX_SLOTS	(1U << RADIX_SHIFT)
#define RADIX_MAX_HEIGHT 11	/* 66 bits */
#define REMOVE_BATCH	32

struct radix_node {
	unsigned int count;		/* slots in use */
	void *slots[RADIX_SLOTS];	/* nodes, or pages at the lowest level */
};

static struct kmem_cache *radix_node_cachep;

void mapping_cache_init(void)
{
	radix_node_cachep = kmem_cache_create("radix_node", sizeof(struct radix_node), 0);
}

/* ---- the tree; mapping->lock held ---- */

static unsigned int radix_slot(u64 index, unsigned int level)
{
	return (index >> (RADIX_SHIFT * (level - 1))) & (RADIX_SLOTS - 1);
}

static bool radix_fits(const struct address_space *mapping, u64 index)
{
	return mapping->height >= RADIX_MAX_HEIGHT || !(index >> (RADIX_SHIFT * mapping->height));
}

/* The lowest node on the way to @index, or NULL. */
static struct radix_node *radix_find(const struct address_space *mapping, u64 index)
{
	struct radix_node *node = mapping->tree;
	unsigned int level;

	if (!radix_fits(mapping, index))
		return NULL;
	for (level = mapping->height; node && level > 1; level--)
		node = node->slots[radix_slot(index, level)];
	return node;
}

static struct page *radix_lookup(const struct address_space *mapping, u64 index)
{
	struct radix_node *node = radix_find(mapping, index);

	return node ? node->slots[index & (RADIX_SLOTS - 1)] : NULL;
}

/* Take the spare node; the caller comes back with another if it is used up. */
static struct radix_node *use_spare(struct radix_node **spare)
{
	struct radix_node *node = *spare;

	*spare = NULL;
	return node;
}

/* One level more; for an empty tree as many as @index needs, so that no node is without use. */
static bool radix_grow(struct address_space *mapping, u64 index, struct radix_node **spare)
{
	struct radix_node *node = use_spare(spare);

	if (!node)
		return false;
	if (mapping->tree) {
		node->slots[0] = mapping->tree;
		node->count = 1;
		mapping->height++;
	} else {
		for (mapping->height = 1; !radix_fits(mapping, index); )
			mapping->height++;
	}
	mapping->tree = node;
	return true;
}

/*
 * Store @page at @index, which is empty. False when a node is missing and there is no spare one;
 * what was added until then stays, for the next try or for radix_prune().
 */
static bool radix_insert(struct address_space *mapping, u64 index, struct page *page, struct radix_node **spare)
{
	struct radix_node *node;
	unsigned int level;

	while (!mapping->tree || !radix_fits(mapping, index))
		if (!radix_grow(mapping, index, spare))
			return false;
	node = mapping->tree;
	for (level = mapping->height; level > 1; level--) {
		void **slot = &node->slots[radix_slot(index, level)];

		if (!*slot) {
			*slot = use_spare(spare);
			if (!*slot)
				return false;
			node->count++;
		}
		node = *slot;
	}
	node->slots[index & (RADIX_SLOTS - 1)] = page;
	node->count++;
	return true;
}

/* A top that leads to its first slot alone is not needed. */
static void radix_shrink(struct address_space *mapping)
{
	while (mapping->height > 1) {
		struct radix_node *top = mapping->tree;

		if (top->count != 1 || !top->slots[0])
			break;
		mapping->tree = top->slots[0];
		mapping->height--;
		kmem_cache_free(radix_node_cachep, top);
	}
}

/* Free the nodes on the way to @index that are not needed; the height returns to 0 with the last. */
static void radix_prune(struct address_space *mapping, u64 index)
{
	struct radix_node *path[RADIX_MAX_HEIGHT + 1], *node = mapping->tree;
	unsigned int level, top = mapping->height;

	if (!node)
		return;
	for (level = top; ; level--) {
		path[level] = node;
		if (level == 1 || !radix_fits(mapping, index) || !node->slots[radix_slot(index, level)])
			break;
		node = node->slots[radix_slot(index, level)];
	}
	for (; level <= top && !path[level]->count; level++) {
		kmem_cache_free(radix_node_cachep, path[level]);
		if (level < top) {
			path[level + 1]->slots[radix_slot(index, level + 1)] = NULL;
			path[level + 1]->count--;
		}
	}
	if (level > top) {
		mapping->tree = NULL;
		mapping->height = 0;
	}
	radix_shrink(mapping);
}

/* The first page at *@index or after it; *@index becomes its own. NULL: there is none. */
static struct page *radix_next(const struct address_space *mapping, u64 *index)
{
	while (mapping->tree && radix_fits(mapping, *index)) {
		struct radix_node *node = mapping->tree;
		unsigned int level = mapping->height;
		u64 next;

		while (level > 1 && node->slots[radix_slot(*index, level)])
			node = node->slots[radix_slot(*index, level--)];
		if (level == 1 && node->slots[radix_slot(*index, 1)])
			return node->slots[radix_slot(*index, 1)];
		next = ((*index >> (RADIX_SHIFT * (level - 1))) + 1) << (RADIX_SHIFT * (level - 1));
		if (next <= *index)
			return NULL;
		*index = next;
	}
	return NULL;
}

static void radix_remove(struct address_space *mapping, struct page *page)
{
	struct radix_node *node = radix_find(mapping, page->index);

	node->slots[page->index & (RADIX_SLOTS - 1)] = NULL;
	node->count--;
	mapping->nrpages--;
	WRITE_ONCE(page->mapping, NULL);
	if (!node->count)
		radix_prune(mapping, page->index);
}

/* ---- pages ---- */

void mapping_init(struct address_space *mapping)
{
	refcount_set(&mapping->refs, 0);
	spin_lock_init(&mapping->lock);
	mapping->tree = NULL;
	mapping->height = 0;
	mapping->nrpages = 0;
	mapping->size = 0;
	mapping->id = 0;
	mutex_init(&mapping->i_mmap_lock);
	INIT_LIST_HEAD(&mapping->i_mmap);
}

struct page *find_get_page(struct address_space *mapping, u64 index)
{
	struct page *page;

	spin_lock(&mapping->lock);
	page = radix_lookup(mapping, index);
	if (page)
		get_page(page);
	spin_unlock(&mapping->lock);
	return page;
}

void find_get_pages(struct address_space *mapping, u64 first, unsigned int nr, struct page **pages)
{
	struct radix_node *node = NULL;
	unsigned int i;

	spin_lock(&mapping->lock);
	for (i = 0; i < nr; i++) {
		u64 index = first + i;

		if (i == 0 || (index & (RADIX_SLOTS - 1)) == 0)
			node = radix_find(mapping, index);
		pages[i] = node ? node->slots[index & (RADIX_SLOTS - 1)] : NULL;
		if (pages[i])
			get_page(pages[i]);
	}
	spin_unlock(&mapping->lock);
}

/*
 * Insert @page at @index, giving its reference to the tree, and return it with one of the
 * caller's; or, if another was faster, free it and return the other. ERR_PTR(-ENOMEM).
 */
static struct page *add_page(struct address_space *mapping, u64 index, struct page *page)
{
	struct radix_node *spare = NULL;
	struct page *there;

	for (;;) {
		spin_lock(&mapping->lock);
		there = radix_lookup(mapping, index);
		if (!there && radix_insert(mapping, index, page, &spare)) {
			mapping->nrpages++;
			there = page;
		}
		if (there) {
			get_page(there);
			break;
		}
		spin_unlock(&mapping->lock);
		spare = kmem_cache_alloc(radix_node_cachep, GFP_KERNEL | __GFP_ZERO);
		if (!spare) {
			spin_lock(&mapping->lock);
			radix_prune(mapping, index);
			there = ERR_PTR(-ENOMEM);
			break;
		}
	}
	spin_unlock(&mapping->lock);
	if (spare)
		kmem_cache_free(radix_node_cachep, spare);
	if (there != page)
		put_page(page);
	return there;
}

struct page *find_or_create_page(struct address_space *mapping, u64 index)
{
	struct page *page = find_get_page(mapping, index);

	if (page)
		return page;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO, FRAME_CACHE);
	if (!page)
		return ERR_PTR(-ENOMEM);
	page->flags = refcount_read(&mapping->refs) ? PG_SHMEM : 0;
	page->mapping = mapping;
	page->index = index;
	return add_page(mapping, index, page);
}

/* Take pages [first, last] out of the tree. Entries that lead to them hold references of their own. */
static void remove_pages(struct address_space *mapping, u64 first, u64 last)
{
	struct page *pages[REMOVE_BATCH];
	unsigned int i, nr;

	do {
		spin_lock(&mapping->lock);
		for (nr = 0; nr < REMOVE_BATCH; nr++) {
			pages[nr] = radix_next(mapping, &first);
			if (!pages[nr] || first > last)
				break;
			radix_remove(mapping, pages[nr]);
		}
		spin_unlock(&mapping->lock);
		for (i = 0; i < nr; i++)
			put_page(pages[i]);
	} while (nr == REMOVE_BATCH);
}

/* ---- truncation; i_mmap_lock held ---- */

void unmap_mapping_range(struct address_space *mapping, u64 first, u64 last)
{
	struct vm_area_struct *vma;

	assert_mutex_held(&mapping->i_mmap_lock);
	list_for_each_entry(vma, &mapping->i_mmap, i_mmap_link) {
		u64 from = max(first, vma->vm_pgoff);
		u64 to = min(last, vma->vm_pgoff + vma_pages(vma) - 1);

		if (from > to)
			continue;
		map_zap_foreign(vma->vm_map, vma->vm_start + ((from - vma->vm_pgoff) << PAGE_SHIFT),
				vma->vm_start + ((to - vma->vm_pgoff + 1) << PAGE_SHIFT));
	}
}

/* Bytes from @size to the end of its page must read as zero once the file grows again. */
static void zero_tail(struct address_space *mapping, u64 size)
{
	struct page *page;

	if (!offset_in_page(size))
		return;
	page = find_get_page(mapping, size >> PAGE_SHIFT);
	if (!page)
		return;
	memset((char *)page_address(page) + offset_in_page(size), 0, PAGE_SIZE - offset_in_page(size));
	put_page(page);
}

void truncate_mapping(struct address_space *mapping, u64 size)
{
	u64 old, first = DIV_ROUND_UP(size, PAGE_SIZE);

	mutex_lock(&mapping->i_mmap_lock);
	old = mapping->size;
	WRITE_ONCE(mapping->size, size);
	smp_mb();	/* the size before the tables: see map_pages() and install_anon() in fault.c */
	remove_pages(mapping, first, ~0ULL);
	if (size < old)
		unmap_mapping_range(mapping, first, ~0ULL);
	zero_tail(mapping, min(size, old));
	mutex_unlock(&mapping->i_mmap_lock);
}

void mapping_punch(struct address_space *mapping, u64 first, u64 last)
{
	mutex_lock(&mapping->i_mmap_lock);
	remove_pages(mapping, first, last);
	unmap_mapping_range(mapping, first, last);
	mutex_unlock(&mapping->i_mmap_lock);
}

void mapping_destroy(struct address_space *mapping)
{
	assert(list_empty(&mapping->i_mmap));
	remove_pages(mapping, 0, ~0ULL);
}

/* ---- shared anonymous memory ---- */

struct address_space *mapping_alloc(u64 size)
{
	struct address_space *mapping = kmalloc(sizeof(*mapping), GFP_KERNEL);

	if (!mapping)
		return NULL;
	mapping_init(mapping);
	refcount_set(&mapping->refs, 1);
	mapping->size = size;
	return mapping;
}

void mapping_get(struct address_space *mapping)
{
	refcount_inc(&mapping->refs);
}

void mapping_put(struct address_space *mapping)
{
	if (!refcount_dec_and_test(&mapping->refs))
		return;
	mapping_destroy(mapping);
	kfree(mapping);
}

static void shmem_vma_open(struct vm_area_struct *vma)
{
	mapping_get(vma->vm_mapping);
}

static void shmem_vma_close(struct vm_area_struct *vma)
{
	mapping_put(vma->vm_mapping);
}

static const struct vm_operations shmem_vm_ops = {
	.open = shmem_vma_open,
	.close = shmem_vma_close,
};

int shmem_zero_setup(struct vm_area_struct *vma)
{
	struct address_space *mapping = mapping_alloc(vma->vm_end - vma->vm_start);

	if (!mapping)
		return -ENOMEM;
	vma->vm_mapping = mapping;
	vma->vm_pgoff = 0;
	vma->vm_ops = &shmem_vm_ops;
	return 0;
}
