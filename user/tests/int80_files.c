/* open, read, write, lseek, pread64 and their like by int 0x80: offsets of 32 and of 64 bits. */
#include "int80.h"

static char path[128], buf[64];
static int pipe_fds[2];

int main(void)
{
	long fd, top;

	plan(20);
	strcpy(path, tmp_name(""));
	fd = int80(open, path, O_RDWR | O_CREAT | O_EXCL, 0600);
	ok(fd >= 0, "open");
	same(int80(write, fd, "0123456789", 10), 10, "write");
	same(int80(lseek, fd, -4, SEEK_CUR), 6, "lseek takes a negative offset of 32 bits");
	same(int80(read, fd, buf, sizeof(buf)), 4, "read");
	ok(memcmp(buf, "6789", 4) == 0, "the bytes from there on");
	same(int80(pread64, fd, buf, 3, 2, 0), 3, "pread64");
	ok(memcmp(buf, "234", 3) == 0, "the bytes at 2");
	same(int80(pread64, fd, buf, 3, 2, 1), 0, "pread64: the second half of the offset counts");
	same(int80(pread64, fd, buf, 3, 0, 0x80000000), -EINVAL, "pread64: a negative offset");
	same(int80(pwrite64, fd, "x", 1, 3, 0), 1, "pwrite64");
	same(int80(ftruncate, fd, -1), -EINVAL, "ftruncate: -1 is negative");
	same(int80(ftruncate64, fd, 5, 0), 0, "ftruncate64");
	same(int80(lseek, fd, 0, SEEK_END), 5, "the size after it");
	same(fcntl(fd, F_GETFL) & ~O_ACCMODE, 0, "O_LARGEFILE is only on when asked for");
	same(int80(close, fd), 0, "close");
	same(int80(close, fd), -EBADF, "closed");
	same(int80(unlink, path), 0, "unlink");
	same(int80(open, path, O_RDONLY), -ENOENT, "it is gone");
	same(int80(pipe, pipe_fds) || int80(dup2, pipe_fds[1], 50) != 50 || int80(write, 50, "ab", 2) != 2 ||
	     int80(read, pipe_fds[0], buf, 8) != 2, 0, "pipe, dup2");
	top = int80(brk, 0);
	same(top == (long)sbrk(0) && int80(brk, top + 4096) == top + 4096 && int80(brk, top) == top, 1, "brk");
	return done();
}
