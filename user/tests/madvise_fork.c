/* madvise(2) around fork: DONTNEED drops one side's pages, DONTFORK hides them, WIPEONFORK gives the child zeroes. */
#include "ktap.h"

static char *mem;

static int is(char want)
{
	for (size_t i = 0; i < 4 * PAGE; i += PAGE)
		if (*(volatile char *)(mem + i) != want)
			return 0;
	return 1;
}

static int sees_a(void) { return !is('a'); }
static int sees_zero(void) { return !is(0); }

static int drop(void)
{
	return madvise(mem, 4 * PAGE, MADV_DONTNEED) || !is(0);
}

static int grandchild_sees_zero(void)
{
	memset(mem, 'c', 4 * PAGE);
	return in_child(sees_zero);
}

int main(void)
{
	mem = map_private(4 * PAGE);
	memset(mem, 'a', 4 * PAGE);
	plan(11);
	same(in_child(drop), 0, "DONTNEED in the child: zeroes");
	ok(is('a'), "the parent keeps its bytes");
	need(madvise(mem, 4 * PAGE, MADV_DONTFORK) == 0);
	same(in_child(sees_a), KILLED_BY(SIGSEGV), "DONTFORK: not there in the child");
	ok(is('a'), "still there in the parent");
	need(madvise(mem, 4 * PAGE, MADV_DOFORK) == 0);
	same(in_child(sees_a), 0, "DOFORK: there again");
	need(madvise(mem, 4 * PAGE, MADV_WIPEONFORK) == 0);
	same(in_child(sees_zero), 0, "WIPEONFORK: zeroes in the child");
	same(in_child(grandchild_sees_zero), 0, "and in the child's child");
	ok(is('a'), "as before in the parent");
	need(madvise(mem, 4 * PAGE, MADV_KEEPONFORK) == 0);
	same(in_child(sees_a), 0, "KEEPONFORK: there again");
	fails(madvise(mem + 1, PAGE, MADV_DONTNEED), EINVAL, "not aligned: EINVAL");
	fails(madvise(mem, PAGE, 9999), EINVAL, "unknown advice: EINVAL");
	return done();
}
