/* The kernel's own writes (read, pipe, wait status, clock) into shared pages break the sharing like the user's. */
#include "ktap.h"

static char *page;
static int fds[2];

static int read_into(void)
{
	if (read(fds[0], page, 4) != 4 || memcmp(page, "new!", 4))
		return 1;
	return page[4] != 'o';
}

static int clock_into(void)
{
	struct timespec *ts = (struct timespec *)(page + 64);

	ts->tv_nsec = -1;
	return clock_gettime(CLOCK_MONOTONIC, ts) || ts->tv_nsec == -1;
}

static int read_into_zero(void)
{
	char *fresh = map_private(2 * PAGE);

	if (fresh[10] || fresh[PAGE])			/* maps the zero page */
		return 1;
	if (read(fds[0], fresh + 8, 4) != 4 || memcmp(fresh + 8, "new!", 4))
		return 2;
	return fresh[PAGE] != 0;
}

static int read_into_read_only(void)
{
	need(mprotect(page, PAGE, PROT_READ) == 0);
	return read(fds[0], page, 4) == -1 && errno == EFAULT ? 0 : 1;
}

int main(void)
{
	char old[PAGE];

	page = map_private(PAGE);
	memset(page, 'o', PAGE);
	memcpy(old, page, PAGE);
	need(pipe(fds) == 0);
	plan(6);
	need(write(fds[1], "new!", 4) == 4);
	same(in_child(read_into), 0, "read(2) in the child fills the child's page");
	ok(!memcmp(page, old, PAGE), "the parent's page is as it was");
	same(in_child(clock_into), 0, "clock_gettime(2) into a shared page");
	need(write(fds[1], "new!", 4) == 4);
	same(in_child(read_into_zero), 0, "read(2) into a page that was only read before");
	need(write(fds[1], "new!", 4) == 4);
	same(in_child(read_into_read_only), 0, "read(2) into a read-only page: EFAULT");
	ok(!memcmp(page, old, PAGE), "the parent's page is still as it was");
	return done();
}
