/*
 * After a fork one page of a large memory is written: all other pages of both sides are as they were, also for what goes
 * through whole ranges next (munmap, mprotect, mremap, madvise, another fork, truncation of a mapped file).
 */
#include "ktap.h"

#define PAGES 512UL
#define MAPPED_FILE_PAGES 256UL

static char *area, *file_area;
static int file;

static char *at(unsigned long page)
{
	return area + page * PAGE;
}

/* Page i says i; the file's say i + 1. */
static int value(unsigned long page)
{
	return *(volatile int *)at(page);
}

static void fill(void)
{
	for (unsigned long i = 0; i < PAGES; i++)
		*(volatile int *)at(i) = i;
}

/* Pages other than @but in [from, to) are as they were. */
static int intact(unsigned long from, unsigned long to, unsigned long but)
{
	for (unsigned long i = from; i < to; i++)
		if (i != but && value(i) != (int)i)
			return 0;
	return 1;
}

static void write_one(unsigned long page)
{
	*(volatile int *)at(page) = -1;
}

static int write_and_read(void)
{
	write_one(5);
	return !(value(5) == -1 && intact(0, PAGES, 5));
}

static int write_and_unmap(void)
{
	write_one(5);
	if (munmap(at(100), 50 * PAGE))
		return 1;
	if (mmap(at(100), 50 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at(100))
		return 2;
	for (unsigned long i = 100; i < 150; i++)
		if (value(i))
			return 3;
	return !(intact(0, 100, 5) && intact(150, PAGES, 5));
}

static int write_and_protect(void)
{
	write_one(5);
	if (mprotect(at(200), 20 * PAGE, PROT_NONE) || mprotect(at(200), 20 * PAGE, PROT_READ | PROT_WRITE))
		return 1;
	write_one(201);
	return !(value(201) == -1 && intact(6, PAGES, 201));
}

static int write_and_move(void)
{
	write_one(5);
	if (mremap(at(300), 20 * PAGE, 20 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(40)) != at(40))
		return 1;
	for (unsigned long i = 0; i < 20; i++)
		if (value(40 + i) != (int)(300 + i))
			return 2;
	return !(intact(6, 40, 0) && intact(60, 300, 0) && intact(320, PAGES, 0));
}

static int write_and_forget(void)
{
	write_one(5);
	if (madvise(at(400), 10 * PAGE, MADV_DONTNEED))
		return 1;
	return !(value(405) == 0 && intact(6, 400, 0) && intact(410, PAGES, 0));
}

/* Each generation writes a page of its own; the pages of all before it are as they left them. */
static int write_and_fork(void)
{
	write_one(5);
	for (unsigned long i = 1; i < 8; i++) {
		pid_t pid = must_fork();

		if (pid)
			return outcome(pid) || !intact(5 + 16 * i, PAGES, 0) || value(5) != -1;
		write_one(5 + 16 * i);
	}
	for (unsigned long i = 0; i < 8; i++)
		if (value(5 + 16 * i) != -1)
			return 1;
	return !intact(6 + 16 * 7, PAGES, 0);
}

/* Writes everywhere, a window after the other, then dies in the middle of it. */
static int write_many(void)
{
	for (unsigned long i = 0; i < PAGES; i += 16)
		write_one(i);
	for (unsigned long i = 0; i < PAGES; i++)
		if (value(i) != (i % 16 ? (int)i : -1))
			return 1;
	return 0;
}

/* The parent writes while the child looks on. */
static void parent_writes(void)
{
	struct gate go = gate_new();
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&go);
		_exit(!intact(0, PAGES, PAGES) || write_and_unmap());
	}
	write_one(7);
	gate_open(&go);
	same(outcome(pid), 0, "a child has the pages of the time of the fork when its parent writes");
	ok(value(7) == -1 && intact(0, PAGES, 7), "and the parent its own");
	*(volatile int *)at(7) = 7;
}

static int touch_file(unsigned long page)
{
	return ((volatile int *)(file_area + page * PAGE))[0];
}

static int touch_last(void)
{
	return touch_file(MAPPED_FILE_PAGES - 1);
}

/* A file mapped privately: pages of its own beside pages of the file, when half of it is cut off. */
static void truncate_below(void)
{
	struct gate go = gate_new(), ready = gate_new();
	pid_t pid;

	for (unsigned long i = 0; i < MAPPED_FILE_PAGES; i += 2)
		*(volatile int *)(file_area + i * PAGE) = i + 1000;
	for (unsigned long i = 1; i < MAPPED_FILE_PAGES; i += 2)
		need(touch_file(i) == 0);
	pid = must_fork();
	if (pid == 0) {
		*(volatile int *)(file_area + 4 * PAGE) = -1;
		gate_open(&ready);
		gate_wait(&go);
		for (unsigned long i = 0; i < MAPPED_FILE_PAGES / 2; i += 2)
			if (touch_file(i) != (i == 4 ? -1 : (int)i + 1000))
				_exit(1);
		_exit(in_child(touch_last) != KILLED_BY(SIGBUS));
	}
	gate_wait(&ready);
	need(ftruncate(file, MAPPED_FILE_PAGES / 2 * PAGE) == 0);
	gate_open(&go);
	same(outcome(pid), 0, "a file is cut off below a table that was written: SIGBUS there, the rest is intact");
	same(in_child(touch_last), KILLED_BY(SIGBUS), "and so in its parent");
	same(touch_file(4), 1004, "whose pages are its own");
}

int main(void)
{
	const char *name = tmp_name("");

	area = map_private(PAGES * PAGE);
	fill();
	file = tmp_file(name, "", 1);
	need(ftruncate(file, MAPPED_FILE_PAGES * PAGE) == 0);
	file_area = mmap(NULL, MAPPED_FILE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	need(file_area != MAP_FAILED);
	plan(13);
	same(in_child(write_and_read), 0, "a child writes one page and reads all");
	same(in_child(write_and_unmap), 0, "it unmaps some");
	same(in_child(write_and_protect), 0, "it protects some");
	same(in_child(write_and_move), 0, "it moves some");
	same(in_child(write_and_forget), 0, "it forgets some");
	same(in_child(write_and_fork), 0, "its children write others");
	same(in_child(write_many), 0, "it writes many");
	ok(intact(0, PAGES, PAGES), "the parent's are as before");
	parent_writes();
	truncate_below();
	unlink(name);
	return done();
}
