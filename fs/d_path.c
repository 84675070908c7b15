/*
 * d_path.c - from an object back to a name: d_path() and getcwd(2).
 *
 * The name is written backwards into the end of a buffer, from the object up to the root of the
 * running task, across mounts. Locks: mount_lock and dcache_lock, so that the way does not change.
 */
#include "internal.h"

#define DELETED " (deleted)"

/* Put @len bytes in front of *at; false when @buf is full. */
static bool prepend(char *buf, char **at, const char *text, size_t len)
{
	if ((size_t)(*at - buf) < len)
		return false;
	*at -= len;
	memcpy(*at, text, len);
	return true;
}

/* 0: all the way to @root; 1: to the top of the tree without meeting it; -ENAMETOOLONG. */
static int prepend_path(struct path at, const struct path *root, char *buf, char **out)
{
	char *end = *out;
	int ret = 0;

	spin_lock(&mount_lock);
	spin_lock(&dcache_lock);
	while (!path_equal(&at, root)) {
		if (at.dentry == at.mnt->mnt_root || d_is_root(at.dentry)) {
			if (at.dentry != at.mnt->mnt_root || !at.mnt->mnt_parent) {
				ret = 1;
				break;
			}
			at = (struct path){ at.mnt->mnt_parent, at.mnt->mnt_mountpoint };
			continue;
		}
		if (!prepend(buf, out, at.dentry->d_name, at.dentry->d_len) || !prepend(buf, out, "/", 1)) {
			ret = -ENAMETOOLONG;
			break;
		}
		at.dentry = at.dentry->d_parent;
	}
	spin_unlock(&dcache_lock);
	spin_unlock(&mount_lock);
	if (ret >= 0 && *out == end && !prepend(buf, out, "/", 1))
		ret = -ENAMETOOLONG;
	return ret;
}

static bool d_deleted(const struct dentry *dentry)
{
	return d_unhashed(dentry) && !d_is_root(dentry);
}

char *d_path(const struct path *path, char *buf, int size)
{
	void (*dname)(const struct dentry *, char *, size_t) = path->dentry->d_sb->s_type->dname;
	char *at = buf + size - 1;
	struct path root;
	int err;

	if (size <= 0)
		return ERR_PTR(-ENAMETOOLONG);
	if (dname) {
		dname(path->dentry, buf, (size_t)size);
		return buf;
	}
	*at = '\0';
	if (d_deleted(path->dentry) && !prepend(buf, &at, DELETED, sizeof(DELETED) - 1))
		return ERR_PTR(-ENAMETOOLONG);
	get_fs_root(&root);
	err = prepend_path(*path, &root, buf, &at);
	path_put(&root);
	return err < 0 ? ERR_PTR(err) : at;
}

char *dentry_path(const struct dentry *dentry, char *buf, int size)
{
	char *at = buf + size - 1;
	bool fits = true;

	*at = '\0';
	spin_lock(&dcache_lock);
	for (; fits && !d_is_root(dentry); dentry = dentry->d_parent)
		fits = prepend(buf, &at, dentry->d_name, dentry->d_len) && prepend(buf, &at, "/", 1);
	spin_unlock(&dcache_lock);
	if (fits && *at == '\0')
		fits = prepend(buf, &at, "/", 1);
	return fits ? at : ERR_PTR(-ENAMETOOLONG);
}

/* The working directory into @buf of PATH_MAX bytes: its beginning, or ERR_PTR. */
static char *cwd_name(char *buf)
{
	char *at = buf + PATH_MAX - 1;
	struct path root, pwd;
	int err = -ENOENT;

	get_fs_root(&root);
	get_fs_pwd(&pwd);
	*at = '\0';
	if (!d_deleted(pwd.dentry))
		err = prepend_path(pwd, &root, buf, &at);
	if (err == 1 && !prepend(buf, &at, "(unreachable)", 13))
		err = -ENAMETOOLONG;
	path_put(&pwd);
	path_put(&root);
	return err < 0 ? ERR_PTR(err) : at;
}

/* Returns the length with the null, as the kernel's interface does; getcwd(2), NOTES. */
long sys_getcwd(char __user *buf, unsigned long size)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL), *name;
	unsigned long len;
	long ret;

	if (!page)
		return -ENOMEM;
	name = cwd_name(page);
	if (IS_ERR(name)) {
		ret = PTR_ERR(name);
	} else {
		len = (unsigned long)(page + PATH_MAX - name);
		if (len > size)
			ret = -ERANGE;
		else
			ret = copy_to_user(buf, name, len) ? -EFAULT : (long)len;
	}
	kfree(page);
	return ret;
}
