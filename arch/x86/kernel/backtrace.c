/*
 * backtrace.c - names for addresses in the kernel's text, and the chain of stack frames.
 *
 * Every function keeps a frame pointer: at rbp lies the caller's rbp, above it the return address. The
 * chain may be broken when it is needed most, so each word is read by an instruction that may
 * fault (probe_kernel_read()) and a frame counts only if it lies above the last one and near it.
 */
#include <arch/backtrace.h>
#include <arch/setup.h>
#include <arch/traps.h>
#include <tine/page.h>
#include <tine/printk.h>

#define MAX_FRAMES	32

const char *ksym_lookup(unsigned long addr, unsigned long *offset)
{
	u32 low = 0, high = ksym_count, at;

	if (addr < (unsigned long)_text || addr >= (unsigned long)_etext || !ksym_count)
		return NULL;
	at = addr - (unsigned long)_text;
	if (at < ksym_offsets[0])
		return NULL;
	/* The last symbol at or below the address: [low, high) always contains it. */
	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (ksym_offsets[mid] <= at)
			low = mid;
		else
			high = mid;
	}
	*offset = at - ksym_offsets[low];
	return ksym_names + ksym_name_at[low];
}

bool probe_kernel_read(unsigned long addr, unsigned long *value)
{
	unsigned long word = 0;
	int ok = 0;

	if (addr < PAGE_OFFSET || addr > -sizeof(word))
		return false;
	__asm__ volatile(
		"1: mov (%2), %0\n"
		"   mov $1, %1\n"
		"2:\n"
		".pushsection __ex_table, \"a\"\n"
		".quad 1b, 2b\n"
		".popsection"
		: "+r"(word), "+r"(ok) : "r"(addr));
	*value = word;
	return ok;
}

static void show_address(unsigned long ip)
{
	unsigned long offset;
	const char *name = ksym_lookup(ip, &offset);

	if (name)
		printk("  [<%016lx>] %s+0x%lx\n", ip, name, offset);
	else
		printk("  [<%016lx>] not kernel text\n", ip);
}

void show_backtrace(unsigned long ip, unsigned long bp)
{
	unsigned long next, ret;

	printk("Backtrace:\n");
	show_address(ip);
	for (unsigned int i = 0; i < MAX_FRAMES; i++) {
		if (!IS_ALIGNED(bp, sizeof(long)) || !probe_kernel_read(bp, &next) ||
		    !probe_kernel_read(bp + sizeof(long), &ret))
			return;
		if (ret < (unsigned long)_text || ret >= (unsigned long)_etext)
			return;
		/* The call, not what follows it: that may be another function if this one never returns. */
		show_address(ret - 1);
		if (next <= bp || next - bp > THREAD_SIZE)
			return;
		bp = next;
	}
}
