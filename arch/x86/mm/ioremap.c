/*
 * ioremap.c - device registers and firmware tables in kernel addresses.
 *
 * Addresses are handed out in rising order and never taken back: it serves drivers at boot.
 */
#include <arch/irq.h>
#include <arch/paging.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/spinlock.h>

#define PTE_DEVICE	(PTE_KERNEL | PTE_PCD | PTE_PWT)

static unsigned long ioremap_next = IOREMAP_START;	/* kernel_table_lock */

void *ioremap(phys_addr_t phys, size_t size)
{
	phys_addr_t first = ALIGN_DOWN(phys, PAGE_SIZE);
	size_t length = PAGE_ALIGN(phys + size) - first;
	unsigned long flags = spin_lock_irqsave(&kernel_table_lock);
	unsigned long virt = ioremap_next;

	if (!size || phys + size < phys || length > IOREMAP_END - virt)
		panic("ioremap of %zu bytes at %#llx: no room", size, (unsigned long long)phys);
	for (size_t at = 0; at < length; at += PAGE_SIZE) {
		pte_t *pte = kernel_pte(virt + at);

		if (!pte)
			panic("ioremap of %zu bytes at %#llx: no memory", size, (unsigned long long)phys);
		*pte = (first + at) | PTE_DEVICE | pte_nx_mask;
	}
	ioremap_next = virt + length;
	spin_unlock_irqrestore(&kernel_table_lock, flags);
	return (void *)(virt + offset_in_page(phys));
}
