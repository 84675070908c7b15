/*
 * ledger.c - adding up and showing the counts of live objects.
 *
 * Each CPU adds to its own copy of a count, so one copy may well be negative; only the sum means
 * something. It is exact when nothing is allocated or freed meanwhile.
 *
 * Not shown, because what they hold says nothing about who is alive: free and reserved frames, and
 * the frames of slabs, which the caches keep and give back as they see fit. The objects in the slabs
 * are shown instead, and the frames of slabs have no part in frame_refs.
 */
#include <tine/format.h>
#include <tine/ledger.h>
#include <tine/slab.h>

static const char *const item_names[NR_LEDGER_ITEMS] = {
	[LEDGER_FRAME_KINDS + FRAME_KERNEL] = "frames_kernel",
	[LEDGER_FRAME_KINDS + FRAME_STACK] = "frames_stack",
	[LEDGER_FRAME_KINDS + FRAME_TABLE] = "frames_table",
	[LEDGER_FRAME_KINDS + FRAME_ANON] = "frames_anon",
	[LEDGER_FRAME_KINDS + FRAME_CACHE] = "frames_cache",
	[LEDGER_FRAME_KINDS + FRAME_PIPE] = "frames_pipe",
	[LEDGER_FRAME_REFS] = "frame_refs",
	[LEDGER_TASKS] = "tasks",
	[LEDGER_MM] = "mm",
	[LEDGER_VMAS] = "vmas",
	[LEDGER_PIDS] = "pids",
	[LEDGER_FILES] = "files",
	[LEDGER_INODES] = "inodes",
	[LEDGER_DENTRIES] = "dentries",
};

DEFINE_PER_CPU(long, ledger_counts[NR_LEDGER_ITEMS]);

long ledger_read(unsigned int item)
{
	long sum = 0;
	unsigned int cpu;

	for_each_cpu(cpu)
		sum += READ_ONCE(per_cpu(ledger_counts[item], cpu));
	return sum;
}

size_t ledger_format(char *buf, size_t size)
{
	const char *name;
	size_t len = 0;
	long live;

	for (unsigned int item = 0; item < NR_LEDGER_ITEMS; item++) {
		if (item_names[item])
			len += (size_t)scnprintf(buf + len, size - len, "%s %ld\n", item_names[item],
						 ledger_read(item));
	}
	for (unsigned int i = 0; kmem_cache_stat(i, &name, &live); i++)
		len += (size_t)scnprintf(buf + len, size - len, "slab_%s %ld\n", name, live);
	return len;
}
