/* A fork with a thousand mappings: the child has each of them, with its contents and its protection. */
#include "ktap.h"

#define MAPS 1000

static char *base;

/* Every other page is read-only, so that no two neighbours can become one mapping. */
static int check_all(void)
{
	for (int i = 0; i < MAPS; i++)
		if (*(volatile int *)(base + i * PAGE) != i)
			return 1;
	for (int i = 0; i < MAPS; i += 2)
		*(volatile int *)(base + i * PAGE) = -i;
	return 0;
}

static int write_read_only(void)
{
	*(volatile int *)(base + (MAPS - 1) * PAGE) = 0;
	return 0;
}

int main(void)
{
	base = map_private(MAPS * PAGE);
	for (int i = 0; i < MAPS; i++)
		*(int *)(base + i * PAGE) = i;
	for (int i = 1; i < MAPS; i += 2)
		need(mprotect(base + i * PAGE, PAGE, PROT_READ) == 0);
	plan(4);
	same(in_child(check_all), 0, "a child finds all pages and writes half of them");
	same(in_child(check_all), 0, "so does the next, with the parent's contents");
	same(in_child(write_read_only), KILLED_BY(SIGSEGV), "what was read-only is so in a child");
	same(check_all(), 0, "the parent's contents are its own");
	return done();
}
