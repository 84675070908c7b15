/* memory.c - items of memory: faults, copies on write, mmap. */
#include "bench.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static struct samples figures;

static inline void write_page(char *page)
{
	*(volatile char *)page = 2;
}

/* ---- the worst case: what fork put off has to be paid ---- */

static uint64_t rewrite_sample(char *memory, long size)
{
	uint64_t start = tsc(), end;
	pid_t pid = raw_fork();

	if (pid == 0)
		for (;;)
			raw_syscall(SYS_pause, 0, 0, 0, 0);
	for (long at = 0; at < size; at += PAGE)
		write_page(memory + at);
	end = tsc();
	need(pid > 0, "fork");
	kill(pid, SIGKILL);
	raw_wait(pid);
	return span(start, end);
}

/* Fork, then write to every page while the child lives. */
static void run_rewrite(long size)
{
	char *memory = map_pages(size);
	int count = sample_count(size <= 16 << 20 ? 11 : 3);

	touch_pages(memory, size);
	samples_start(&figures, "rewrite", size);
	rewrite_sample(memory, size);
	for (int i = 0; i < count; i++)
		samples_add(&figures, rewrite_sample(memory, size), 1);
	samples_report(&figures);
	munmap(memory, size);
}

/* ---- single writes after fork ---- */

#define TABLE		(2UL << 20)	/* what one table of the lowest level maps */
#define NEXT_WRITES	64

static uint64_t time_write(char *page)
{
	uint64_t start = tsc();

	write_page(page);
	return span(start, tsc());
}

/* The first write to memory after fork, the next ones beside it, and the first one below another table. */
static void run_write(long size)
{
	static struct samples first, next, table;
	char *room = map_pages(size + TABLE);
	char *memory = (char *)(((unsigned long)room + TABLE - 1) & ~(TABLE - 1));

	touch_pages(room, size + TABLE);
	samples_start(&first, "write.first", size);
	samples_start(&next, "write.next", size);
	samples_start(&table, "write.table", size);
	for (int i = -1; i < sample_count(11); i++) {
		pid_t child = sleeper_start();
		uint64_t ticks = time_write(memory);

		if (i >= 0)
			samples_add(&first, ticks, 1);
		for (int j = 1; j <= NEXT_WRITES && i >= 0; j++)
			samples_add(&next, time_write(memory + j * PAGE), 1);
		ticks = time_write(memory + TABLE);
		if (i >= 0)
			samples_add(&table, ticks, 1);
		sleeper_end(child);
	}
	samples_report(&first);
	samples_report(&next);
	samples_report(&table);
	munmap(room, size + TABLE);
}

/* ---- per page ---- */

static uint64_t time_writes(char *memory, long pages)
{
	uint64_t start = tsc();

	for (long i = 0; i < pages; i++)
		write_page(memory + i * PAGE);
	return span(start, tsc());
}

static void run_anon(long pages)
{
	samples_start(&figures, "anon", pages);
	for (int i = -1; i < sample_count(11); i++) {
		char *memory = map_pages(pages * PAGE);
		uint64_t ticks = time_writes(memory, pages);

		if (i >= 0)
			samples_add(&figures, ticks, pages);
		munmap(memory, pages * PAGE);
	}
	samples_report(&figures);
}

static void run_cow(long pages)
{
	char *memory = map_pages(pages * PAGE);

	touch_pages(memory, pages * PAGE);
	samples_start(&figures, "cow", pages);
	for (int i = -1; i < sample_count(11); i++) {
		pid_t child = sleeper_start();
		uint64_t ticks = time_writes(memory, pages);

		if (i >= 0)
			samples_add(&figures, ticks, pages);
		sleeper_end(child);
	}
	samples_report(&figures);
	munmap(memory, pages * PAGE);
}

static void run_mmap(long ops)
{
	samples_start(&figures, "mmap", 0);
	for (int i = 0; i < sample_count(21); i++)
		samples_add(&figures, TIME_LOOP(ops, ({
			void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			munmap(page, PAGE);
		})), ops);
	samples_report(&figures);
}

const struct item memory_items[] = {
	{ "rewrite", run_rewrite, 16 << 20, "fork with that many bytes resident, and a write to each page while the child lives" },
	{ "write", run_write, 64 << 20, "with as much resident, a child asleep: the first write, the next, one below another table" },
	{ "anon", run_anon, 1024, "first write to a page of new memory, from that many pages" },
	{ "cow", run_cow, 1024, "write to a page that a child shares, from that many pages" },
	{ "mmap", run_mmap, 100, "mmap and munmap of one page" },
	{ NULL }
};
