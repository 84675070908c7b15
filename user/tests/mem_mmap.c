/* mmap(2) and munmap(2): placement, MAP_FIXED, holes, file contents, errors. */
#include "ktap.h"

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *base;

static int touch_hole(void)
{
	return *(volatile char *)(base + PAGE);
}

static void check_errors(int fd)
{
	fails(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL, "length 0: EINVAL");
	fails(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL, "neither private nor shared: EINVAL");
	fails(mmap((void *)123, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL, "fixed and not aligned: EINVAL");
	fails(syscall(SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, fd, 100), EINVAL, "offset not aligned: EINVAL");
	fails(mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0), EBADF, "no such descriptor: EBADF");
	fails(syscall(SYS_mmap, 0, -1UL << 12, RW, ANON, -1, 0), ENOMEM, "larger than all there is: ENOMEM");
	fails(munmap((void *)123, PAGE), EINVAL, "munmap not aligned: EINVAL");
	fails(munmap(base, 0), EINVAL, "munmap of length 0: EINVAL");
}

static void check_file(int fd, const char *path)
{
	char *map = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	int read_only = open(path, O_RDONLY);

	need(map != MAP_FAILED && read_only >= 0);
	ok(map[0] == 'f' && map[99] == 'f' && map[100] == 0, "a file mapping shows the file, then zeroes");
	map[0] = 'p';
	need(pread(fd, map + 200, 1, 0) == 1);
	same(map[200], 'f', "a private mapping does not change the file");
	munmap(map, 2 * PAGE);
	fails(mmap(NULL, PAGE, RW, MAP_SHARED, read_only, 0), EACCES, "shared, writable, of a file open for reading: EACCES");
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, read_only, 0);
	ok(map != MAP_FAILED, "shared and readable is allowed");
	fails(mprotect(map, PAGE, RW), EACCES, "and stays so: mprotect EACCES");
	munmap(map, PAGE);
	close(read_only);
}

int main(void)
{
	const char *path = tmp_name("");
	char text[100];
	int fd;

	memset(text, 'f', sizeof(text));
	fd = tmp_file(path, text, sizeof(text));
	plan(21);
	base = map_private(3 * PAGE);
	same((long)base % PAGE, 0, "mappings are aligned to pages");
	memset(base, 'x', 3 * PAGE);
	same(munmap(base + PAGE, PAGE), 0, "a hole can be cut into a mapping");
	same(in_child(touch_hole), KILLED_BY(SIGSEGV), "the hole is not mapped");
	ok(base[0] == 'x' && base[2 * PAGE] == 'x', "what surrounds it is");
	same(munmap(base + PAGE, PAGE), 0, "unmapping a hole is no error");
	same(mmap(base + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), base + PAGE, "MAP_FIXED fills it");
	same(base[PAGE], 0, "with zeroes");
	ok(mmap(base, PAGE, RW, ANON, -1, 0) != base, "a hint in use is not followed");
	check_errors(fd);
	check_file(fd, path);
	unlink(path);
	return done();
}
