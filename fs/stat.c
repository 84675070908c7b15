/*
 * stat.c - what is known about a file: the stat(2) family, statx(2), readlink(2), statfs(2).
 */
#include "internal.h"

static void vfs_getattr(const struct path *path, struct kstat *stat)
{
	struct inode *inode = path->dentry->d_inode;

	if (inode->i_op->getattr)
		inode->i_op->getattr(inode, stat);
	else
		generic_fillattr(inode, stat);
}

/* The attributes of what *at() arguments name. Only a descriptor: no walk. */
static int vfs_fstatat(int dfd, const char __user *name, int flags, struct kstat *stat)
{
	unsigned int lookup = (flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, name, lookup, &path);
	if (err)
		return err;
	vfs_getattr(&path, stat);
	path_put(&path);
	return 0;
}

static long copy_stat(const struct kstat *k, struct stat __user *user)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	st.st_dev = encode_dev(k->dev);
	st.st_ino = k->ino;
	st.st_nlink = k->nlink;
	st.st_mode = k->mode;
	st.st_uid = k->uid;
	st.st_gid = k->gid;
	st.st_rdev = encode_dev(k->rdev);
	st.st_size = (long)k->size;
	st.st_blksize = k->blksize;
	st.st_blocks = (long)k->blocks;
	st.st_atime = (unsigned long)k->atime.tv_sec;
	st.st_atime_nsec = (unsigned long)k->atime.tv_nsec;
	st.st_mtime = (unsigned long)k->mtime.tv_sec;
	st.st_mtime_nsec = (unsigned long)k->mtime.tv_nsec;
	st.st_ctime = (unsigned long)k->ctime.tv_sec;
	st.st_ctime_nsec = (unsigned long)k->ctime.tv_nsec;
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

long sys_newfstatat(int dfd, const char __user *name, struct stat __user *user, int flags)
{
	struct kstat stat;
	int err = vfs_fstatat(dfd, name, flags, &stat);

	return err ? err : copy_stat(&stat, user);
}

long sys_stat(const char __user *name, struct stat __user *user)
{
	return sys_newfstatat(AT_FDCWD, name, user, 0);
}

long sys_lstat(const char __user *name, struct stat __user *user)
{
	return sys_newfstatat(AT_FDCWD, name, user, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(unsigned int fd, struct stat __user *user)
{
	struct fd f = fdget_raw(fd);
	struct kstat stat;

	if (!f.file)
		return -EBADF;
	vfs_getattr(&f.file->f_path, &stat);
	fdput(f);
	return copy_stat(&stat, user);
}

static struct statx_timestamp statx_time(const struct __kernel_timespec *ts)
{
	return (struct statx_timestamp){ .tv_sec = ts->tv_sec, .tv_nsec = (u32)ts->tv_nsec };
}

long sys_statx(int dfd, const char __user *name, unsigned int flags, unsigned int mask, struct statx __user *user)
{
	struct kstat k;
	struct statx stx;
	int err;

	if ((mask & STATX__RESERVED) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = vfs_fstatat(dfd, name, (int)flags, &k);
	if (err)
		return err;
	memset(&stx, 0, sizeof(stx));
	stx.stx_mask = STATX_BASIC_STATS;
	stx.stx_blksize = k.blksize;
	stx.stx_nlink = k.nlink;
	stx.stx_uid = k.uid;
	stx.stx_gid = k.gid;
	stx.stx_mode = (u16)k.mode;
	stx.stx_ino = k.ino;
	stx.stx_size = k.size;
	stx.stx_blocks = k.blocks;
	stx.stx_atime = statx_time(&k.atime);
	stx.stx_mtime = statx_time(&k.mtime);
	stx.stx_ctime = statx_time(&k.ctime);
	stx.stx_rdev_major = MAJOR(k.rdev);
	stx.stx_rdev_minor = MINOR(k.rdev);
	stx.stx_dev_major = MAJOR(k.dev);
	stx.stx_dev_minor = MINOR(k.dev);
	return copy_to_user(user, &stx, sizeof(stx)) ? -EFAULT : 0;
}

/* ---- readlink(2) ---- */

static long read_link(const struct path *path, char __user *user, int size)
{
	struct inode *inode = path->dentry->d_inode;
	char *buf;
	long len;

	if (!inode->i_op->readlink)
		return -EINVAL;
	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	len = inode->i_op->readlink(path->dentry, buf);
	len = min(len, (long)size);
	if (len > 0 && copy_to_user(user, buf, (unsigned long)len))
		len = -EFAULT;
	kfree(buf);
	return len;
}

long sys_readlinkat(int dfd, const char __user *name, char __user *buf, int size)
{
	char *kname;
	struct path path;
	long ret;

	if (size <= 0)
		return -EINVAL;
	kname = getname(name, LOOKUP_EMPTY);
	if (IS_ERR(kname))
		return PTR_ERR(kname);
	ret = filename_lookup(dfd, kname, LOOKUP_EMPTY, &path);
	if (!ret) {
		ret = read_link(&path, buf, size);
		path_put(&path);
	}
	/* "" is for descriptors of links; for anything else it is just an empty name. */
	if (ret == -EINVAL && !*kname)
		ret = -ENOENT;
	putname(kname);
	return ret;
}

long sys_readlink(const char __user *name, char __user *buf, int size)
{
	return sys_readlinkat(AT_FDCWD, name, buf, size);
}

/* ---- statfs(2) ---- */

/* statfs(2), f_flags: beside the MS_* with the same values. Not in the uapi headers. */
#define ST_VALID	0x0020
#define ST_RELATIME	0x1000
#define ST_MOUNT_FLAGS	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static bool holds_pages(const struct super_block *sb)
{
	return sb->s_type->kill_sb == kill_pinned_super;
}

static long copy_statfs(const struct path *path, struct statfs __user *user)
{
	const struct super_block *sb = path->mnt->mnt_sb;
	const struct ramfs_sb_info *info = holds_pages(sb) ? sb->s_private : NULL;
	struct statfs st;

	memset(&st, 0, sizeof(st));
	st.f_type = sb->s_type->magic;
	st.f_bsize = st.f_frsize = PAGE_SIZE;
	st.f_namelen = NAME_MAX;
	st.f_flags = (long)(READ_ONCE(path->mnt->mnt_flags) & ST_MOUNT_FLAGS) | ST_VALID | ST_RELATIME;
	if (info && info->max_pages) {
		long used = atomic64_read(&info->used_pages);

		st.f_blocks = (long)info->max_pages;
		st.f_bfree = st.f_bavail = max(st.f_blocks - used, 0L);
	}
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

long sys_statfs(const char __user *name, struct statfs __user *user)
{
	struct path path;
	long ret = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (ret)
		return ret;
	ret = copy_statfs(&path, user);
	path_put(&path);
	return ret;
}

long sys_fstatfs(unsigned int fd, struct statfs __user *user)
{
	struct fd f = fdget_raw(fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = copy_statfs(&f.file->f_path, user);
	fdput(f);
	return ret;
}
