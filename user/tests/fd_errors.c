/* The errors of calls on descriptors and paths. */
#include "ktap.h"
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

int main(void)
{
	const char *path = tmp_name("");
	char name[300], byte;
	int fd = tmp_file(path, "x", 1), read_only = open(path, O_RDONLY), i;
	struct rlimit limit;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	plan(22);
	fails(read(99, &byte, 1), EBADF, "read of a closed descriptor: EBADF");
	fails(write(read_only, "y", 1), EBADF, "write to one open for reading: EBADF");
	fails(close(99), EBADF, "close of a closed one: EBADF");
	fails(dup2(99, 5), EBADF, "dup2 of a closed one: EBADF");
	fails(dup2(fd, -1), EBADF, "dup2 to -1: EBADF");
	fails(dup3(fd, fd, 0), EINVAL, "dup3 onto itself: EINVAL");
	fails(fcntl(fd, 9999), EINVAL, "unknown fcntl: EINVAL");
	fails(lseek(fd, -5, SEEK_SET), EINVAL, "lseek below zero: EINVAL");
	fails(lseek(fd, 0, 77), EINVAL, "lseek from nowhere: EINVAL");
	fails(ioctl(fd, 0x5401, &byte), ENOTTY, "TCGETS of a file: ENOTTY");
	fails(open("/tmp/none/x", O_RDONLY), ENOENT, "no such folder: ENOENT");
	fails(open("/proc/version/x", O_RDONLY), ENOTDIR, "a file used as folder: ENOTDIR");
	fails(open(path, O_RDONLY | O_DIRECTORY), ENOTDIR, "O_DIRECTORY of a file: ENOTDIR");
	fails(open(path, O_CREAT | O_EXCL, 0600), EEXIST, "O_EXCL of what exists: EEXIST");
	fails(open("/tmp", O_WRONLY), EISDIR, "writing to a folder: EISDIR");
	fails(open(name, O_RDONLY), ENAMETOOLONG, "a name of 299 bytes: ENAMETOOLONG");
	fails(mkdir("/tmp", 0755), EEXIST, "mkdir of what exists: EEXIST");
	fails(rmdir("/"), EBUSY, "rmdir of the root: EBUSY");
	fails(chdir(path), ENOTDIR, "chdir to a file: ENOTDIR");
	fails(readlink(path, name, 10), EINVAL, "readlink of a file: EINVAL");

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 20;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (i = 0; i < 30 && dup(fd) >= 0; i++)
		;
	same(errno, EMFILE, "more than RLIMIT_NOFILE: EMFILE");
	fails(dup2(fd, 20), EBADF, "dup2 to its number: EBADF");
	unlink(path);
	return done();
}
