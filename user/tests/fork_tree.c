/* Trees of four generations share a page and end in different orders; nobody sees another's bytes. */
#include "ktap.h"

static volatile int *page;

/* One process of the tree: two children, each a tree of one generation less. Code 0 if all below is well. */
static int grow(int generations, int mode, int mine)
{
	pid_t left = -1, right = -1;
	int bad = 0;

	if (mode & 1)
		*page = mine;			/* write before the children are made, or after */
	if (generations > 0) {
		left = must_fork();
		if (left == 0)
			_exit(grow(generations - 1, mode, mine * 2));
		right = must_fork();
		if (right == 0)
			_exit(grow(generations - 1, mode, mine * 2 + 1));
	}
	if (mode & 2)
		bad |= generations > 0 && outcome(right) != 0;
	*page = mine;
	if (generations > 0) {
		bad |= outcome(left) != 0;
		if (!(mode & 2))
			bad |= outcome(right) != 0;
	}
	return bad || *page != mine;
}

int main(void)
{
	page = map_private(PAGE);
	plan(4);
	same(grow(4, 0, 1), 0, "write after forking, left ends first");
	same(grow(4, 1, 1), 0, "write before forking, left ends first");
	same(grow(4, 2, 1), 0, "write after forking, right ends first");
	same(grow(4, 3, 1), 0, "write before forking, right ends first");
	return done();
}
