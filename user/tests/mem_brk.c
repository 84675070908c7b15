/* brk(2): the heap grows and shrinks by bytes, new pages are zero, a fork gives the child a heap of its own. */
#include "ktap.h"

static unsigned long brk_to(unsigned long where)
{
	return syscall(SYS_brk, where);
}

static unsigned long start;

static int child(void)
{
	if (brk_to(0) != start + 3 * PAGE)
		return 1;
	if (brk_to(start + 10 * PAGE) != start + 10 * PAGE)
		return 2;
	*(volatile char *)(start + 9 * PAGE) = 1;
	return *(volatile char *)start != 'h';
}

static int touch_end(void)
{
	*(volatile char *)(start + 3 * PAGE) = 1;
	return 0;
}

int main(void)
{
	start = (brk_to(0) + PAGE - 1) & ~(PAGE - 1);
	plan(9);
	same(brk_to(start + 3 * PAGE), start + 3 * PAGE, "the heap grows");
	same(*(volatile char *)(start + 2 * PAGE + 5), 0, "its new pages are zero");
	*(char *)start = 'h';
	*(char *)(start + 2 * PAGE) = 'x';
	same(brk_to(1), start + 3 * PAGE, "an address below its start changes nothing");
	same(brk_to(0x7ffffffff000UL), start + 3 * PAGE, "nor does one that is too high");
	same(in_child(child), 0, "a child inherits the heap and grows its own");
	same(brk_to(0), start + 3 * PAGE, "the parent's is unchanged");
	same(in_child(touch_end), KILLED_BY(SIGSEGV), "what lies behind the end is not mapped");
	need(brk_to(start + PAGE) == start + PAGE);
	same(brk_to(start + 3 * PAGE), start + 3 * PAGE, "it shrinks and grows again");
	same(*(volatile char *)(start + 2 * PAGE), 0, "pages that were given back come back as zeroes");
	return done();
}
