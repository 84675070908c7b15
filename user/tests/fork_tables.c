/*
 * A large memory after fork, with tables that parent and child may share: every kind of change, in the middle of it,
 * is seen by who made it, by nobody else, and leaves all the pages around it as they were.
 */
#include "ktap.h"

#define MIB	(1UL << 20)
#define SIZE	(42 * MIB)
#define PAGES	((long)(SIZE / PAGE))
#define MID	(9 * 512L + 17)		/* somewhere inside */

static char *mem;
static struct gate up, down;

static volatile long *at(long page) { return (volatile long *)(mem + page * PAGE); }

/* Every page has its first value, but for [from, to), which are not looked at. */
static int intact(long from, long to)
{
	for (long i = 0; i < PAGES; i++)
		if ((i < from || i >= to) && *at(i) != 1000 + i)
			return 0;
	return 1;
}

/* Can the kernel read this page of ours? */
static int mapped(long page)
{
	int good = write(up.fd[1], (char *)at(page), 1) == 1;
	char byte;

	if (good)
		need(read(up.fd[0], &byte, 1) == 1);
	return good;
}

static int write_one(void)
{
	*at(MID) = 1;
	return !(*at(MID) == 1 && intact(MID, MID + 1));
}

static int unmap_one(void)
{
	need(munmap(mem + MID * PAGE, PAGE) == 0);
	return mapped(MID) || !intact(MID, MID + 1);
}

static int unmap_tables(void)
{
	need(munmap(mem + 2 * MIB, 10 * MIB) == 0);
	return mapped(600) || !intact(512, 512 * 6);
}

static int unmap_all_map_again(void)
{
	need(munmap(mem, SIZE) == 0);
	need(mmap(mem, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == mem);
	*at(MID) = 5;
	return *at(0) || *at(MID - 1) || *at(MID) != 5;
}

static int protect_some(void)
{
	char *from = mem + (MID - 3) * PAGE;

	need(mprotect(from, 700 * PAGE, PROT_NONE) == 0);
	if (mapped(MID) || !intact(MID - 3, MID + 697))
		return 1;
	need(mprotect(from, 700 * PAGE, PROT_READ | PROT_WRITE) == 0);
	*at(MID + 600) = 1;
	return !intact(MID + 600, MID + 601);
}

static int move_some(void)
{
	char *to = mmap(NULL, 700 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(mremap(mem + MID * PAGE, 700 * PAGE, 700 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	for (long i = 0; i < 700; i++)
		if (*(long *)(to + i * PAGE) != 1000 + MID + i)
			return 1;
	*(long *)to = 3;
	return mapped(MID) || mapped(MID + 699) || !intact(MID, MID + 700);
}

static int drop_some(void)
{
	need(madvise(mem + MID * PAGE, 1300 * PAGE, MADV_DONTNEED) == 0);
	return *at(MID) || *at(MID + 1299) || !intact(MID, MID + 1300);
}

static int kernel_write(void)
{
	long value = 7;

	need(write(up.fd[1], &value, sizeof(value)) == sizeof(value));
	need(read(up.fd[0], (char *)at(MID), sizeof(value)) == sizeof(value));
	return *at(MID) != 7 || !intact(MID, MID + 1);
}

static int grandchild(void)
{
	return *at(MID) != 1 || write_one();
}

/* Its child outlives it in nothing, but shares with both. */
static int write_and_fork(void)
{
	if (write_one())
		return 1;
	if (in_child(grandchild))
		return 2;
	return !(*at(MID) == 1 && intact(MID, MID + 1));
}

static int not_there(void) { return mapped(MID) || !intact(MID, MID + 1); }
static int wiped(void) { return *at(MID) || !intact(MID, MID + 1); }
static int fill_hole(void)
{
	need(mmap(mem + MID * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	     MAP_FAILED);
	*at(MID) = 6;
	return *at(MID) != 6 || !intact(MID, MID + 1);
}

static int write_shared(void)
{
	*at(MID) = 8;
	return !intact(MID, MID + 1);
}

static void change_in_child(int (*fn)(void), const char *what)
{
	int status = in_child(fn), good = status == 0 && intact(0, 0);

	if (!ok(good, what))
		say("# child %#x", status);
}

/* The parent changes while the child looks on. */
static void change_in_parent(void)
{
	pid_t pid;

	*at(MID) = 1000 + MID;	/* the CPU knows that this page is writable */
	pid = must_fork();
	if (pid == 0) {
		gate_wait(&down);
		if (!intact(0, 0))
			_exit(1);
		*at(MID + 1) = 7;	/* beside what the parent has written, and not for it to see */
		*at(7000) = 7;
		_exit(0);
	}
	*at(MID) = 9;
	*at(5) = 9;
	need(mprotect(mem + 1024 * PAGE, 100 * PAGE, PROT_READ) == 0);
	need(madvise(mem + 3000 * PAGE, 3 * PAGE, MADV_DONTNEED) == 0);
	gate_open(&down);
	same(outcome(pid), 0, "the child does not see what the parent changes");
	ok(*at(MID) == 9 && *at(5) == 9 && *at(3001) == 0 && *at(MID + 1) == 1001 + MID && *at(7000) == 8000,
	   "the parent does");
	need(mprotect(mem + 1024 * PAGE, 100 * PAGE, PROT_READ | PROT_WRITE) == 0);
	for (long i = 3000; i < 3003; i++)
		*at(i) = 1000 + i;
	*at(MID) = 1000 + MID;
	*at(5) = 1005;
}

static void special_mappings(void)
{
	need(madvise(mem + MID * PAGE, PAGE, MADV_DONTFORK) == 0);
	change_in_child(not_there, "DONTFORK in the middle");
	need(madvise(mem + MID * PAGE, PAGE, MADV_DOFORK) == 0);
	need(madvise(mem + MID * PAGE, PAGE, MADV_WIPEONFORK) == 0);
	change_in_child(wiped, "WIPEONFORK in the middle");
	need(madvise(mem + MID * PAGE, PAGE, MADV_KEEPONFORK) == 0);
	need(munmap(mem + MID * PAGE, PAGE) == 0);
	same(in_child(fill_hole), 0, "a hole is filled in the child");
	ok(!mapped(MID) && intact(MID, MID + 1), "it is still there in the parent");
	need(mmap(mem + MID * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	     MAP_FAILED);
	*at(MID) = 4;
	same(in_child(write_shared), 0, "the child writes to a shared page in the middle");
	ok(*at(MID) == 8 && intact(MID, MID + 1), "the parent sees that");
}

/* ---- a file that shrinks under parent and child ---- */

#define FILE_PAGES 300
static char *map;

static int beyond(long page)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(((volatile char *)map)[page * PAGE]);
	return outcome(pid) == KILLED_BY(SIGBUS);
}

static void shrinking_file(void)
{
	static char page[PAGE];
	const char *path = tmp_name("");
	int fd = tmp_file(path, "", 0);
	pid_t pid;

	memset(page, 'f', PAGE);
	for (int i = 0; i < FILE_PAGES; i++)
		need(write(fd, page, PAGE) == (ssize_t)PAGE);
	map = mmap(NULL, FILE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	need(map != MAP_FAILED);
	for (long i = 0; i < FILE_PAGES; i += i % 2 ? 1 : 3)
		map[i * PAGE] = 'p';
	for (long i = 0; i < FILE_PAGES; i++)
		page[i % 8] = ((volatile char *)map)[i * PAGE];
	pid = must_fork();
	if (pid == 0) {
		gate_wait(&down);
		_exit(!beyond(100) || !beyond(299) || map[99 * PAGE] == 0 || map[0] != 'p');
	}
	need(ftruncate(fd, 100 * PAGE) == 0);
	gate_open(&down);
	same(outcome(pid), 0, "truncation takes pages from parent and child: the child");
	ok(beyond(100) && beyond(299) && map[0] == 'p', "the parent");
	need(munmap(map, FILE_PAGES * PAGE) == 0);
	unlink(path);
	close(fd);
}

int main(void)
{
	mem = map_private(SIZE + 2 * MIB);
	mem = (char *)(((unsigned long)mem + 2 * MIB - 1) & ~(2 * MIB - 1));
	up = gate_new();
	down = gate_new();
	for (long i = 0; i < PAGES; i++)
		*at(i) = 1000 + i;
	plan(19);
	change_in_child(write_one, "a write");
	change_in_child(unmap_one, "munmap of a page");
	change_in_child(unmap_tables, "munmap of whole tables");
	change_in_child(unmap_all_map_again, "munmap of all, and a new mapping there");
	change_in_child(protect_some, "mprotect");
	change_in_child(move_some, "mremap");
	change_in_child(drop_some, "MADV_DONTNEED");
	change_in_child(kernel_write, "a write by the kernel");
	change_in_child(write_and_fork, "a grandchild");
	change_in_parent();
	special_mappings();
	shrinking_file();
	return done();
}
