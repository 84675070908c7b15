/* copy_file_range(2): positions, limits, refusals. */
#include "ktap.h"
#include <sys/stat.h>

#define SIZE 10000

static char pattern[SIZE], back[2 * SIZE];

static int file(const char *name, int flags)
{
	int fd = open(name, O_CREAT | O_TRUNC | flags, 0600);

	need(fd >= 0);
	unlink(name);
	return fd;
}

static long copy(int in, loff_t *from, int out, loff_t *to, size_t len, unsigned int flags)
{
	return syscall(SYS_copy_file_range, in, from, out, to, len, flags);
}

static void check_copies(int in, int out)
{
	loff_t from = 100, to = 5000;

	same(copy(in, &from, out, &to, 300, 0), 300, "copies between offsets");
	ok(from == 400 && to == 5300, "the offsets move");
	ok(lseek(in, 0, SEEK_CUR) == 0 && lseek(out, 0, SEEK_CUR) == 0, "the positions stay");
	ok(pread(out, back, 300, 5000) == 300 && !memcmp(back, pattern + 100, 300), "the bytes are there");
	ok(pread(out, back, 5000, 0) == 5000 && !memcmp(back, back + 1, 4999) && !back[0], "zeros before them");
	same(copy(in, NULL, out, NULL, SIZE * 2, 0), SIZE, "no more than there is");
	ok(lseek(in, 0, SEEK_CUR) == SIZE && lseek(out, 0, SEEK_CUR) == SIZE, "without offsets the positions move");
	ok(pread(out, back, SIZE, 0) == SIZE && !memcmp(back, pattern, SIZE), "the whole file is there");
	same(copy(in, NULL, out, NULL, 1, 0), 0, "at the end: 0");
	from = 0, to = 6000;
	same(copy(in, &from, in, &to, 4000, 0), 4000, "within one file");
	ok(pread(in, back, 4000, 6000) == 4000 && !memcmp(back, pattern, 4000), "the bytes are there");
}

static void check_refusals(int in, int out)
{
	loff_t zero = 0, one = 1, minus = -100, last = 0x7fffffffffffffff;
	int dir = open("/tmp", O_RDONLY), append = file("/tmp/append", O_RDWR | O_APPEND);
	int pipes[2], write_only = file("/tmp/wo", O_WRONLY);

	need(pipe(pipes) == 0);
	fails(copy(in, &zero, out, &zero, 1, 1), EINVAL, "a flag: EINVAL");
	fails(copy(in, &zero, in, &one, 10, 0), EINVAL, "overlapping ranges: EINVAL");
	fails(copy(in, &minus, out, &zero, 1, 0), EINVAL, "before the start: EINVAL");
	fails(copy(in, &minus, out, &zero, 100, 0), EOVERFLOW, "around zero: EOVERFLOW");
	fails(copy(in, &zero, out, &last, 10, 0), EFBIG, "beyond the largest offset: EFBIG");
	fails(copy(dir, NULL, out, NULL, 1, 0), EISDIR, "a folder: EISDIR");
	fails(copy(pipes[0], NULL, out, NULL, 1, 0), EINVAL, "a pipe: EINVAL");
	fails(copy(write_only, NULL, out, NULL, 1, 0), EBADF, "not open for reading: EBADF");
	fails(copy(in, NULL, append, NULL, 1, 0), EBADF, "open for appending: EBADF");
	fails(copy(in, NULL, -1, NULL, 1, 0), EBADF, "no descriptor: EBADF");
	fails(copy(in, (void *)8, out, NULL, 1, 0), EFAULT, "a bad pointer: EFAULT");
}

int main(void)
{
	int in = file("/tmp/in", O_RDWR), out = file("/tmp/out", O_RDWR);

	for (int i = 0; i < SIZE; i++)
		pattern[i] = i % 251 + 1;
	need(write(in, pattern, SIZE) == SIZE && lseek(in, 0, SEEK_SET) == 0);
	plan(22);
	check_copies(in, out);
	check_refusals(in, out);
	return done();
}
