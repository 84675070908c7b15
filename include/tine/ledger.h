/*
 * ledger.h - how many objects are alive, counted where they are handed out and given back.
 *
 * Caches behind the interfaces (per-CPU lists, slab freelists, recycled stacks) are invisible
 * here, so a test that cleans up after itself finds the ledger exactly as it was. Frames by
 * owner and slab objects are counted by their allocators; the rest by ledger_add().
 * /proc/ledger shows one "name value" line for each.
 */
#pragma once

#include <tine/percpu.h>

/* Who owns a frame: one line of the ledger each. */
enum frame_kind {
	FRAME_FREE,
	FRAME_RESERVED,		/* firmware, image, boot-time tables: never allocated, never freed */
	FRAME_KERNEL,		/* buffers of the kernel's own */
	FRAME_SLAB,		/* object caches */
	FRAME_STACK,		/* kernel stacks */
	FRAME_TABLE,		/* page tables of address spaces, the root included */
	FRAME_ANON,		/* private memory of user programs */
	FRAME_CACHE,		/* file contents: page cache, ramfs, shared anonymous memory */
	FRAME_PIPE,
	NR_FRAME_KINDS
};

enum ledger_item {
	LEDGER_FRAME_KINDS,		/* NR_FRAME_KINDS lines: frames by owner */
	LEDGER_FRAME_REFS = LEDGER_FRAME_KINDS + NR_FRAME_KINDS,
	LEDGER_TASKS,
	LEDGER_MM,
	LEDGER_VMAS,
	LEDGER_PIDS,
	LEDGER_FILES,			/* open file descriptions */
	LEDGER_INODES,
	LEDGER_DENTRIES,
	NR_LEDGER_ITEMS
};

DECLARE_PER_CPU(long, ledger_counts[NR_LEDGER_ITEMS]);

/* From any context; one instruction. */
static inline void ledger_add(unsigned int item, long delta)
{
	__asm__("addq %1, %0" : "+m"(__gs(ledger_counts[item])) : "er"(delta));
}

/* The sum over all CPUs. */
long ledger_read(unsigned int item);
/* Write the whole ledger as text; returns the length, cut at @size. */
size_t ledger_format(char *buf, size_t size);
