/* rename(2): over a file, over an empty folder, of a folder into itself, of an open file. */
#include "ktap.h"
#include <sys/stat.h>

static void put(const char *path, const char *text)
{
	close(tmp_file(path, text, strlen(text)));
}

static int holds(const char *path, char first)
{
	char c = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c == first;
}

int main(void)
{
	const char *dir = tmp_name(".dir");
	char c;
	int fd;

	need(mkdir(dir, 0755) == 0 && chdir(dir) == 0);
	plan(20);
	put("a", "A");
	put("b", "B");
	fd = open("b", O_RDONLY);
	same(rename("a", "c"), 0, "to a new name");
	ok(holds("c", 'A') && access("a", F_OK) == -1, "the old one is gone");
	same(rename("c", "b"), 0, "over a file");
	ok(holds("b", 'A'), "which is replaced");
	ok(read(fd, &c, 1) == 1 && c == 'B', "who had the old one open keeps it");
	same(rename("b", "b"), 0, "onto itself is nothing");
	need(link("b", "b2") == 0);
	same(rename("b", "b2"), 0, "onto another link of the same file is nothing");
	ok(holds("b", 'A') && holds("b2", 'A'), "both names stay");
	need(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0 && mkdir("d/sub", 0755) == 0);
	same(rename("d", "e"), 0, "a folder over an empty folder");
	same(access("e/sub", F_OK), 0, "with what is in it");
	need(mkdir("d", 0755) == 0);
	fails(rename("d", "e"), ENOTEMPTY, "over one that is not empty: ENOTEMPTY");
	fails(rename("e", "e/sub/x"), EINVAL, "into itself: EINVAL");
	fails(rename("b", "d"), EISDIR, "a file over a folder: EISDIR");
	fails(rename("d", "b"), ENOTDIR, "a folder over a file: ENOTDIR");
	fails(rename("none", "x"), ENOENT, "what does not exist: ENOENT");
	fails(rename("b", "none/x"), ENOENT, "into a folder that does not exist: ENOENT");
	fails(rmdir("e"), ENOTEMPTY, "rmdir of a folder that is not empty: ENOTEMPTY");
	fails(unlink("d"), EISDIR, "unlink of a folder: EISDIR");
	fails(rmdir("b"), ENOTDIR, "rmdir of a file: ENOTDIR");
	need(unlink("b") == 0 && unlink("b2") == 0 && rmdir("d") == 0 && rmdir("e/sub") == 0 && rmdir("e") == 0);
	need(chdir("/tmp") == 0);
	same(rmdir(dir), 0, "all is cleared away");
	return done();
}
