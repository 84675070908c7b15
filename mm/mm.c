/*
 * mm.c - the life of an address space.
 *
 * mm_users counts those who use the memory (tasks, and others for a moment); the last mmput()
 * takes all mappings and pages away. mm_count counts those who need the structure and its root
 * table to exist, all users together as one: a CPU may go on running on the tables of a process
 * that is gone until it switches to another. The last mmdrop() frees them.
 */
#include "internal.h"

#include <tine/ledger.h>
#include <tine/slab.h>
#include <tine/string.h>

static struct kmem_cache *mm_cachep;

/* For mm_audit() alone: DEBUG=1. */
LIST_HEAD(mm_list);
static DEFINE_SPINLOCK(mm_list_lock);

struct mm_struct init_mm = {
	.mmap_lock = MUTEX_INIT(init_mm.mmap_lock),
	.mm_users = ATOMIC_INIT(2),
	.mm_count = ATOMIC_INIT(1),
};

static void protection_init(void)
{
	unsigned long flags;

	for (flags = 0; flags < ARRAY_SIZE(protection_map); flags++) {
		pte_t prot = PTE_PRESENT | PTE_USER | PTE_ACCESSED;

		if (!(flags & VM_EXEC))
			prot |= pte_nx_mask;
		if ((flags & VM_WRITE) && (flags & VM_SHARED))
			prot |= PTE_RW | PTE_DIRTY;
		protection_map[flags] = flags & VM_ACCESS_FLAGS ? prot : PTE_PROTNONE;
	}
}

void mm_init_caches(void)
{
	mm_cachep = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0);
	vma_cache_init();
	map_cache_init();
	mapping_cache_init();
	protection_init();
	mm_bug_init();
}

struct mm_struct *mm_alloc_bare(void)
{
	struct mm_struct *mm = kmem_cache_alloc(mm_cachep, GFP_KERNEL | __GFP_ZERO);

	if (!mm)
		return NULL;
	mutex_init(&mm->mmap_lock);
	INIT_LIST_HEAD(&mm->map_link);
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	mm->pgd = pgd_alloc(mm);
	if (!mm->pgd) {
		kmem_cache_free(mm_cachep, mm);
		return NULL;
	}
	table_init(virt_to_page(mm->pgd), PGTABLE_LEVELS);
	ledger_add(LEDGER_MM, 1);
	if (IS_DEBUG) {
		spin_lock(&mm_list_lock);
		list_add_tail(&mm->mm_link, &mm_list);
		spin_unlock(&mm_list_lock);
	}
	return mm;
}

struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = mm_alloc_bare();

	if (mm && mm_new_map(mm)) {
		mmdrop(mm);
		return NULL;
	}
	return mm;
}

void mmget(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_users);
}

void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}

/* Nobody uses @mm any more, so mmap_lock is not taken: truncation lets go of us under mms_lock. */
void exit_mmap(struct mm_struct *mm)
{
	mm_hide_map(mm);
	free_user_tables(mm);
	mm_put_map(mm);
}

void mmput(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	might_sleep();
	if (mm->map)		/* bare: a fork that came to nothing */
		exit_mmap(mm);
	mmdrop(mm);
}

void mmdrop(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_count))
		return;
	assert(mm != &init_mm);
	if (IS_DEBUG) {
		WARN_ON(virt_to_page(mm->pgd)->present != 0);
		spin_lock(&mm_list_lock);
		list_del_init(&mm->mm_link);
		spin_unlock(&mm_list_lock);
	}
	pgd_free(mm, mm->pgd);
	kmem_cache_free(mm_cachep, mm);
	ledger_add(LEDGER_MM, -1);
}
