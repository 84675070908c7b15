/*
 * bugs.c - planted bugs of the sharing of page tables: DEBUG=1, chosen by bug=NAME on the command line.
 *
 * One for each rule that a mistake could break (share.c), so that the tests that are to find such
 * mistakes can be seen to find them: tests/boot/test_bugs.py and tests/unit/test_mm_bugs.py name the
 * test that convicts each.
 */
#include "internal.h"

#include <tine/init.h>
#include <tine/string.h>

enum mm_bug mm_bug;

static const char *const bug_names[NR_MM_BUGS] = {
	[BUG_NONE]		= "none",
	[BUG_FORK_KEEPS_W]	= "fork-keeps-w",
	[BUG_FORK_NO_FLUSH]	= "fork-no-flush",
	[BUG_BOTTOM_UP]		= "bottom-up",
	[BUG_COPY_KEEPS_W]	= "copy-keeps-w",
	[BUG_COPY_NO_REF]	= "copy-no-ref",
	[BUG_UNMAP_SHARED]	= "unmap-shared",
	[BUG_DROP_ALL]		= "drop-all",
	[BUG_POKE]		= "poke",
	[BUG_SHMEM_COW]		= "shmem-cow",
	[BUG_FORK_ALL]		= "fork-all",
	[BUG_RSS]		= "rss",
	[BUG_NO_RESERVE]	= "no-reserve",
	[BUG_NO_UPPER_FLUSH]	= "no-upper-flush",
	[BUG_MAP_NOT_OWN]	= "map-not-own",
	[BUG_LAZY_HOLES]	= "lazy-holes",
	[BUG_MAP_HIDDEN]	= "map-hidden",
};

void mm_bug_init(void)
{
	char name[32];
	unsigned int i;

	if (!IS_DEBUG || !cmdline_option("bug", name, sizeof(name)))
		return;
	for (i = 1; i < NR_MM_BUGS; i++)
		if (strcmp(name, bug_names[i]) == 0)
			mm_bug = i;
	printk("mm: planted bug: %s\n", bug_names[mm_bug]);
}
