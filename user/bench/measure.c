/* measure.c - samples, and what several items need: memory to work on, a child that sleeps. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* End with a reason if @good is 0. */
void need(int good, const char *what)
{
	if (good)
		return;
	printf("bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- samples ---- */

/* Ticks from one reading of the counter to another, less what reading it costs. */
uint64_t span(uint64_t from, uint64_t to)
{
	static uint64_t overhead = UINT64_MAX;

	for (int i = 0; overhead == UINT64_MAX || i < 100 * (overhead == 0); i++) {
		uint64_t a = tsc(), b = tsc();

		overhead = b - a;
	}
	return to - from > overhead ? to - from - overhead : 0;
}

int sample_count(int usual)
{
	int n = opt_samples ? opt_samples : usual;

	return n < MAX_SAMPLES ? n : MAX_SAMPLES;
}

void samples_start(struct samples *s, const char *item, long param)
{
	s->item = item;
	s->param = param;
	s->count = s->discarded = 0;
	memset(s->value, 0, sizeof(s->value));
}

void samples_add(struct samples *s, uint64_t ticks, long ops)
{
	if (s->count < MAX_SAMPLES)
		s->value[s->count++] = (double)ticks / ops;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void samples_report(struct samples *s)
{
	qsort(s->value, s->count, sizeof(s->value[0]), by_value);
	if (s->count)
		printf("bench %s %ld %.1f %.1f %.1f %d %d\n", s->item, s->param, s->value[s->count / 2], s->value[0],
		       s->value[s->count - 1], s->count, s->discarded);
	else
		printf("bench %s %ld nan nan nan 0 %d\n", s->item, s->param, s->discarded);
	fflush(stdout);
}

/* ---- memory ---- */

/* Private memory in pages of 4 KiB, never touched. */
char *map_pages(size_t size)
{
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(start != MAP_FAILED, "mmap");
	madvise(start, size, MADV_NOHUGEPAGE);	/* not every kernel has huge pages to refuse */
	return start;
}

/* Write to each page, without reading it first: a read would bring in a page of zeroes, huge ones in pieces. */
void touch_pages(char *start, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		*(volatile char *)(start + at) = 1;
}

/* ---- a child that sleeps ---- */

/* Fork it and wait until it is asleep: from then on it costs nothing but what it shares. */
pid_t sleeper_start(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	need(pipe(ready) == 0, "pipe");
	pid = raw_fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		raw_syscall(SYS_write, ready[1], (long)&byte, 1, 0);
		for (;;)
			raw_syscall(SYS_pause, 0, 0, 0, 0);
	}
	need(read(ready[0], &byte, 1) == 1, "read");
	nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

void sleeper_end(pid_t pid)
{
	kill(pid, SIGKILL);
	raw_wait(pid);
}
