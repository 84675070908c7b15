// sources: lib/rbtree.c lib/refcount.c
/*
 * Address spaces on the host: all of mm/ from the VMA tree to the page tables runs on an array that
 * plays physical memory, under a software CPU with a TLB that forgets only what it is told to.
 *
 * Thousands of random mmap, munmap, mprotect, madvise, mremap, fork, exit and truncate calls, with and
 * without failing allocations, on ranges that lie across the borders of tables of every level; beside
 * it a model that knows what each byte must be. After each step an audit recounts, from the
 * entries alone, every reference of every frame and the index of every table, and compares the TLBs.
 *
 * Not through unit.h: see test_fair.c. The sources are included, so that they see another PAGE_OFFSET.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

extern char host_memory[];
#define PAGE_OFFSET ((unsigned long)host_memory)

#include "../../mm/walk.c"
#include "../../mm/memory.c"
#include "../../mm/copy.c"
#include "../../mm/fault.c"
#include "../../mm/vma.c"
#include "../../mm/mm.c"
#include "../../mm/mmap.c"
#include "../../mm/mprotect.c"
#include "../../mm/madvise.c"
#include "../../mm/mremap.c"
#include "../../mm/filemap.c"
#include "../../mm/access.c"

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void free(void *ptr);
int printf(const char *fmt, ...);

#define FRAMES		6000UL
#define CLUSTERS	6U
#define CLUSTER_PAGES	16U
#define NR_PAGES	(CLUSTERS * CLUSTER_PAGES)
#define MAX_MMS		6U
#define FILE_PAGES	24U

char host_memory[FRAMES * PAGE_SIZE] __aligned(4096);
struct page *mem_map;
unsigned long max_pfn = FRAMES;
u64 pte_nx_mask = PTE_NX;
bool host_irqs_off;

DEFINE_PER_CPU(struct task_struct *, current_task);
DEFINE_PER_CPU(unsigned int, preempt_count);
DEFINE_PER_CPU(bool, resched_pending);
DEFINE_PER_CPU(unsigned int, cpu_number);
DEFINE_PER_CPU(unsigned long, this_cpu_offset);
DEFINE_PER_CPU(long, ledger_counts[NR_LEDGER_ITEMS]);

static struct task_struct task;
static struct signal_struct signal_state;
static struct cred root_cred;
static unsigned long seed;
static unsigned long frames_used, objects_used;
static unsigned int fail_in;		/* the how manieth allocation fails; 0: none */

/* What the model knows of one page of one address space. */
struct model_page {
	bool mapped, own;		/* own: private contents, value; else the file's */
	bool file;			/* maps the test's file, at index */
	bool shared, readable, writable, wipe, dontfork;
	u8 value;
	unsigned int index;
};

struct tlb_entry {
	bool valid, writable;
	unsigned long pfn;
};

static struct model_mm {
	struct mm_struct *mm;
	struct model_page page[NR_PAGES];
	struct tlb_entry tlb[NR_PAGES];
} mms[MAX_MMS];

static struct inode file_inode;
static struct file test_file;
static u8 file_value[FILE_PAGES];

static const unsigned long cluster_base[CLUSTERS] = {
	0x0000000000600000 - 8 * PAGE_SIZE,	/* two leaf tables */
	0x00000000c0000000 - 8 * PAGE_SIZE,	/* two tables of level 2 */
	0x0000010000000000 - 8 * PAGE_SIZE,	/* two tables of level 3 */
	0x0000010000000000 + 0x600000,
	0x00007f0000200000,
	0x00007f0000200000 + 64 * PAGE_SIZE,
};

static unsigned int rnd(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

static unsigned long addr_of(unsigned int page)
{
	return cluster_base[page / CLUSTER_PAGES] + page % CLUSTER_PAGES * PAGE_SIZE;
}

/* ---- the rest of the kernel ---- */

void assert_failed(const char *file, int line, const char *what)
{
	printf("%s:%d: %s\n", file, line, what);
	_fail(file, line);
	__builtin_trap();
}

void warn_failed(const char *file, int line, const char *what) { assert_failed(file, line, what); }
void preempt_check(void) { }
void might_sleep_check(const char *file, int line) { assert_int_equal(preempt_count, 0); }
void spin_lock_slow(spinlock_t *lock) { assert_failed(__FILE__, __LINE__, "deadlock"); }
bool fatal_signal_pending(struct task_struct *p) { return false; }
unsigned long nr_total_pages(void) { return FRAMES; }
void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
void clear_page(void *page) { memset(page, 0, PAGE_SIZE); }
void copy_page(void *dst, const void *src) { memcpy(dst, src, PAGE_SIZE); }

void mutex_init(struct mutex *m) { m->owner = NULL; }
void mutex_lock_slow(struct mutex *m) { assert_failed(__FILE__, __LINE__, "deadlock"); }
void mutex_unlock_slow(struct mutex *m) { assert_failed(__FILE__, __LINE__, "not locked by us"); }
void page_count_broken(struct page *page, const char *what) { assert_failed(__FILE__, __LINE__, what); }

static bool host_fail(void)
{
	return fail_in && --fail_in == 0;
}

/* Asked for tables and limits; frames and objects ask host_fail() below. */
bool should_fail_slow(enum fail_site site)
{
	return host_fail();
}

struct page *alloc_pages(gfp_t gfp, unsigned int order, enum frame_kind kind)
{
	static unsigned long next;
	unsigned long i;

	assert_int_equal(order, 0);
	assert_int_equal(preempt_count, 0);
	if (!(gfp & __GFP_NOFAULT) && host_fail())
		return NULL;
	for (i = 0; i < FRAMES; i++) {
		struct page *page = &mem_map[next++ % FRAMES];

		if (page->kind != FRAME_FREE)
			continue;
		page->kind = kind;
		page->flags = 0;
		atomic_set(&page->refcount, 1);
		ledger_add(LEDGER_FRAME_REFS, 1);
		frames_used++;
		memset(page_address(page), gfp & __GFP_ZERO ? 0 : 0xa5, PAGE_SIZE);
		return page;
	}
	assert_failed(__FILE__, __LINE__, "host memory too small");
}

/* No CPU may remember a frame that goes. */
void put_page_last(struct page *page)
{
	unsigned int m, i;

	for (m = 0; m < MAX_MMS; m++)
		for (i = 0; i < NR_PAGES; i++)
			assert_false(mms[m].tlb[i].valid && mms[m].tlb[i].pfn == page_to_pfn(page));
	memset(page_address(page), 0x5a, PAGE_SIZE);
	page->kind = FRAME_FREE;
	frames_used--;
}

void free_pages(struct page *page, unsigned int order)
{
	put_page(page);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align)
{
	return (struct kmem_cache *)size;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	assert_int_equal(preempt_count, 0);
	if (host_fail())
		return NULL;
	objects_used++;
	return calloc(1, (size_t)cache);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	objects_used--;
	free(object);
}

void *kmalloc(size_t size, gfp_t gfp) { return kmem_cache_alloc((struct kmem_cache *)size, gfp); }
void kfree(const void *ptr) { kmem_cache_free(NULL, (void *)ptr); }

pgd_t *pgd_alloc(struct mm_struct *mm)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO, FRAME_TABLE);

	return page ? page_address(page) : NULL;
}

void pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	free_pages(virt_to_page(pgd), 0);
}

static struct model_mm *model_of(struct mm_struct *mm)
{
	unsigned int m;

	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm == mm)
			return &mms[m];
	return NULL;
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct model_mm *model = model_of(mm);
	unsigned int i;

	for (i = 0; model && i < NR_PAGES; i++)
		if (addr_of(i) >= start && addr_of(i) < end)
			model->tlb[i].valid = false;
}

void flush_tlb_mm(struct mm_struct *mm) { flush_tlb_range(mm, 0, TASK_SIZE); }
void flush_tlb_page(struct mm_struct *mm, unsigned long addr) { flush_tlb_range(mm, addr, addr + 1); }

struct file *get_file(struct file *file)
{
	refcount_inc(&file->f_count);
	return file;
}

void fput(struct file *file)
{
	assert_false(refcount_dec_and_test(&file->f_count));
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_mapping = &file->f_inode->i_data;
	return 0;
}

static const struct file_operations file_ops = { .mmap = file_mmap };

/* ---- the software CPU ---- */

/* What the tables say, R/W and U/S of all levels together. */
static bool hardware_walk(struct mm_struct *mm, unsigned long addr, struct tlb_entry *out)
{
	pte_t *table = mm->pgd;
	unsigned int level;
	bool writable = true;
	pte_t pte = 0;

	for (level = PGTABLE_LEVELS; level > 0; level--) {
		pte = table[pte_index(addr, level)];
		if (!(pte & PTE_PRESENT) || !(pte & PTE_USER))
			return false;
		writable = writable && (pte & PTE_RW);
		table = pte_table(pte);
	}
	*out = (struct tlb_entry){ true, writable, pte_phys(pte) >> PAGE_SHIFT };
	return true;
}

static char *frame_bytes(unsigned long pfn)
{
	return pfn << PAGE_SHIFT == __pa_symbol(zero_frame) ? (char *)zero_frame : __va(pfn << PAGE_SHIFT);
}

/* One access of one byte; 0 or VM_FAULT_*. */
static unsigned int cpu_access(struct model_mm *model, unsigned int page, bool write, u8 *value)
{
	struct tlb_entry *tlb = &model->tlb[page];
	unsigned int result, tries;

	for (tries = 0; tries < 3; tries++) {
		if (tlb->valid && (tlb->writable || !write)) {
			char *at = frame_bytes(tlb->pfn) + 17;

			if (write)
				*at = (char)*value;
			else
				*value = (u8)*at;
			return 0;
		}
		tlb->valid = false;
		if (hardware_walk(model->mm, addr_of(page), tlb) && (tlb->writable || !write))
			continue;
		tlb->valid = false;	/* a fault drops the translation */
		result = handle_mm_fault(model->mm, addr_of(page), write ? FAULT_FLAG_WRITE : 0);
		if (result)
			return result;
	}
	assert_failed(__FILE__, __LINE__, "the fault handler makes no progress");
}

/* ---- the audit ---- */

static int counted[FRAMES];

static void audit_table(struct page *table, struct model_mm *model, unsigned long base)
{
	pte_t *entries = page_address(table);
	unsigned int i, end = table->level == PGTABLE_LEVELS ? 256 : 512, present = 0;

	for (i = 0; i < end; i++) {
		unsigned long addr = base + i * level_size(table->level);

		if (!entries[i])
			continue;
		present++;
		assert_true(i >= table->low && i <= table->high);
		if (table->level > 1) {
			counted[page_to_pfn(pte_page(entries[i]))]++;
			assert_int_equal(pte_page(entries[i])->level, table->level - 1);
			/* truncation empties leaf tables of any mm but leaves them there */
			assert_true(pte_page(entries[i])->present || table->level == 2);
			audit_table(pte_page(entries[i]), model, addr);
		} else if (pte_is_zero_frame(entries[i])) {
			assert_false(entries[i] & PTE_RW);
		} else {
			struct page *page = pte_page(entries[i]);

			counted[page_to_pfn(page)]++;
			if ((entries[i] & PTE_RW) && page->kind == FRAME_ANON)
				assert_int_equal(page_count(page), 1);
		}
	}
	assert_int_equal(present, table->present);
}

static void audit_mapping(struct address_space *mapping)
{
	unsigned long pages = 0;
	struct page *page;
	u64 index;

	for (index = 0; (page = radix_next(mapping, &index)); index++, pages++) {
		assert_ptr_equal(page->mapping, mapping);
		assert_int_equal(page->index, index);
		counted[page_to_pfn(page)]++;
	}
	assert_int_equal(pages, mapping->nrpages);
	mapping->nrpages |= 1UL << 63;		/* seen */
}

static void audit_mm(struct model_mm *model)
{
	struct mm_struct *mm = model->mm;
	struct vm_area_struct *vma, *prev = NULL;
	unsigned long pages = 0, data = 0;
	unsigned int i, nr = 0;

	assert_null(mm->mmap_lock.owner);
	counted[page_to_pfn(virt_to_page(mm->pgd))]++;
	audit_table(virt_to_page(mm->pgd), model, 0);
	for (vma = vma_first(mm); vma; prev = vma, vma = vma_next(vma)) {
		assert_true(vma->vm_start < vma->vm_end && (!prev || prev->vm_end <= vma->vm_start));
		assert_false(prev && vma_continues(prev, vma));
		if (vma->vm_mapping && !(vma->vm_mapping->nrpages >> 63))
			audit_mapping(vma->vm_mapping);
		pages += vma_pages(vma);
		data += is_data_mapping(vma->vm_flags) ? vma_pages(vma) : 0;
		nr++;
	}
	assert_int_equal(nr, mm->map_count);
	assert_int_equal(pages, mm->total_vm);
	assert_int_equal(data, mm->data_vm);
	for (i = 0; i < NR_PAGES; i++) {
		struct tlb_entry now, *tlb = &model->tlb[i];

		if (!tlb->valid)
			continue;
		assert_true(hardware_walk(mm, addr_of(i), &now));
		assert_int_equal(now.pfn, tlb->pfn);
		assert_true(now.writable || !tlb->writable);
	}
}

static void audit(void)
{
	unsigned long refs = 0, i;
	struct vm_area_struct *vma;
	unsigned int m;

	memset(counted, 0, sizeof(counted));
	assert_int_equal(preempt_count, 0);
	assert_null(file_inode.i_data.i_mmap_lock.owner);
	audit_mapping(&file_inode.i_data);
	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm)
			audit_mm(&mms[m]);
	file_inode.i_data.nrpages &= ~(1UL << 63);
	for (m = 0; m < MAX_MMS; m++)
		for (vma = mms[m].mm ? vma_first(mms[m].mm) : NULL; vma; vma = vma_next(vma))
			if (vma->vm_mapping)
				vma->vm_mapping->nrpages &= ~(1UL << 63);
	for (i = 0; i < table_cache.nr; i++)
		counted[page_to_pfn(table_cache.pages[i])]++;
	for (i = 0; i < FRAMES; i++) {
		assert_int_equal(counted[i], mem_map[i].kind == FRAME_FREE ? 0 : page_count(&mem_map[i]));
		refs += counted[i];
	}
	assert_int_equal(refs, ledger_counts[LEDGER_FRAME_REFS] + table_cache.nr);
}

/* ---- the model ---- */

static unsigned int rnd_range(unsigned int *first)
{
	*first = rnd(NR_PAGES);
	return 1 + rnd(CLUSTER_PAGES - *first % CLUSTER_PAGES);
}

static u64 file_pages(void)
{
	return file_inode.i_data.size >> PAGE_SHIFT;
}

static void do_access(struct model_mm *model, unsigned int i, bool write)
{
	struct model_page *page = &model->page[i];
	unsigned int result, expected = 0;
	u8 value = write ? rnd(256) : 0;

	if (!page->mapped)
		expected = VM_FAULT_MAPERR;
	else if (write ? !page->writable : !page->readable)
		expected = VM_FAULT_ACCERR;
	else if (page->file && !page->own && page->index >= file_pages())
		expected = VM_FAULT_SIGBUS;
	result = cpu_access(model, i, write, &value);
	if (result & VM_FAULT_OOM)
		return;
	assert_int_equal(result, expected);
	if (result)
		return;
	if (!write) {
		assert_int_equal(value, page->own ? page->value : page->file ? file_value[page->index] : 0);
	} else if (page->shared) {
		file_value[page->index] = value;
	} else {
		page->own = true;
		page->value = value;
	}
}

static void do_map(struct model_mm *model)
{
	static const unsigned long prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE };
	unsigned int first, n = rnd_range(&first), i, kind = rnd(4), index = rnd(FILE_PAGES - CLUSTER_PAGES);
	unsigned long prot = prots[rnd(4)], ret;
	unsigned long flags = MAP_FIXED | (kind == 3 ? MAP_SHARED : MAP_PRIVATE) |
			      (kind == 2 || rnd(4) ? 0 : MAP_POPULATE);	/* would copy private pages at once */

	ret = do_mmap(kind >= 2 ? &test_file : NULL, addr_of(first), n * PAGE_SIZE, prot,
		      flags | (kind < 2 ? MAP_ANONYMOUS : 0), index);
	if (ret == (unsigned long)-ENOMEM)
		return;
	assert_int_equal(ret, addr_of(first));
	for (i = 0; i < n; i++)
		model->page[first + i] = (struct model_page) {
			.mapped = true, .file = kind >= 2, .shared = kind == 3, .index = index + i,
			.readable = prot != PROT_NONE, .writable = prot & PROT_WRITE,
		};
}

static void do_unmap(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first);

	if (!sys_munmap(addr_of(first), n * PAGE_SIZE))
		memset(&model->page[first], 0, n * sizeof(struct model_page));
}

static void do_protect(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first), i;
	unsigned long prot = rnd(3) == 0 ? PROT_NONE : rnd(2) ? PROT_READ : PROT_READ | PROT_WRITE;
	long ret;

	fail_in = 0;
	ret = sys_mprotect(addr_of(first), n * PAGE_SIZE, prot);
	for (i = first; i < first + n && model->page[i].mapped; i++) {
		model->page[i].readable = prot != PROT_NONE;
		model->page[i].writable = prot & PROT_WRITE;
	}
	assert_int_equal(ret, i < first + n ? -ENOMEM : 0);
}

static void do_advise(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first), i;
	bool hole = false;
	long ret;

	ret = sys_madvise(addr_of(first), n * PAGE_SIZE, MADV_DONTNEED);
	for (i = first; i < first + n; i++) {
		hole |= !model->page[i].mapped;
		model->page[i].own = false;
	}
	assert_int_equal(ret, hole ? -ENOMEM : 0);
}

static void do_advise_fork(struct model_mm *model)
{
	static const int advice[] = { MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK };
	unsigned int i = rnd(NR_PAGES), kind = rnd(4);
	struct model_page *page = &model->page[i];
	long ret = sys_madvise(addr_of(i), PAGE_SIZE, advice[kind]);

	if (ret == -EAGAIN)
		return;
	if (!page->mapped)
		assert_int_equal(ret, -ENOMEM);
	else if (kind == 2 && page->file)
		assert_int_equal(ret, -EINVAL);
	else
		assert_int_equal(ret, 0);
	if (ret)
		return;
	if (kind < 2)
		page->dontfork = kind == 0;
	else
		page->wipe = kind == 2;
}

/* After a failed move the target may be unmapped, nothing else may have changed. */
static void resync(struct model_mm *model, unsigned int first, unsigned int n)
{
	for (; n--; first++)
		if (!vma_at(model->mm, addr_of(first)))
			model->page[first] = (struct model_page) { 0 };
}

static void do_move(struct model_mm *model)
{
	unsigned int from, to, old = rnd_range(&from), new = rnd_range(&to), i;
	struct model_page moved[CLUSTER_PAGES];
	bool keep = old == new && rnd(2);
	long ret = sys_mremap(addr_of(from), old * PAGE_SIZE, new * PAGE_SIZE,
			      MREMAP_MAYMOVE | MREMAP_FIXED | (keep ? MREMAP_DONTUNMAP : 0), addr_of(to));

	if (ret < 0) {
		resync(model, to, new);
		if (new < old)
			resync(model, from + new, old - new);
		return;
	}
	assert_int_equal(ret, addr_of(to));
	memcpy(moved, &model->page[from], sizeof(moved[0]) * old);
	for (i = old; i < new; i++) {
		moved[i] = moved[old - 1];
		moved[i].own = false;
		moved[i].index = moved[0].index + i;
	}
	for (i = 0; i < old; i++) {
		model->page[from + i].own = false;
		if (!keep)
			model->page[from + i] = (struct model_page) { 0 };
	}
	memcpy(&model->page[to], moved, sizeof(moved[0]) * new);
}

static void do_exit_mm(struct model_mm *model)
{
	mmput(model->mm);
	memset(model, 0, sizeof(*model));
}

static int host_dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *vma, *copy;
	int err = 0;

	mutex_lock(&oldmm->mmap_lock);
	mutex_lock(&mm->mmap_lock);
	for (vma = vma_first(oldmm); vma && !err; vma = vma_next(vma)) {
		if (vma->vm_flags & VM_DONTCOPY)
			continue;
		copy = vma_dup(vma, mm);
		if (copy)
			vma_link(mm, copy);
		err = copy ? copy_page_range(mm, oldmm, vma) : -ENOMEM;
	}
	flush_tlb_mm(oldmm);
	mutex_unlock(&mm->mmap_lock);
	mutex_unlock(&oldmm->mmap_lock);
	return err;
}

static void do_fork_mm(struct model_mm *model)
{
	struct model_mm *child = &mms[rnd(MAX_MMS)];
	unsigned int i;

	if (child->mm)
		return;
	child->mm = mm_alloc();
	if (!child->mm)
		return;
	if (host_dup_mmap(child->mm, model->mm)) {
		do_exit_mm(child);
		return;
	}
	for (i = 0; i < NR_PAGES; i++) {
		child->page[i] = model->page[i];
		if (model->page[i].dontfork)
			child->page[i] = (struct model_page) { 0 };
		else if (model->page[i].wipe)
			child->page[i].own = false;
	}
	for (i = 0; i < NR_PAGES && rnd(4); i++)
		do_access(rnd(2) ? child : model, rnd(NR_PAGES), rnd(2));
	for (i = 0; i < NR_PAGES; i++)
		do_access(child, i, false);
}

static void do_truncate(void)
{
	u64 pages = rnd(FILE_PAGES + 1);
	unsigned int m, i;

	truncate_mapping(&file_inode.i_data, pages << PAGE_SHIFT);
	for (i = pages; i < FILE_PAGES; i++)
		file_value[i] = 0;
	for (m = 0; m < MAX_MMS; m++)
		for (i = 0; i < NR_PAGES; i++)
			if (mms[m].page[i].file && mms[m].page[i].index >= pages)
				mms[m].page[i].own = false;
}

/* A debugger's write: through protections, never into what others see. */
static void do_poke(struct model_mm *model)
{
	unsigned int i = rnd(NR_PAGES);
	struct model_page *page = &model->page[i];
	bool may = page->mapped && (!page->shared || page->writable);
	u8 value = rnd(256);
	size_t done;

	if (page->file && !page->own && page->index >= file_pages())
		may = false;
	done = access_mm(model->mm, addr_of(i) + 17, &value, 1, true);
	assert_true(done <= may);
	assert_true(done == may || !fail_in);
	if (!done)
		return;
	if (page->shared) {
		file_value[page->index] = value;
		return;
	}
	page->own = true;
	page->value = value;
}

static void random_step(void)
{
	struct model_mm *model = &mms[rnd(MAX_MMS)];
	unsigned int what = rnd(64), i;

	if (!model->mm) {
		if (rnd(8) == 0)
			model->mm = mm_alloc();
		return;
	}
	task.mm = model->mm;
	if (what < 38)
		for (i = 0; i < 16; i++)
			do_access(model, rnd(NR_PAGES), rnd(2));
	else if (what < 45)
		do_map(model);
	else if (what < 48)
		do_unmap(model);
	else if (what < 51)
		do_protect(model);
	else if (what < 53)
		do_advise(model);
	else if (what < 55)
		do_advise_fork(model);
	else if (what < 58)
		do_move(model);
	else if (what < 60)
		do_poke(model);
	else if (what < 62)
		do_fork_mm(model);
	else if (what == 62)
		do_truncate();
	else
		do_exit_mm(model);
}

static void end_all(void)
{
	unsigned int m;

	fail_in = 0;
	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm)
			do_exit_mm(&mms[m]);
	truncate_mapping(&file_inode.i_data, 0);
	audit();
	assert_int_equal(objects_used, 0);
	assert_int_equal(frames_used, table_cache.nr);
	assert_int_equal(ledger_counts[LEDGER_VMAS], 0);
	assert_int_equal(ledger_counts[LEDGER_MM], 0);
	assert_int_equal(ledger_counts[LEDGER_FRAME_REFS], 0);
	assert_int_equal(refcount_read(&test_file.f_count), 1);
}

static void run_random(unsigned int fail_of)
{
	unsigned int round, step;

	for (round = 0; round < 30; round++) {
		seed = round * 977 + fail_of;
		file_inode.i_data.size = FILE_PAGES << PAGE_SHIFT;
		memset(file_value, 0, sizeof(file_value));
		for (step = 0; step < 3000; step++) {
			fail_in = fail_of ? rnd(fail_of) : 0;
			random_step();
			if (step % 4 == 0)
				audit();
		}
		end_all();
	}
}

static void test_random(void **state)
{
	run_random(0);
}

static void test_random_failing(void **state)
{
	run_random(24);
}

/* ---- what a random walk does not show ---- */

static void test_mmap_errors(void **state)
{
	struct mm_struct *mm = mm_alloc();
	unsigned long at;

	task.mm = mm;
	assert_int_equal(do_mmap(NULL, 0, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 0, -1UL, 0, MAP_PRIVATE | MAP_ANONYMOUS, 0), -ENOMEM);
	assert_int_equal(do_mmap(NULL, 0, 4096, 0, MAP_ANONYMOUS, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 1, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 0x1000, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0), -EPERM);
	assert_int_equal(do_mmap(NULL, TASK_SIZE, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0), -ENOMEM);
	assert_int_equal(do_mmap(NULL, 0, (FRAMES + 1) * PAGE_SIZE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0), -ENOMEM);
	assert_int_equal(do_mmap(&test_file, 0, 8192, 0, MAP_PRIVATE, -1UL), -EOVERFLOW);
	at = do_mmap(NULL, 0, (FRAMES + 1) * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	assert_int_equal(at, mm->mmap_base - (FRAMES + 1) * PAGE_SIZE);
	assert_int_equal(do_mmap(NULL, at, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0), -EEXIST);
	assert_int_equal(sys_munmap(at + 1, 1), -EINVAL);
	assert_int_equal(sys_munmap(at, 0), -EINVAL);
	assert_int_equal(sys_munmap(TASK_SIZE, 4096), -EINVAL);
	mmput(mm);
	end_all();
}

/* Mappings that could be one are one; freed gaps are found again, highest first. */
static void test_merge_and_gaps(void **state)
{
	struct mm_struct *mm = mm_alloc();
	unsigned long at[100], i;

	task.mm = mm;
	for (i = 0; i < 100; i++)
		at[i] = do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	assert_int_equal(at[99], mm->mmap_base - 100 * 4096);
	assert_int_equal(mm->map_count, 1);
	assert_int_equal(sys_mprotect(at[50], 4096, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(mm->map_count, 3);
	assert_int_equal(sys_mprotect(at[50], 4096, PROT_READ), 0);
	assert_int_equal(mm->map_count, 1);
	sys_munmap(at[30], 4096);
	sys_munmap(at[10], 4096);
	assert_int_equal(do_mmap(NULL, 0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[99] - 8192);
	assert_int_equal(do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[10]);
	assert_int_equal(do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[30]);
	assert_int_equal(mm->map_count, 1);
	mmput(mm);
	end_all();
}

/* Shared anonymous memory is one memory over a fork; its last page goes with the last mapping. */
static void test_shared_anonymous(void **state)
{
	struct model_mm *parent = &mms[0], *child = &mms[1];
	unsigned long addr = addr_of(3);
	u8 value = 77;

	parent->mm = mm_alloc();
	child->mm = mm_alloc();
	task.mm = parent->mm;
	assert_int_equal(do_mmap(NULL, addr, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0), addr);
	assert_int_equal(host_dup_mmap(child->mm, parent->mm), 0);
	assert_int_equal(cpu_access(child, 4, true, &value), 0);
	value = 0;
	assert_int_equal(cpu_access(parent, 4, false, &value), 0);
	assert_int_equal(value, 77);
	audit();
	assert_int_equal(sys_madvise(addr + PAGE_SIZE, PAGE_SIZE, MADV_REMOVE), 0);
	assert_int_equal(cpu_access(child, 4, false, &value), 0);
	assert_int_equal(value, 0);
	audit();
	end_all();
}

/* A stack grows to its limit, and not into its neighbour. */
static void test_stack_growth(void **state)
{
	struct mm_struct *mm = mm_alloc();
	struct vm_area_struct *stack = vma_alloc(mm);
	unsigned long top = STACK_TOP, below;

	task.mm = mm;
	stack->vm_start = top - 4 * PAGE_SIZE;
	stack->vm_end = top;
	stack->vm_flags = VM_STACK_FLAGS;
	vma_link(mm, stack);
	signal_state.rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	assert_int_equal(handle_mm_fault(mm, top - (8UL << 20), FAULT_FLAG_WRITE), 0);
	assert_int_equal(handle_mm_fault(mm, top - (8UL << 20) - 1, FAULT_FLAG_WRITE), VM_FAULT_MAPERR);
	signal_state.rlim[RLIMIT_STACK].rlim_cur = ~0ULL;
	below = top - (16UL << 20);
	do_mmap(NULL, below, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	assert_int_equal(handle_mm_fault(mm, below + PAGE_SIZE + STACK_GUARD_GAP, 0), 0);
	assert_int_equal(handle_mm_fault(mm, below + PAGE_SIZE + STACK_GUARD_GAP - 1, 0), VM_FAULT_MAPERR);
	assert_int_equal(mm->total_vm, 1 + vma_pages(stack));
	mmput(mm);
	end_all();
}

/* Pages at indices of all heights of the radix tree; without memory nothing stays behind. */
static void test_radix(void **state)
{
	static const u64 at[] = { 0, 63, 64, 4095, 4096, 1 << 20, 1ULL << 40, 1ULL << 51 };
	struct address_space *mapping = mapping_alloc(~0ULL);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (n = 1; ; n++) {
			unsigned long objects = objects_used, frames = frames_used;
			struct page *page;

			fail_in = n;
			page = find_or_create_page(mapping, at[i]);
			fail_in = 0;
			if (!IS_ERR(page)) {
				put_page(page);
				break;
			}
			assert_int_equal(objects_used, objects);
			assert_int_equal(frames_used, frames);
		}
		assert_int_equal(mapping->nrpages, i + 1);
		assert_null(find_get_page(mapping, at[i] + 1));
	}
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		struct page *page = find_get_page(mapping, at[i]);

		assert_non_null(page);
		assert_int_equal(page->index, at[i]);
		put_page(page);
	}
	truncate_mapping(mapping, 4096 << PAGE_SHIFT);
	assert_int_equal(mapping->nrpages, 4);
	mapping_put(mapping);
	end_all();
}

static int setup(void **state)
{
	unsigned int i;

	mem_map = calloc(FRAMES, sizeof(*mem_map));
	current_task = &task;
	task.fail_nth = 1;
	task.signal = &signal_state;
	task.cred = &root_cred;
	for (i = 0; i < RLIM_NLIMITS; i++)
		signal_state.rlim[i].rlim_cur = ~0ULL;
	mm_init_caches();
	mapping_init(&file_inode.i_data);
	refcount_set(&test_file.f_count, 1);
	test_file.f_inode = &file_inode;
	test_file.f_mode = FMODE_READ | FMODE_WRITE;
	test_file.f_op = &file_ops;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mmap_errors),
		cmocka_unit_test(test_merge_and_gaps),
		cmocka_unit_test(test_shared_anonymous),
		cmocka_unit_test(test_stack_growth),
		cmocka_unit_test(test_radix),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_failing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
