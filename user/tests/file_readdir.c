/* Folders: every name once, "." and "..", small buffers, deleting while reading, rewinding. */
#include "ktap.h"
#include <dirent.h>
#include <sys/stat.h>

#define FILES 300

static char seen[FILES];

/* Read all of @d, deleting each file that is met if @remove; names outside of ours are counted as strange. */
static int read_all(DIR *d, int remove, int *dots)
{
	struct dirent *e;
	int count = 0, n;

	memset(seen, 0, sizeof(seen));
	*dots = 0;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) {
			++*dots;
			continue;
		}
		if (sscanf(e->d_name, "f%d", &n) != 1 || n < 0 || n >= FILES || seen[n]++ || e->d_type != DT_REG)
			return -1;
		count++;
		if (remove && unlink(e->d_name))
			return -2;
	}
	return count;
}

int main(void)
{
	const char *dir = tmp_name(".dir");
	char name[20], small[32];
	struct stat st;
	int dots;
	DIR *d;

	need(mkdir(dir, 0755) == 0 && chdir(dir) == 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		close(tmp_file(name, "", 0));
	}
	plan(9);
	d = opendir(".");
	need(d);
	same(read_all(d, 0, &dots), FILES, "every name once");
	same(dots, 2, "with . and ..");
	rewinddir(d);
	same(read_all(d, 0, &dots), FILES, "again after rewinding");
	rewinddir(d);
	same(read_all(d, 1, &dots), FILES, "every name once while each is deleted");
	rewinddir(d);
	same(read_all(d, 0, &dots), 0, "then none");
	lseek(dirfd(d), 0, SEEK_SET);
	fails(syscall(SYS_getdents64, dirfd(d), small, 10L), EINVAL, "a buffer too small for one name: EINVAL");
	closedir(d);
	need(stat(".", &st) == 0);
	ok(S_ISDIR(st.st_mode), "the folder is still there");
	d = opendir(".");
	need(d && chdir("/tmp") == 0 && rmdir(dir) == 0);
	ok(!readdir(d), "an open folder that was removed has nothing");
	closedir(d);
	fails(chdir(dir), ENOENT, "and no name");
	return done();
}
