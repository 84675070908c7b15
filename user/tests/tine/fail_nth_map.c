/*
 * Ours alone: every fallible act of the calls that change mappings, while a child shares the description of them: the
 * first change has to copy it. A call that fails leaves the mappings as they were.
 */
#include "fail_nth.h"

#define PAGES 16

static char *area, *old_break;
static char maps[2][16384];

static void read_maps(char *buf)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(maps[0]) - 1);

	need(n > 0);
	buf[n] = 0;
	close(fd);
}

static long do_mmap(void)
{
	return (long)mmap(area + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long do_munmap(void)
{
	return munmap(area + 4 * PAGE, PAGE);
}

static long do_mprotect(void)
{
	return mprotect(area + 4 * PAGE, PAGE, PROT_READ);
}

static long do_mremap(void)
{
	char *moved = mremap(area + 4 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);

	if (moved == MAP_FAILED)
		return -1;
	need(munmap(moved, 2 * PAGE) == 0);
	return 0;
}

static long do_madvise(void)
{
	return madvise(area + 4 * PAGE, PAGE, MADV_DONTFORK);
}

/* The old break is Linux's way to say no. */
static long do_brk(void)
{
	long wish = (long)old_break + 8 * PAGE;

	if (syscall(SYS_brk, wish) == wish)
		return 0;
	errno = ENOMEM;
	return -1;
}

static void restore(void)
{
	need(mmap(area, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
		  0) == area);
	need(syscall(SYS_brk, old_break) == (long)old_break);
}

static enum verdict try_change(int n, const void *arg)
{
	static const int errors[] = { ENOMEM, EAGAIN, 0 };
	long (*const *change)(void) = arg;
	enum verdict verdict;
	int error;
	long result;
	pid_t pid;

	read_maps(maps[0]);
	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	arm(n);
	result = (*change)();
	error = errno;
	tally_error = error;
	verdict = judge(result == -1 ? -1 : 0, error, errors, 0);
	read_maps(maps[1]);
	if (verdict == FAILED && strcmp(maps[0], maps[1])) {
		say("# changed by a call that failed");
		verdict = WRONG;
	}
	need(kill(pid, SIGKILL) == 0 && outcome(pid) == KILLED_BY(SIGKILL));
	restore();
	return verdict;
}

int main(void)
{
	static const struct {
		long (*change)(void);
		const char *name;
	} changes[] = {
		{ do_mmap, "mmap" }, { do_munmap, "munmap" }, { do_mprotect, "mprotect" }, { do_mremap, "mremap" },
		{ do_madvise, "madvise" }, { do_brk, "brk" },
	};
	unsigned int i;

	area = map_private(PAGES * PAGE);
	old_break = sbrk(0);
	restore();
	open_control();
	plan(6);
	for (i = 0; i < 6; i++)
		sweep(try_change, &changes[i].change, changes[i].name);
	return done();
}
