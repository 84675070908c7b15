/*
 * After a fork each side has the mappings that the parent had, and changes its own alone: mmap, munmap, mprotect,
 * mremap, brk, madvise and a growing stack, by child, parent and grandchild, in every order.
 */
#include "ktap.h"

#define PAGES 16

static char *area, *old_break;
static char maps_before[16384], maps_after[16384];
static volatile int *told;		/* shared: what others have found */

static void read_maps(char *buf)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t len = 0;
	ssize_t n;

	need(fd >= 0);
	while ((n = read(fd, buf + len, sizeof(maps_before) - 1 - len)) > 0)
		len += n;
	need(n == 0);
	buf[len] = 0;
	close(fd);
}

static int maps_same(void)
{
	read_maps(maps_after);
	return strcmp(maps_before, maps_after) == 0;
}

static char *at(int page)
{
	return area + page * PAGE;
}

/* Is the page mapped? */
static int mapped(int page)
{
	return madvise(at(page), PAGE, MADV_NORMAL) == 0;
}

/* Faults in 64 pages more of stack. */
static __attribute__((noinline)) int grow_stack(int pages)
{
	volatile char here[PAGE];

	here[0] = pages;
	return pages ? grow_stack(pages - 1) + here[0] * 0 : 0;
}

/* One change of each kind; what does not work is the exit code. */
static int change_all(void)
{
	if (munmap(at(2), PAGE) || mapped(2))
		return 1;
	if (mprotect(at(4), PAGE, PROT_READ))
		return 2;
	if (mmap(at(6), PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at(6))
		return 3;
	if (mremap(at(8), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(2)) != at(2) || *at(2) != 8 || mapped(8))
		return 4;
	if (madvise(at(10), PAGE, MADV_DONTFORK))
		return 5;
	if (syscall(SYS_brk, old_break + 32 * PAGE) != (long)(old_break + 32 * PAGE))
		return 6;
	old_break[31 * PAGE] = 1;
	return grow_stack(64);
}

static int maps_are_same(void)
{
	return !maps_same();
}

/* A grandchild shares what its parent has got by then. */
static int change_and_fork(void)
{
	int result = change_all();

	if (result)
		return result;
	read_maps(maps_before);
	if (mapped(10) && in_child(maps_are_same) != 1)		/* page 10 is not for children */
		return 11;
	if (madvise(at(10), PAGE, MADV_DOFORK))
		return 12;
	read_maps(maps_before);
	return in_child(maps_are_same) ? 13 : 0;
}

/* Changes while parent and sibling look on: they must find their own as they were. */
static void child_changes_first(void)
{
	struct gate go = gate_new();
	pid_t sibling = must_fork();

	if (sibling == 0) {
		gate_wait(&go);
		_exit(!maps_same() || change_all());
	}
	same(in_child(change_all), 0, "a child changes its mappings in seven ways");
	ok(maps_same(), "the parent's are as before");
	gate_open(&go);
	same(outcome(sibling), 0, "so are a sibling's, until it changes them too");
	ok(maps_same(), "the parent's are still as before");
}

static void parent_changes_first(void)
{
	struct gate go = gate_new();
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&go);
		told[0] = maps_same() && mapped(8) && *at(2) == 2;
		told[1] = change_all() == 0;
		_exit(0);
	}
	same(change_all(), 0, "the parent changes its mappings in seven ways");
	read_maps(maps_before);
	gate_open(&go);
	same(outcome(pid), 0, "its child lives on");
	ok(told[0], "and had the mappings of the time of the fork");
	ok(told[1], "and could change them in the same ways");
	ok(maps_same(), "the parent's are its own");
}

int main(void)
{
	int i;

	told = map_shared(PAGE);
	area = map_private(PAGES * PAGE);
	for (i = 0; i < PAGES; i++)
		*at(i) = i;
	old_break = (char *)(((unsigned long)sbrk(0) + PAGE - 1) & -PAGE);
	need(syscall(SYS_brk, old_break) == (long)old_break);
	plan(11);
	read_maps(maps_before);
	same(in_child(maps_are_same), 0, "a child has the same mappings");
	child_changes_first();
	same(in_child(change_and_fork), 0, "a grandchild has what its parent made of them");
	parent_changes_first();
	return done();
}
