/*
 * namei_sys.c - system calls that change directories, and the same for the kernel's own use.
 */
#include "internal.h"

/* Run @call with a name from user space in kernel memory. */
#define WITH_NAME(user, kname, call) ({ \
	char *kname = getname(user, 0); \
	long _ret = PTR_ERR(kname); \
	if (!IS_ERR(kname)) { \
		_ret = (call); \
		putname(kname); \
	} \
	_ret; })

long sys_mkdirat(int dfd, const char __user *name, mode_t mode)
{
	return WITH_NAME(name, kname, do_mkdirat(dfd, kname, mode));
}

long sys_mkdir(const char __user *name, mode_t mode)
{
	return sys_mkdirat(AT_FDCWD, name, mode);
}

/* mknod(2): which kinds of objects it makes. */
static int may_mknod(mode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

long sys_mknodat(int dfd, const char __user *name, mode_t mode, unsigned int dev)
{
	int err = may_mknod(mode);

	if (err)
		return err;
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	return WITH_NAME(name, kname, do_mknodat(dfd, kname, mode, decode_dev(dev)));
}

long sys_mknod(const char __user *name, mode_t mode, unsigned int dev)
{
	return sys_mknodat(AT_FDCWD, name, mode, dev);
}

long sys_symlinkat(const char __user *target, int dfd, const char __user *name)
{
	return WITH_NAME(target, ktarget, WITH_NAME(name, kname, do_symlinkat(ktarget, dfd, kname)));
}

long sys_symlink(const char __user *target, const char __user *name)
{
	return sys_symlinkat(target, AT_FDCWD, name);
}

long sys_linkat(int olddfd, const char __user *old, int newdfd, const char __user *name, int flags)
{
	unsigned int lookup = 0;
	struct path path;
	long ret;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH) && !capable(CAP_DAC_READ_SEARCH))
		return -ENOENT;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	if (flags & AT_SYMLINK_FOLLOW)
		lookup |= LOOKUP_FOLLOW;
	ret = user_path_at(olddfd, old, lookup, &path);
	if (ret)
		return ret;
	ret = WITH_NAME(name, kname, do_linkat(&path, newdfd, kname));
	path_put(&path);
	return ret;
}

long sys_link(const char __user *old, const char __user *name)
{
	return sys_linkat(AT_FDCWD, old, AT_FDCWD, name, 0);
}

long sys_unlink(const char __user *name)
{
	return WITH_NAME(name, kname, do_unlinkat(AT_FDCWD, kname));
}

long sys_rmdir(const char __user *name)
{
	return WITH_NAME(name, kname, do_rmdirat(AT_FDCWD, kname));
}

long sys_unlinkat(int dfd, const char __user *name, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	if (flags & AT_REMOVEDIR)
		return WITH_NAME(name, kname, do_rmdirat(dfd, kname));
	return WITH_NAME(name, kname, do_unlinkat(dfd, kname));
}

long sys_renameat2(int olddfd, const char __user *old, int newdfd, const char __user *name, unsigned int flags)
{
	return WITH_NAME(old, kold, WITH_NAME(name, kname, do_renameat(olddfd, kold, newdfd, kname, flags)));
}

long sys_renameat(int olddfd, const char __user *old, int newdfd, const char __user *name)
{
	return sys_renameat2(olddfd, old, newdfd, name, 0);
}

long sys_rename(const char __user *old, const char __user *name)
{
	return sys_renameat2(AT_FDCWD, old, AT_FDCWD, name, 0);
}

/* ---- for the kernel: initramfs and device nodes; the modes are taken as they are ---- */

/* Set exactly the permission bits @mode, whatever the umask made of them. */
static int kern_chmod(const char *name, mode_t mode)
{
	struct path path;
	int err = kern_path(name, 0, &path);

	if (err)
		return err;
	if (!S_ISLNK(path.dentry->d_inode->i_mode))
		err = do_fchmod(&path, mode & S_IALLUGO);
	path_put(&path);
	return err;
}

int kern_mkdir(const char *name, mode_t mode)
{
	int err = do_mkdirat(AT_FDCWD, name, mode);

	return err ? err : kern_chmod(name, mode);
}

int kern_mknod(const char *name, mode_t mode, dev_t dev)
{
	int err = do_mknodat(AT_FDCWD, name, mode, dev);

	return err ? err : kern_chmod(name, mode);
}

int kern_symlink(const char *name, const char *target)
{
	return do_symlinkat(target, AT_FDCWD, name);
}

int kern_link(const char *old, const char *name)
{
	struct path path;
	int err = kern_path(old, 0, &path);

	if (err)
		return err;
	err = do_linkat(&path, AT_FDCWD, name);
	path_put(&path);
	return err;
}

int kern_unlink(const char *name)
{
	return do_unlinkat(AT_FDCWD, name);
}

int kern_chown_chmod(const char *name, uid_t uid, gid_t gid, mode_t mode, u32 mtime)
{
	struct path path;
	struct inode *inode;
	int err = kern_path(name, 0, &path);

	if (err)
		return err;
	err = do_fchown(&path, uid, gid);
	inode = path.dentry->d_inode;
	if (!err && !S_ISLNK(inode->i_mode))
		err = do_fchmod(&path, mode & S_IALLUGO);
	mutex_lock(&inode->i_lock);
	inode->i_mtime = (struct __kernel_timespec){ .tv_sec = mtime };
	mutex_unlock(&inode->i_lock);
	path_put(&path);
	return err;
}
