/* Extended attributes, where the file system keeps none of users: xattr(7). */
#include "ktap.h"
#include <sys/xattr.h>

int main(void)
{
	static char name[400] = "user.";
	const char *path = tmp_name(".file"), *link = tmp_name(".link");
	char value[16];
	int fd;

	unlink(path);
	unlink(link);
	fd = tmp_file(path, "x", 1);
	need(symlink("nowhere", link) == 0);
	memset(name + 5, 'n', sizeof(name) - 6);
	plan(16);
	fails(getxattr(path, "user.x", value, sizeof(value)), EOPNOTSUPP, "getxattr: EOPNOTSUPP");
	fails(fgetxattr(fd, "user.x", NULL, 0), EOPNOTSUPP, "fgetxattr: EOPNOTSUPP");
	fails(setxattr(path, "user.x", "1", 1, 0), EOPNOTSUPP, "setxattr: EOPNOTSUPP");
	fails(fsetxattr(fd, "user.x", "1", 1, XATTR_CREATE), EOPNOTSUPP, "fsetxattr: EOPNOTSUPP");
	fails(removexattr(path, "user.x"), EOPNOTSUPP, "removexattr: EOPNOTSUPP");
	same(listxattr(path, NULL, 0), 0, "listxattr: none");
	same(flistxattr(fd, value, sizeof(value)), 0, "flistxattr: none");
	same(llistxattr(link, NULL, 0), 0, "of a link: none");
	fails(listxattr(link, NULL, 0), ENOENT, "of what the link names: ENOENT");
	fails(getxattr("/none", "user.x", NULL, 0), ENOENT, "no file: ENOENT");
	fails(flistxattr(-1, NULL, 0), EBADF, "no descriptor: EBADF");
	fails(getxattr(path, "", NULL, 0), ERANGE, "an empty name: ERANGE");
	fails(getxattr(path, name, NULL, 0), ERANGE, "a name that is too long: ERANGE");
	fails(getxattr(path, (char *)8, NULL, 0), EFAULT, "a bad pointer: EFAULT");
	fails(setxattr(path, "user.x", "1", 1, 8), EINVAL, "an unknown flag: EINVAL");
	fails(setxattr(path, "user.x", "1", 70000, 0), E2BIG, "a value that is too long: E2BIG");
	unlink(link);
	unlink(path);
	return done();
}
