/*
 * mm_host.h - all of mm/, from the VMA tree to the page tables, on an array that plays physical
 * memory; a software CPU whose TLB forgets only what it is told to; and the kernel's own audit with a
 * look at mappings and TLBs beside it. Included by test_mm.c, once.
 *
 * The sources of mm/ are included, so that they see another PAGE_OFFSET. Not through unit.h: see
 * test_fair.c.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

int memcmp(const void *a, const void *b, size_t n);

extern char host_memory[];
#define PAGE_OFFSET ((unsigned long)host_memory)

#include "../../../mm/walk.c"
#include "../../../mm/memory.c"
/* What fork shares is decided anew each time: see share_whole(). */
static int host_copy_leaf, host_copy_upper;
#define COPY_LEAF_MAX	host_copy_leaf
#define COPY_UPPER_MAX	host_copy_upper
#include "../../../mm/share.c"
#include "../../../mm/lazy.c"
#include "../../../mm/fault.c"
#include "../../../mm/vma.c"
#include "../../../mm/map.c"
#include "../../../mm/mm.c"
#include "../../../mm/mmap.c"
#include "../../../mm/mprotect.c"
#include "../../../mm/madvise.c"
#include "../../../mm/mremap.c"
#include "../../../mm/filemap.c"
#include "../../../mm/access.c"
#include "../../../mm/audit.c"
#include "../../../mm/bugs.c"

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
static unsigned int fail_in;		/* the N-th allocation from here fails; 0: none */

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

/* What real CPUs remember of the levels above the leaves, for each page of the test. */
struct upper_entry {
	struct page *table;		/* leaf table; NULL: not known */
	bool writable;
};

static struct model_mm {
	struct mm_struct *mm;
	struct model_page page[NR_PAGES];
	struct tlb_entry tlb[NR_PAGES];
	struct upper_entry upper[NR_PAGES];
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
	if (!(gfp & GFP_ATOMIC))
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

char *getenv(const char *name);

/* bug=NAME comes from the environment: test_mm_bugs.py */
bool cmdline_option(const char *name, char *buf, size_t size)
{
	const char *bug = getenv("TINE_BUG");
	size_t i;

	for (i = 0; bug && bug[i] && i + 1 < size; i++)
		buf[i] = bug[i];
	buf[i] = 0;
	return bug != NULL;
}

void printk(const char *fmt, ...) { }

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

	/* INVLPG of any address drops what is known of upper levels (Intel SDM) */
	for (i = 0; model && i < NR_PAGES; i++)
		model->upper[i].table = NULL;
	for (i = 0; model && i < NR_PAGES; i++)
		if (addr_of(i) >= start && addr_of(i) < end)
			model->tlb[i].valid = false;
}

void flush_tlb_shared(void)
{
	unsigned int m;

	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm)
			flush_tlb_range(mms[m].mm, 0, TASK_SIZE);
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

/* What the tables say, R/W and U/S of all levels together; @upper learns the leaf table. */
static bool hardware_walk(struct mm_struct *mm, unsigned long addr, struct tlb_entry *out,
			  struct upper_entry *upper)
{
	pte_t *table = mm->pgd;
	unsigned int level;
	bool writable = true;
	pte_t pte = 0;

	for (level = PGTABLE_LEVELS; level > 0; level--) {
		pte = table[pte_index(addr, level)];
		if (!(pte & PTE_PRESENT) || !(pte & PTE_USER))
			return false;
		if (level == 1)
			*upper = (struct upper_entry){ virt_to_page(table), writable };
		writable = writable && (pte & PTE_RW);
		table = pte_table(pte);
	}
	*out = (struct tlb_entry){ true, writable, pte_phys(pte) >> PAGE_SHIFT };
	return true;
}

/* What the entry of a lazy table is going to be: translations of it may be known from before. */
static bool missing_entry(struct mm_struct *mm, unsigned long addr, struct tlb_entry *out)
{
	pte_t *entry = walk_find(mm, addr), pte;
	struct page *table = entry ? virt_to_page(entry) : NULL;

	if (!table || !(table->missing & BIT(entry_index(entry) / TABLE_GROUP)))
		return false;
	pte = ((pte_t *)page_address(table->backing))[entry_index(entry)];
	*out = (struct tlb_entry){ true, false, pte_phys(pte) >> PAGE_SHIFT };
	return pte & PTE_PRESENT;
}

/* A miss in the TLB: from the leaf table the CPU remembers, if it does. */
static bool cpu_walk(struct model_mm *model, unsigned int page)
{
	struct upper_entry *upper = &model->upper[page];
	pte_t pte;

	if (!upper->table)
		return hardware_walk(model->mm, addr_of(page), &model->tlb[page], upper);
	pte = ((pte_t *)page_address(upper->table))[pte_index(addr_of(page), 1)];
	if (!(pte & PTE_PRESENT))
		return false;
	model->tlb[page] = (struct tlb_entry){ true, upper->writable && (pte & PTE_RW), pte_phys(pte) >> PAGE_SHIFT };
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
		if (cpu_walk(model, page) && (tlb->writable || !write))
			continue;
		tlb->valid = false;	/* a fault drops the translation, on all levels */
		model->upper[page].table = NULL;
		result = handle_mm_fault(model->mm, addr_of(page), write ? FAULT_FLAG_WRITE : 0);
		if (result)
			return result;
	}
	assert_failed(__FILE__, __LINE__, "the fault handler makes no progress");
}

/* ---- the audit ---- */

static void audit_mapping(struct address_space *mapping)
{
	unsigned long pages = 0;
	struct page *page;
	u64 index;

	for (index = 0; (page = radix_next(mapping, &index)); index++, pages++) {
		assert_ptr_equal(page->mapping, mapping);
		assert_int_equal(page->index, index);
	}
	assert_int_equal(pages, mapping->nrpages);
	mapping->nrpages |= 1UL << 63;		/* seen */
}

static void audit_model(struct model_mm *model)
{
	struct mm_struct *mm = model->mm;
	struct vm_area_struct *vma, *prev = NULL;
	unsigned long pages = 0, data = 0;
	unsigned int i, nr = 0;

	assert_null(mm->mmap_lock.owner);
	for (vma = vma_first(mm->map); vma; prev = vma, vma = vma_next(vma)) {
		assert_true(vma->vm_start < vma->vm_end && (!prev || prev->vm_end <= vma->vm_start));
		assert_false(prev && vma_continues(prev, vma));
		if (vma->vm_mapping && !(vma->vm_mapping->nrpages >> 63))
			audit_mapping(vma->vm_mapping);
		pages += vma_pages(vma);
		data += is_data_mapping(vma->vm_flags) ? vma_pages(vma) : 0;
		nr++;
	}
	assert_int_equal(nr, mm->map->map_count);
	assert_int_equal(pages, mm->map->total_vm);
	assert_int_equal(data, mm->map->data_vm);
	for (i = 0; i < NR_PAGES; i++) {
		struct tlb_entry now, *tlb = &model->tlb[i];
		struct upper_entry upper = { 0 };
		bool found = hardware_walk(mm, addr_of(i), &now, &upper);

		if (model->upper[i].table)
			assert_true(!upper.table || upper.table == model->upper[i].table);
		if (!tlb->valid)
			continue;
		assert_true(found || missing_entry(mm, addr_of(i), &now));
		assert_int_equal(now.pfn, tlb->pfn);
		assert_true(now.writable || !tlb->writable);
	}
}

static void audit(void)
{
	unsigned long refs = 0, i;
	struct vm_area_struct *vma;
	static char text[2048];
	size_t len;
	unsigned int m;

	assert_int_equal(preempt_count, 0);
	assert_null(file_inode.i_data.i_mmap_lock.owner);
	audit_mapping(&file_inode.i_data);
	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm)
			audit_model(&mms[m]);
	file_inode.i_data.nrpages &= ~(1UL << 63);
	for (m = 0; m < MAX_MMS; m++)
		for (vma = mms[m].mm ? vma_first(mms[m].mm->map) : NULL; vma; vma = vma_next(vma))
			if (vma->vm_mapping)
				vma->vm_mapping->nrpages &= ~(1UL << 63);
	len = mm_audit(text, sizeof(text));
	if (len < 3 || memcmp(text, "ok ", 3))
		fail_msg("%s", text);
	for (i = 0; i < FRAMES; i++)
		refs += mem_map[i].kind == FRAME_FREE ? 0 : page_count(&mem_map[i]);
	assert_int_equal(refs, ledger_counts[LEDGER_FRAME_REFS] + table_cache.nr);
}
