/*
 * xattr.c - extended attributes of files, which no file system here keeps: xattr(7).
 *
 * Programs ask for them in passing: cp and install copy them, ls and stat look for access control lists.
 * A list is empty; an attribute asked for by name gives EOPNOTSUPP, after the file has been looked up and the
 * arguments have been found to be sensible.
 */
#include "internal.h"

/* The attribute's name: ERANGE if it is empty or too long. */
static int check_name(const char __user *user)
{
	char name[XATTR_NAME_MAX + 1];
	long len = strncpy_from_user(name, user, sizeof(name));

	if (len < 0)
		return (int)len;
	return len == 0 || len == sizeof(name) ? -ERANGE : -EOPNOTSUPP;
}

static int check_set(const char __user *name, size_t size, int flags)
{
	int err;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = check_name(name);
	return err == -EOPNOTSUPP && size > XATTR_SIZE_MAX ? -E2BIG : err;
}

/* @result if there is such a file. */
static long with_path(const char __user *name, unsigned int lookup, int result)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, lookup, &path);

	if (err)
		return err;
	path_put(&path);
	return result;
}

static long with_fd(int fd, int result)
{
	struct fd f = fdget((unsigned int)fd);

	if (!f.file)
		return -EBADF;
	fdput(f);
	return result;
}

long sys_setxattr(const char __user *file, const char __user *name, const void __user *value, size_t size, int flags)
{
	return with_path(file, LOOKUP_FOLLOW, check_set(name, size, flags));
}

long sys_lsetxattr(const char __user *file, const char __user *name, const void __user *value, size_t size, int flags)
{
	return with_path(file, 0, check_set(name, size, flags));
}

long sys_fsetxattr(int fd, const char __user *name, const void __user *value, size_t size, int flags)
{
	return with_fd(fd, check_set(name, size, flags));
}

long sys_getxattr(const char __user *file, const char __user *name, void __user *value, size_t size)
{
	return with_path(file, LOOKUP_FOLLOW, check_name(name));
}

long sys_lgetxattr(const char __user *file, const char __user *name, void __user *value, size_t size)
{
	return with_path(file, 0, check_name(name));
}

long sys_fgetxattr(int fd, const char __user *name, void __user *value, size_t size)
{
	return with_fd(fd, check_name(name));
}

long sys_listxattr(const char __user *file, char __user *list, size_t size)
{
	return with_path(file, LOOKUP_FOLLOW, 0);
}

long sys_llistxattr(const char __user *file, char __user *list, size_t size)
{
	return with_path(file, 0, 0);
}

long sys_flistxattr(int fd, char __user *list, size_t size)
{
	return with_fd(fd, 0);
}

long sys_removexattr(const char __user *file, const char __user *name)
{
	return with_path(file, LOOKUP_FOLLOW, check_name(name));
}

long sys_lremovexattr(const char __user *file, const char __user *name)
{
	return with_path(file, 0, check_name(name));
}

long sys_fremovexattr(int fd, const char __user *name)
{
	return with_fd(fd, check_name(name));
}
