/*
 * open.c - open(2) and its relatives.
 *
 * The struct file is allocated before the walk, so that running out of memory cannot leave a file
 * made but not opened. What the object's kind and mode allow is asked in may_open(), except for a
 * file that this very call has made: its mode does not bind its maker.
 */
#include "internal.h"

/* O_ACCMODE to permissions; 3 means "both are asked for and neither is used", open(2), NOTES. */
static int access_mask(int flags)
{
	static const int mask[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };

	return mask[flags & O_ACCMODE] | ((flags & O_TRUNC) ? MAY_WRITE : 0);
}

static int may_open_device(const struct path *path)
{
	return (READ_ONCE(path->mnt->mnt_flags) & MS_NODEV) ? -EACCES : 0;
}

/* May the object be opened with @flags? open(2), ERRORS. */
static int may_open(const struct path *path, int flags)
{
	struct inode *inode = path->dentry->d_inode;
	int mask = access_mask(flags), err = 0;

	switch (inode->i_mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if ((mask & MAY_WRITE) || (flags & O_CREAT))
			return -EISDIR;
		break;
	case S_IFREG:
		if (mask & MAY_WRITE)
			err = mnt_want_write(path->mnt);
		break;
	case S_IFCHR:
	case S_IFBLK:
		err = may_open_device(path);
		break;
	}
	if (!err)
		err = inode_permission(inode, mask);
	if (!err && (flags & O_NOATIME) && !inode_owner_or_capable(inode))
		err = -EPERM;
	return err;
}

/* Whose operations an object of this kind has; NULL: it cannot be opened (-ENXIO). */
static const struct file_operations *inode_fops(const struct inode *inode)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFCHR:
		return chrdev_fops(inode->i_rdev);
	case S_IFBLK:
	case S_IFSOCK:
		return NULL;
	default:
		return inode->i_fop;
	}
}

static const struct file_operations path_file_operations;	/* O_PATH: none */

/* Make @file lead to @path. On an error the caller still has to fput() it. */
static int vfs_open(struct file *file, const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	int err = 0;

	path_get(path);
	file->f_path = *path;
	file->f_inode = inode;
	if (file->f_flags & O_PATH) {
		file->f_mode = FMODE_PATH;
		file->f_op = &path_file_operations;
		return 0;
	}
	file->f_op = inode_fops(inode);
	if (!file->f_op)
		return -ENXIO;
	if (file->f_flags & O_DIRECT)
		return -EINVAL;
	if (file->f_op->open)
		err = file->f_op->open(inode, file);
	if (err)
		return err;
	file->f_mode |= FMODE_OPENED;
	if (file->f_op->llseek && file->f_op->llseek != no_llseek)
		file->f_mode |= FMODE_LSEEK;
	file->f_flags &= ~(unsigned int)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	return 0;
}

struct file *dentry_open(const struct path *path, int flags)
{
	struct file *file = alloc_empty_file((unsigned int)flags);
	int err = file ? vfs_open(file, path) : -ENOMEM;

	if (err && file)
		fput(file);
	return err ? ERR_PTR(err) : file;
}

/* ---- O_CREAT ---- */

/* A new regular file as the last component; its dentry. (i) of the directory held. */
static struct dentry *create_last(struct nameidata *nd, mode_t mode)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *dentry;
	int err = may_create(&nd->path);

	if (!err && !dir->i_op->create)
		err = -EACCES;
	if (err)
		return ERR_PTR(err);
	dentry = d_alloc(nd->path.dentry, nd->last.name, nd->last.len);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	mode &= S_IALLUGO & ~READ_ONCE(current->fs->umask);
	err = dir->i_op->create(dir, dentry, mode | S_IFREG, 0);
	if (!err)
		return dentry;
	dput(dentry);
	return ERR_PTR(err);
}

/* Step onto the last component, making it if it is not there. 1: a link's text is to be walked. */
static int open_or_create_last(struct nameidata *nd, int flags, mode_t mode, bool *created)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *dentry;

	mutex_lock(&dir->i_lock);
	dentry = lookup_locked(nd->path.dentry, &nd->last);
	if (!dentry) {
		dentry = create_last(nd, mode);
		*created = !IS_ERR(dentry);
	}
	mutex_unlock(&dir->i_lock);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	if (!*created && (flags & O_EXCL)) {
		dput(dentry);
		return -EEXIST;
	}
	return step_into(nd, dentry, !(flags & O_NOFOLLOW));
}

static int walk_and_create(struct nameidata *nd, int flags, mode_t mode, bool *created)
{
	int err;

	do {
		err = link_path_walk(nd);
		if (!err && (nd->last_type != LAST_NORM || nd->slashes))
			err = (flags & O_EXCL) && nd->last_type != LAST_NORM ? -EEXIST : -EISDIR;
		if (!err)
			err = open_or_create_last(nd, flags, mode, created);
	} while (err > 0);
	return err;
}

/* ---- the whole ---- */

/* Flags that contradict each other; drops what does not count beside O_PATH. */
static int check_open_flags(int *flags)
{
	if (*flags & __O_TMPFILE) {
		if ((*flags & O_TMPFILE) != O_TMPFILE || !(access_mask(*flags) & MAY_WRITE))
			return -EINVAL;
		return -EOPNOTSUPP;
	}
	if ((*flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	if (*flags & O_PATH)
		*flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	return 0;
}

static int open_walked(struct nameidata *nd, struct file *file, int flags, bool created)
{
	int err = 0;

	if (!created && !(flags & O_PATH))
		err = may_open(&nd->path, flags);
	if (!err)
		err = vfs_open(file, &nd->path);
	if (!err && !created && (flags & O_TRUNC) && S_ISREG(file->f_inode->i_mode))
		err = do_truncate(&nd->path, 0);
	return err;
}

struct file *do_filp_open(int dfd, const char *name, int flags, mode_t mode)
{
	struct nameidata nd;
	struct file *file;
	unsigned int lookup;
	bool created = false;
	int err = check_open_flags(&flags);

	if (err)
		return ERR_PTR(err);
	file = alloc_empty_file((unsigned int)flags & ~(unsigned int)O_CLOEXEC);
	if (!file)
		return ERR_PTR(-ENOMEM);
	lookup = ((flags & O_NOFOLLOW) ? 0 : LOOKUP_FOLLOW) | ((flags & O_DIRECTORY) ? LOOKUP_DIRECTORY : 0);
	err = nd_start(&nd, dfd, name, lookup);
	if (!err)
		err = (flags & O_CREAT) ? walk_and_create(&nd, flags, mode, &created) : path_lookupat(&nd);
	if (!err)
		err = open_walked(&nd, file, flags, created);
	nd_end(&nd);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

struct file *filp_open(const char *name, int flags, mode_t mode)
{
	return do_filp_open(AT_FDCWD, name, flags, mode);
}

long do_sys_open(int dfd, const char __user *name, int flags, mode_t mode)
{
	char *kname = getname(name, 0);
	struct file *file;
	int fd;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	fd = get_unused_fd_flags((unsigned int)flags);
	if (fd >= 0) {
		file = do_filp_open(dfd, kname, flags, mode);
		if (IS_ERR(file)) {
			put_unused_fd((unsigned int)fd);
			fd = (int)PTR_ERR(file);
		} else {
			fd_install((unsigned int)fd, file);
		}
	}
	putname(kname);
	return fd;
}

long sys_openat(int dfd, const char __user *name, int flags, mode_t mode)
{
	return do_sys_open(dfd, name, flags & O_PATH ? flags : flags | O_LARGEFILE, mode);
}

long sys_open(const char __user *name, int flags, mode_t mode)
{
	return sys_openat(AT_FDCWD, name, flags, mode);
}

long sys_creat(const char __user *name, mode_t mode)
{
	return sys_openat(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
