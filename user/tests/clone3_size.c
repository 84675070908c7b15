/* clone3(2): every size of its structure from 0 to a page and one, with what lies beyond its end zero or not. */
#include "ktap.h"
#include <linux/sched.h>

static char *area;		/* a page that ends where memory ends */

static void fill(size_t size, int tail)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	memset(area, 0, PAGE);
	memcpy(area, &args, size < sizeof(args) ? size : sizeof(args));
	if (tail && size > sizeof(args))
		area[size - 1] = 1;
}

/* 0 if there was a child, else the errno. */
static int attempt(void *args, size_t size)
{
	long pid = syscall(SYS_clone3, args, size);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	return outcome(pid) ? 1000 : 0;
}

/* How many of the sizes in [from, to) give @want? */
static int count(size_t from, size_t to, int tail, int want)
{
	int good = 0;

	for (size_t size = from; size < to; size++) {
		fill(size, tail);
		good += attempt(area, size) == want;
	}
	return good;
}

int main(void)
{
	area = map_private(2 * PAGE);
	need(munmap(area + PAGE, PAGE) == 0);
	plan(14);
	same(count(0, 64, 0, EINVAL), 64, "0 to 63: EINVAL");
	same(count(64, 89, 0, 0), 25, "64 to 88: a child");
	same(count(89, 200, 0, 0), 111, "89 and more, padded with zeros: a child");
	same(count(89, PAGE + 1, 1, E2BIG), PAGE - 88, "89 to a page, the last byte not zero: E2BIG");
	fill(PAGE, 0);
	same(attempt(area, PAGE), 0, "a whole page, the rest zero");
	same(attempt(area, PAGE + 1), E2BIG, "a page and one byte: E2BIG");
	same(attempt(NULL, PAGE + 1), E2BIG, "before the pointer is looked at");
	same(attempt(NULL, 63), EINVAL, "likewise a size too small");
	same(attempt(NULL, 64), EFAULT, "a null pointer: EFAULT");
	same(attempt(area + PAGE - 63, 64), EFAULT, "half outside of memory: EFAULT");
	fill(64, 0);
	memmove(area + PAGE - 64, area, 64);
	same(attempt(area + PAGE - 64, 64), 0, "up to the last byte of memory: a child");
	same(attempt(area + PAGE - 64, 65), EFAULT, "one byte further: EFAULT");
	same(attempt((void *)0xffffffff80000000, 64), EFAULT, "an address of the kernel's: EFAULT");
	same(attempt((void *)-64UL, 200), EFAULT, "one beyond which there is none: EFAULT");
	return done();
}
