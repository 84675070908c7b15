/* /dev/null, zero, full, random, urandom. */
#include "ktap.h"
#include <sys/stat.h>

static long read_from(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	long n = fd < 0 ? -1 : read(fd, buf, size);

	close(fd);
	return n;
}

static long write_to(const char *path, const char *buf, size_t size)
{
	int fd = open(path, O_WRONLY);
	long n = fd < 0 ? -1 : write(fd, buf, size);
	int error = errno;

	close(fd);
	errno = error;
	return n;
}

int main(void)
{
	char buf[64], other[64], zero[64] = "";
	struct stat st;
	char *map;
	int fd;

	plan(13);
	same(read_from("/dev/null", buf, 10), 0, "null: end of file");
	same(write_to("/dev/null", buf, 10), 10, "null: takes everything");
	memset(buf, 1, sizeof(buf));
	same(read_from("/dev/zero", buf, 64), 64, "zero: gives");
	ok(!memcmp(buf, zero, 64), "zeroes");
	same(write_to("/dev/zero", buf, 10), 10, "zero: takes everything");
	fd = open("/dev/zero", O_RDWR);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ok(map != MAP_FAILED && map[5] == 0 && (map[5] = 1), "zero: can be mapped");
	same(read_from("/dev/full", buf, 64), 64, "full: gives zeroes");
	fails(write_to("/dev/full", buf, 10), ENOSPC, "full: ENOSPC");
	same(read_from("/dev/urandom", buf, 64), 64, "urandom: gives");
	same(read_from("/dev/urandom", other, 64), 64, "and again");
	ok(memcmp(buf, other, 64) && memcmp(buf, zero, 64), "something else");
	same(read_from("/dev/random", buf, 16), 16, "random: gives");
	need(stat("/dev/null", &st) == 0);
	ok(S_ISCHR(st.st_mode) && st.st_rdev == 0x103, "null is character device 1, 3");
	return done();
}
