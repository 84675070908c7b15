/*
 * kstack.c - kernel stacks in a region of their own, each above an unmapped guard page.
 *
 * The region is divided into slots of one guard page and THREAD_SIZE; a bitmap says which slots have
 * frames under them. A stack that is freed keeps its slot, its frames and its mapping, so that the
 * next task gets it by unlinking it from a list: first from the list of its CPU, which is short,
 * then from one for all. Nothing is cleared. When memory is out, kstack_shrink() takes frames and
 * mappings of the second list back.
 *
 * A stack that waits is free memory to the ledger: its frames are counted under FRAME_FREE, as are
 * empty tables kept by mm/walk.c, and have no reference; kstack_alloc() moves them to FRAME_STACK.
 *
 * The link of a waiting stack stands in the stack, above the magic word at its end. DEBUG=1 fills
 * the rest with a pattern and checks it when the stack is used again: a task ran on a freed stack.
 *
 * Stacks are allocated and freed by tasks, never in interrupts: preemption off guards the CPU's list.
 * Lock order: kstack_lock is a leaf; it is not held while frames are allocated, mapped or freed.
 */
#include <arch/pgtable.h>
#include <tine/bitmap.h>
#include <tine/fault_inject.h>
#include <tine/kstack.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include "frames.h"

#define STACK_PAGES	(THREAD_SIZE / PAGE_SIZE)
#define SLOT_SIZE	(PAGE_SIZE + THREAD_SIZE)
#define CPU_STACKS	16	/* what a CPU keeps at most */
#define STACK_POISON	0x57acdead57acdeadUL

struct idle_stack {
	unsigned long magic;		/* STACK_END_MAGIC, as while it is in use */
	struct idle_stack *next;
};

struct cpu_stacks {
	struct idle_stack *head;
	unsigned int count;
};

static DEFINE_PER_CPU(struct cpu_stacks, cpu_stacks);

static DEFINE_SPINLOCK(kstack_lock);
static struct idle_stack *idle_stacks;		/* (k) of all CPUs */
static unsigned long *slot_map;			/* (k) a bit for each slot: has frames */
static unsigned long nr_slots;			/* constant after boot */
static unsigned long slot_hint;			/* (k) no clear bit below it */
/* (k) kstack_lock */

static void *slot_stack(unsigned long slot)
{
	return (void *)(KSTACK_REGION_START + slot * SLOT_SIZE + PAGE_SIZE);
}

static unsigned long stack_slot(const void *stack)
{
	return ((unsigned long)stack - KSTACK_REGION_START) / SLOT_SIZE;
}

/* As many slots as there could be stacks if all of memory were stacks. */
void kstack_init(void)
{
	unsigned long region = (KSTACK_REGION_END - KSTACK_REGION_START) / SLOT_SIZE;

	nr_slots = min(nr_total_pages() / STACK_PAGES, region);
	slot_map = kcalloc(BITS_TO_LONGS(nr_slots), sizeof(*slot_map), GFP_KERNEL);
	if (!slot_map)
		panic("no memory for the map of %lu kernel stacks", nr_slots);
}

bool kstack_is_guard(unsigned long addr)
{
	if (addr < KSTACK_REGION_START || addr >= KSTACK_REGION_END)
		return false;
	return (addr - KSTACK_REGION_START) % SLOT_SIZE < PAGE_SIZE;
}

/* @nr stacks come into use (or go out of it, if negative), see the top of the file. */
static force_inline void count_stacks(long nr)
{
	ledger_add(LEDGER_FRAME_KINDS + FRAME_STACK, nr * (long)STACK_PAGES);
	ledger_add(LEDGER_FRAME_KINDS + FRAME_FREE, -nr * (long)STACK_PAGES);
	ledger_add(LEDGER_FRAME_REFS, nr * (long)STACK_PAGES);
}

/* ---- slots ---- */

static unsigned long slot_take(void)
{
	unsigned long flags = spin_lock_irqsave(&kstack_lock);
	unsigned long slot = find_next_zero_bit(slot_map, nr_slots, slot_hint);

	if (slot < nr_slots) {
		set_bit(slot_map, slot);
		slot_hint = slot + 1;
	}
	spin_unlock_irqrestore(&kstack_lock, flags);
	return slot;
}

static void slot_give(unsigned long slot)
{
	unsigned long flags = spin_lock_irqsave(&kstack_lock);

	clear_bit(slot_map, slot);
	slot_hint = min(slot_hint, slot);
	spin_unlock_irqrestore(&kstack_lock, flags);
}

/* ---- making and unmaking a stack ---- */

static void free_frames(struct page *const pages[], unsigned int nr)
{
	while (nr-- > 0)
		free_pages(pages[nr], 0);
}

static bool alloc_frames(struct page *pages[], unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		pages[i] = frames_alloc(GFP_KERNEL, 0, FRAME_STACK);
		if (!pages[i]) {
			free_frames(pages, i);
			return false;
		}
	}
	return true;
}

/* A new stack, in use; NULL without memory. */
static noinline struct idle_stack *stack_create(void)
{
	struct page *pages[STACK_PAGES];
	unsigned long slot = slot_take();

	if (slot >= nr_slots)
		return NULL;
	if (!alloc_frames(pages, STACK_PAGES))
		goto give_slot;
	if (kernel_map_pages((unsigned long)slot_stack(slot), pages, STACK_PAGES) < 0)
		goto free_frames;
	return slot_stack(slot);

free_frames:
	free_frames(pages, STACK_PAGES);
give_slot:
	slot_give(slot);
	return NULL;
}

/* A waiting stack that is on no list becomes free frames. */
static void stack_destroy(struct idle_stack *stack)
{
	struct page *pages[STACK_PAGES];

	kernel_unmap_pages((unsigned long)stack, pages, STACK_PAGES);
	count_stacks(1);
	free_frames(pages, STACK_PAGES);
	slot_give(stack_slot(stack));
}

/* ---- checks ---- */

static void stack_fill(struct idle_stack *stack)
{
	unsigned long *word = (unsigned long *)(stack + 1);

	while (word < (unsigned long *)((char *)stack + THREAD_SIZE))
		*word++ = STACK_POISON;
}

static void stack_check(const struct idle_stack *stack)
{
	const unsigned long *word = (const unsigned long *)(stack + 1);

	for (; word < (const unsigned long *)((const char *)stack + THREAD_SIZE); word++) {
		if (*word != STACK_POISON)
			panic("kernel stack %p was written at %p after it was freed", stack, word);
	}
}

/* ---- the interface ---- */

static noinline struct idle_stack *take_idle(void)
{
	unsigned long flags = spin_lock_irqsave(&kstack_lock);
	struct idle_stack *stack = idle_stacks;

	if (stack)
		idle_stacks = stack->next;
	spin_unlock_irqrestore(&kstack_lock, flags);
	return stack;
}

static noinline void give_idle(struct idle_stack *stack)
{
	unsigned long flags = spin_lock_irqsave(&kstack_lock);

	stack->next = idle_stacks;
	idle_stacks = stack;
	spin_unlock_irqrestore(&kstack_lock, flags);
}

static force_inline struct idle_stack *take_waiting(void)
{
	struct cpu_stacks *mine;
	struct idle_stack *stack;

	preempt_disable();
	mine = this_cpu_ptr(&cpu_stacks);
	stack = mine->head;
	if (likely(stack)) {
		mine->head = stack->next;
		mine->count--;
	} else {
		stack = take_idle();
	}
	preempt_enable();
	return stack;
}

void *kstack_alloc(void)
{
	struct idle_stack *stack;

	if (should_fail(FAIL_STACK))
		return NULL;
	stack = take_waiting();
	if (likely(stack)) {
		count_stacks(1);
		if (IS_DEBUG)
			stack_check(stack);
	} else {
		stack = stack_create();
		if (!stack)
			return NULL;
	}
	stack->magic = STACK_END_MAGIC;
	return stack;
}

/* Nobody runs on @stack any more. */
void kstack_free(void *addr)
{
	struct idle_stack *stack = addr;
	struct cpu_stacks *mine;

	if (unlikely(stack->magic != STACK_END_MAGIC))
		panic("kernel stack %p: the end was overwritten", stack);
	if (IS_DEBUG)
		stack_fill(stack);
	count_stacks(-1);
	preempt_disable();
	mine = this_cpu_ptr(&cpu_stacks);
	if (likely(mine->count < CPU_STACKS)) {
		stack->next = mine->head;
		mine->head = stack;
		mine->count++;
	} else {
		give_idle(stack);
	}
	preempt_enable();
}

unsigned long kstack_shrink(void)
{
	struct idle_stack *stack;
	unsigned long frames = 0;

	while ((stack = take_idle())) {
		stack_destroy(stack);
		frames += STACK_PAGES;
	}
	return frames;
}
