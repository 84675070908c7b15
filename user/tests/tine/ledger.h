/* ledger.h - /proc/ledger, which counts every kind of live object of the kernel: then and now. */
#pragma once

#include "../ktap.h"

static char before[8192], after[8192];

static __unused_fn void read_ledger(char *buf)
{
	int fd = open("/proc/ledger", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, 8191);

	need(n > 0);
	buf[n] = 0;
	close(fd);
}

/* Both have the same lines in the same order. */
static __unused_fn void show_differences(void)
{
	for (const char *a = before, *b = after; *a && *b; ) {
		size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");

		if (m != n || memcmp(a, b, m))
			say("# '%.*s' became '%.*s'", (int)m, a, (int)n, b);
		a += m + (a[m] == '\n');
		b += n + (b[n] == '\n');
	}
}

/* Does it become the same again within a second? */
static __unused_fn int unchanged(void)
{
	for (int i = 0; i < 100; i++) {
		read_ledger(after);
		if (!strcmp(before, after))
			return 1;
		sleep_ms(10);
	}
	show_differences();
	return 0;
}
