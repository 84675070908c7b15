/*
 * The stack grows in one thread while another forks: no child and no parent loses a page, and the gap below the stack
 * stays in both. mmap(2): MAP_GROWSDOWN, getrlimit(2): RLIMIT_STACK
 */
#include "ktap.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#define MIB	0x100000UL

static volatile int growing = 1, forked, bad;

/* Where the mapping [stack] begins now. */
static unsigned long stack_start(void)
{
	static char text[8192];
	int fd = open("/proc/self/maps", O_RDONLY);
	ssize_t len = 0, n;
	char *at;

	need(fd >= 0);
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = 0;
	at = strstr(text, "[stack]");
	need(at);
	while (at > text && at[-1] != '\n')
		at--;
	return strtoul(at, NULL, 16);
}

/* Forks without end; each child reads what the stack held, and grows its own copy. */
static void *forker(void *unused)
{
	while (growing) {
		pid_t pid = fork();

		if (pid == 0) {
			volatile char *below = (char *)stack_start();

			for (int i = 1; i <= 8; i++)
				below[-(long)(i * PAGE)] = (char)i;
			for (int i = 1; i <= 8; i++)
				if (below[-(long)(i * PAGE)] != i)
					_exit(1);
			_exit(0);
		}
		if (pid < 0 || outcome(pid) != 0)
			bad++;
		forked++;
	}
	return NULL;
}

/* Touch the stack page by page, downwards; each page remembers its number. */
static int grow(volatile char *top)
{
	for (long i = 1; i <= 1500; i++) {
		*(volatile long *)(top - i * (long)PAGE) = i;
		if (i % 8 == 0)
			sched_yield();
	}
	for (long i = 1; i <= 1500; i++)
		if (*(volatile long *)(top - i * (long)PAGE) != i)
			return 0;
	return 1;
}

/* Touch @addr; 0 or the signal that it takes. */
static int touch(unsigned long addr)
{
	pid_t pid = must_fork();
	int result;

	if (pid == 0) {
		*(volatile char *)addr = 1;
		_exit(0);
	}
	result = outcome(pid);
	return result >= 1000 ? result - 1000 : result;
}

static unsigned long neighbour_end;

/* In a child of its own, since a fault may end it: what touch() finds below and above the gap. */
static int gap(void)
{
	if (touch(neighbour_end + 64 * PAGE) != SIGSEGV)
		return 1;
	if (touch(neighbour_end + 255 * PAGE) != SIGSEGV)
		return 2;
	return touch(neighbour_end + 257 * PAGE) == 0 ? 0 : 3;
}

int main(void)
{
	pthread_t thread;
	volatile char here;
	void *neighbour;
	int held;

	plan(6);
	need(setrlimit(RLIMIT_STACK, &(struct rlimit){ 64 * MIB, RLIM_INFINITY }) == 0);
	need(pthread_create(&thread, NULL, forker, NULL) == 0);
	while (!forked)
		sched_yield();
	held = grow((volatile char *)((unsigned long)&here & -PAGE));
	growing = 0;
	pthread_join(thread, NULL);
	ok(held, "every page of the stack is there, and holds what was written");
	same(bad, 0, "in no child was a page missing");
	ok(forked > 1, "there were children meanwhile");

	neighbour = mmap((void *)(stack_start() - 3 * MIB), PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	need(neighbour != MAP_FAILED);
	neighbour_end = (unsigned long)neighbour + PAGE;
	same(gap(), 0, "the stack stops growing 256 pages above a neighbour");
	same(in_child(gap), 0, "so it does in a child");
	ok(touch(neighbour_end - 1) == 0, "and the neighbour is untouched");
	return done();
}
