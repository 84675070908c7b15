/*
 * paging.c - the kernel half of every address space.
 *
 * paging_init() replaces the boot tables, in which everything is writable and executable:
 *
 *	direct map	all usable memory and the first MiB, not executable; read-only where the kernel's
 *			text and constants lie
 *	kernel image	text read-only and executable, constants read-only, data not executable
 *	kernel stacks	empty at first; kernel_map_pages()
 *	device memory	empty at first; ioremap()
 *
 * Invariants: no entry is writable and executable (check_wx()); a root entry of the kernel half
 * never changes after paging_init(), so each root gets a copy at birth and is never visited again; tables
 * of the kernel half are never freed.
 */
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/paging.h>
#include <arch/setup.h>
#include <tine/init.h>
#include <tine/ledger.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/spinlock.h>

#define LOW_MEMORY_END	0x100000UL	/* the first MiB: mapped whole, for video and firmware */
#define VIDEO_START	0xa0000UL
#define LARGE_LEVEL	2		/* the level whose entries map 2 MiB */

DEFINE_SPINLOCK(kernel_table_lock);

/* A page of zeros for a table. Only before the allocator exists it cannot fail. */
static void *new_table(void)
{
	struct page *page;

	if (!mem_map)
		return early_alloc(PAGE_SIZE, PAGE_SIZE);
	page = alloc_page(GFP_ATOMIC | __GFP_ZERO | __GFP_NOFAULT, FRAME_RESERVED);
	if (!page)
		return NULL;
	/* Kept for good: not a leak of whoever happened to need it first. */
	ledger_add(LEDGER_FRAME_REFS, -1);
	return page_address(page);
}

/* The table that @entry points to, made if there is none; NULL without memory. */
static pte_t *next_table(pte_t *entry)
{
	if (!(*entry & PTE_PRESENT)) {
		void *table = new_table();

		if (!table)
			return NULL;
		WRITE_ONCE(*entry, __pa(table) | PTE_KERNEL_TABLE);
	}
	assert(!(*entry & PTE_LARGE));
	return __va(pte_phys(*entry));
}

/* The entry of @level for @virt. */
static pte_t *kernel_entry(unsigned long virt, unsigned int level)
{
	pte_t *table = init_mm.pgd;

	for (unsigned int l = PGTABLE_LEVELS; l > level; l--) {
		table = next_table(&table[pte_index(virt, l)]);
		if (!table)
			return NULL;
	}
	return &table[pte_index(virt, level)];
}

pte_t *kernel_pte(unsigned long virt)
{
	return kernel_entry(virt, 1);
}

int kernel_map_pages(unsigned long virt, struct page *const pages[], unsigned int nr)
{
	unsigned long flags = spin_lock_irqsave(&kernel_table_lock);
	int result = 0;

	/* All tables first: what fails then has mapped nothing. */
	for (unsigned int i = 0; i < nr && !result; i++) {
		if (!kernel_pte(virt + i * PAGE_SIZE))
			result = -ENOMEM;
	}
	for (unsigned int i = 0; i < nr && !result; i++)
		WRITE_ONCE(*kernel_pte(virt + i * PAGE_SIZE), page_to_phys(pages[i]) | PTE_KERNEL | pte_nx_mask);
	spin_unlock_irqrestore(&kernel_table_lock, flags);
	return result;
}

/* One CPU runs, so its own TLB is all there is to flush. */
void kernel_unmap_pages(unsigned long virt, struct page *pages[], unsigned int nr)
{
	unsigned long flags = spin_lock_irqsave(&kernel_table_lock);

	assert(nr_cpu_ids == 1);
	for (unsigned int i = 0; i < nr; i++) {
		pte_t *pte = kernel_pte(virt + i * PAGE_SIZE);

		assert(pte && (*pte & PTE_PRESENT));
		pages[i] = pfn_to_page(pte_phys(*pte) >> PAGE_SHIFT);
		WRITE_ONCE(*pte, 0);
		invlpg(virt + i * PAGE_SIZE);
	}
	spin_unlock_irqrestore(&kernel_table_lock, flags);
}

/* ---- boot ---- */

/* Map [phys, end) at @virt, with large pages where @large allows and they fit. */
static void map_range(unsigned long virt, phys_addr_t phys, phys_addr_t end, u64 flags, bool large)
{
	unsigned long step;

	for (; phys < end; phys += step, virt += step) {
		step = level_size(LARGE_LEVEL);
		if (large && IS_ALIGNED(phys | virt, step) && end - phys >= step) {
			*kernel_entry(virt, LARGE_LEVEL) = phys | flags | PTE_LARGE;
			continue;
		}
		step = PAGE_SIZE;
		*kernel_pte(virt) = phys | flags;
	}
}

static void map_direct(phys_addr_t start, phys_addr_t end, u64 flags)
{
	if (start < end)
		map_range((unsigned long)__va(start), start, end, flags | pte_nx_mask, true);
}

/* Usable memory: what the image's alias must not allow, and the rest. */
static u64 map_memory(void)
{
	phys_addr_t ro_start = __pa_symbol(_text), ro_end = __pa_symbol(__end_rodata);
	phys_addr_t start, end;
	u64 mapped = 0;

	for (unsigned int i = 0; memory_range(i, &start, &end); i++) {
		start = max(start, (phys_addr_t)LOW_MEMORY_END);
		map_direct(start, min(end, ro_start), PTE_KERNEL);
		map_direct(max(start, ro_start), min(end, ro_end), PTE_KERNEL_RO);
		map_direct(max(start, ro_end), end, PTE_KERNEL);
		if (start < end)
			mapped += end - start;
	}
	map_direct(0, VIDEO_START, PTE_KERNEL);
	map_direct(VIDEO_START, LOW_MEMORY_END, PTE_KERNEL | PTE_PCD | PTE_PWT);
	return mapped;
}

static void map_section(const char *start, const char *end, u64 flags)
{
	map_range((unsigned long)start, __pa_symbol(start), __pa_symbol(end), flags, false);
}

static void map_image(void)
{
	map_section(_text, _etext, PTE_KERNEL_RO);
	map_section(__start_rodata, __end_rodata, PTE_KERNEL_RO | pte_nx_mask);
	map_section(_sdata, _end, PTE_KERNEL | pte_nx_mask);
	*kernel_pte((unsigned long)boot_stack_guard) = 0;
}

/* Root entries of regions that are filled later: their tables are in every root from the start. */
static void prepare_region(unsigned long start, unsigned long end)
{
	for (unsigned long virt = start; virt < end; virt += level_size(PGTABLE_LEVELS))
		kernel_entry(virt, PGTABLE_LEVELS - 1);
}

void paging_init(void)
{
	u64 mapped;

	init_mm.pgd = early_alloc(PAGE_SIZE, PAGE_SIZE);
	mapped = map_memory();
	map_image();
	prepare_region(KSTACK_REGION_START, KSTACK_REGION_END);
	prepare_region(IOREMAP_START, IOREMAP_END);
	write_cr3(__pa(init_mm.pgd));
	cpu_init();
	if (IS_DEBUG)
		check_wx();
	printk("paging: %llu MiB mapped, guards:%s%s%s%s WP\n", (unsigned long long)mapped >> 20,
	       cpu_has(X86_FEATURE_NX) ? " NX" : "", cpu_has(X86_FEATURE_SMEP) ? " SMEP" : "",
	       cpu_has(X86_FEATURE_SMAP) ? " SMAP" : "", cpu_has(X86_FEATURE_UMIP) ? " UMIP" : "");
}

/* ---- DEBUG=1 ---- */

static void check_wx_table(const pte_t *table, unsigned int level, unsigned long base, bool write, bool exec)
{
	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++) {
		unsigned long addr = base + i * level_size(level);
		bool w = write && (table[i] & PTE_RW), x = exec && !(table[i] & pte_nx_mask);

		if (level == PGTABLE_LEVELS)
			addr |= 0xffffUL << 48;
		if (!(table[i] & PTE_PRESENT) || (level == PGTABLE_LEVELS && i < PTRS_PER_TABLE / 2))
			continue;
		if (table[i] & PTE_USER)
			panic("kernel address %lx is open to user programs", addr);
		if (level > 1 && !(table[i] & PTE_LARGE))
			check_wx_table(__va(pte_phys(table[i])), level - 1, addr, w, x);
		else if (w && x)
			panic("kernel address %lx is writable and executable", addr);
	}
}

void check_wx(void)
{
	if (pte_nx_mask)
		check_wx_table(init_mm.pgd, PGTABLE_LEVELS, 0, true, true);
}
