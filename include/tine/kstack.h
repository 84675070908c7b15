/*
 * kstack.h - kernel stacks: THREAD_SIZE bytes with an unmapped guard page below.
 *
 * A freed stack keeps its mapping and waits on a per-CPU list for the next task; its contents
 * are never cleared on the fork path.
 */
#pragma once

#include <tine/page.h>

#define THREAD_SIZE	(4 * PAGE_SIZE)
#define STACK_END_MAGIC	0x57AC6E9D	/* at the lowest word of every stack in use */

void kstack_init(void);
/* The lowest address of a fresh stack, or NULL. */
void *kstack_alloc(void) __must_check;
void kstack_free(void *stack);
/* Is @addr in the guard page of some stack: the sign of an overflow? */
bool kstack_is_guard(unsigned long addr);
