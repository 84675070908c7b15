/* Files in memory: write, read, holes, append, truncate, seek, links, modes, unlinked but open. */
#include "ktap.h"
#include <sys/stat.h>

static const char *path, *link_path;

static void check_links(int fd)
{
	struct stat st, st2;
	char target[200];

	need(fstat(fd, &st) == 0);
	same(st.st_nlink, 1, "a new file has one link");
	need(link(path, link_path) == 0);
	need(stat(link_path, &st2) == 0);
	ok(st2.st_nlink == 2 && st2.st_ino == st.st_ino && st2.st_dev == st.st_dev, "a hard link is the same file");
	fails(link(path, link_path), EEXIST, "link to a name in use: EEXIST");
	need(unlink(link_path) == 0);
	need(symlink(path, link_path) == 0);
	same(readlink(link_path, target, sizeof(target)), strlen(path), "a symbolic link tells its target");
	need(lstat(link_path, &st2) == 0 && stat(link_path, &st) == 0);
	ok(S_ISLNK(st2.st_mode) && S_ISREG(st.st_mode), "lstat sees the link, stat the file");
	need(unlink(path) == 0);
	fails(open(link_path, O_RDONLY), ENOENT, "a link to nothing: ENOENT");
	need(unlink(link_path) == 0);
	need(symlink(link_path, link_path) == 0);
	fails(open(link_path, O_RDONLY), ELOOP, "a link to itself: ELOOP");
	need(unlink(link_path) == 0);
	need(fstat(fd, &st) == 0);
	same(st.st_nlink, 0, "an open file without a name has no links");
}

int main(void)
{
	char buf[PAGE] = "", zero[PAGE] = "";
	struct stat st;
	int fd, append;

	path = tmp_name(".file");
	link_path = tmp_name(".link");
	umask(022);
	plan(25);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
	need(fd >= 0);
	need(fstat(fd, &st) == 0);
	same(st.st_mode, S_IFREG | 0644, "the mode follows the umask");
	same(write(fd, "hello", 5), 5, "write");
	same(pwrite(fd, "world", 5, 10000), 5, "write far behind the end");
	need(fstat(fd, &st) == 0);
	same(st.st_size, 10005, "the size follows");
	same(pread(fd, buf, sizeof(buf), 5000), PAGE, "read the hole");
	ok(!memcmp(buf, zero, PAGE), "which is zeroes");
	same(pread(fd, buf, sizeof(buf), 10000), 5, "read at the end is short");
	same(pread(fd, buf, sizeof(buf), 20000), 0, "read behind the end is 0");
	append = open(path, O_WRONLY | O_APPEND);
	same(write(append, "!", 1), 1, "append");
	same(lseek(append, 0, SEEK_CUR), 10006, "moves behind the end");
	same(lseek(fd, 0, SEEK_CUR), 5, "the other offset stays");
	same(lseek(fd, -6, SEEK_END), 10000, "seek from the end");
	same(ftruncate(fd, 3), 0, "truncate");
	same(ftruncate(fd, 100), 0, "grow");
	same(pread(fd, buf, sizeof(buf), 0), 100, "read it all");
	ok(!memcmp(buf, "hel\0\0", 5), "what was cut off is zeroes");
	fails(ftruncate(fd, -1), EINVAL, "truncate to less than nothing: EINVAL");
	check_links(fd);
	return done();
}
