/*
 * attr.c - changing what is known about a file: size, mode, owner, times; and access(2).
 *
 * Each change runs under (i) of the object and asks mnt_want_write() first.
 */
#include "internal.h"

/* utimensat(2): instead of nanoseconds; not in the uapi headers. */
#define UTIME_NOW	((1L << 30) - 1)
#define UTIME_OMIT	((1L << 30) - 2)

/* The path that a *at() call names, with AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH in @flags. */
static int path_at_flags(int dfd, const char __user *name, int flags, struct path *path)
{
	unsigned int lookup = (flags & AT_SYMLINK_NOFOLLOW) ? 0 : LOOKUP_FOLLOW;

	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	return user_path_at(dfd, name, lookup, path);
}

/* ---- size ---- */

/* Growing is bound by RLIMIT_FSIZE; getrlimit(2). */
static int check_new_size(const struct inode *inode, u64 size)
{
	if (size <= inode->i_data.size)
		return 0;
	if (size > rlimit(RLIMIT_FSIZE)) {
		send_sig(SIGXFSZ, current, 0);
		return -EFBIG;
	}
	return size > MAX_FILE_SIZE ? -EFBIG : 0;
}

int do_truncate(const struct path *path, u64 size)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	if (!inode->i_op->truncate)
		return S_ISREG(inode->i_mode) ? 0 : -EINVAL;
	mutex_lock(&inode->i_lock);
	err = check_new_size(inode, size);
	if (!err) {
		if (!capable(CAP_FSETID))
			inode_remove_privs(inode);
		err = inode->i_op->truncate(inode, (loff_t)size);
	}
	mutex_unlock(&inode->i_lock);
	return err;
}

long sys_truncate(const char __user *name, loff_t length)
{
	struct path path;
	int err;

	if (length < 0)
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	if (S_ISDIR(path.dentry->d_inode->i_mode))
		err = -EISDIR;
	else if (!S_ISREG(path.dentry->d_inode->i_mode))
		err = -EINVAL;
	else
		err = inode_permission(path.dentry->d_inode, MAY_WRITE);
	if (!err)
		err = do_truncate(&path, (u64)length);
	path_put(&path);
	return err;
}

long sys_ftruncate(unsigned int fd, loff_t length)
{
	struct fd f;
	int err;

	if (length < 0)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	if (!S_ISREG(f.file->f_inode->i_mode) || !(f.file->f_mode & FMODE_WRITE))
		err = -EINVAL;
	else
		err = do_truncate(&f.file->f_path, (u64)length);
	fdput(f);
	return err;
}

static int do_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->f_inode;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(inode->i_mode))
		return -ESPIPE;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -ENODEV;
	if (len > MAX_FILE_SIZE - offset)
		return -EFBIG;
	if (inode->i_fop != &ramfs_file_operations)
		return -EOPNOTSUPP;
	mutex_lock(&inode->i_lock);
	err = (mode & FALLOC_FL_KEEP_SIZE) ? 0 : check_new_size(inode, (u64)(offset + len));
	if (!err)
		err = ramfs_fallocate(inode, mode, (u64)offset, (u64)len);
	mutex_unlock(&inode->i_lock);
	return err;
}

long sys_fallocate(int fd, int mode, loff_t offset, loff_t len)
{
	struct fd f = fdget((unsigned int)fd);
	int err;

	if (!f.file)
		return -EBADF;
	if (offset < 0 || len <= 0)
		err = -EINVAL;
	else if (mode & ~FALLOC_FL_KEEP_SIZE)
		err = -EOPNOTSUPP;
	else
		err = do_fallocate(f.file, mode, offset, len);
	fdput(f);
	return err;
}

/* ---- access(2): the question is asked for the real user ---- */

/*
 * Credentials as they would be if the effective ids were the real ones; NULL: they are already.
 * ERR_PTR without memory. capabilities(7): an ordinary real user has none, root all permitted ones.
 */
static struct cred *access_creds(void)
{
	const struct cred *cred = current_cred();
	struct cred *real;
	u64 caps = cred->uid == 0 ? cred->cap_permitted : 0;

	if (cred->fsuid == cred->uid && cred->fsgid == cred->gid && cred->cap_effective == caps)
		return NULL;
	real = prepare_creds();
	if (!real)
		return ERR_PTR(-ENOMEM);
	real->fsuid = real->uid;
	real->fsgid = real->gid;
	real->cap_effective = caps;
	return real;
}

static const struct cred *swap_creds(const struct cred *cred)
{
	const struct cred *old = current->cred;

	current->cred = cred;
	return old;
}

static int check_access(const struct path *path, int mode)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mode ? inode_permission(inode, mode) : 0;

	if (!err && (mode & MAY_EXEC) && S_ISREG(inode->i_mode) && (path->mnt->mnt_flags & MS_NOEXEC))
		err = -EACCES;
	if (!err && (mode & MAY_WRITE) && (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode)))
		err = mnt_want_write(path->mnt);
	return err;
}

long sys_faccessat2(int dfd, const char __user *name, int mode, int flags)
{
	const struct cred *saved = NULL;
	struct cred *real = NULL;
	struct path path;
	int err;

	if ((mode & ~(MAY_READ | MAY_WRITE | MAY_EXEC)) ||
	    (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS))
		real = access_creds();
	if (IS_ERR(real))
		return PTR_ERR(real);
	if (real)
		saved = swap_creds(real);
	err = path_at_flags(dfd, name, flags, &path);
	if (!err) {
		err = check_access(&path, mode);
		path_put(&path);
	}
	if (real) {
		swap_creds(saved);
		put_cred(real);
	}
	return err;
}

long sys_faccessat(int dfd, const char __user *name, int mode)
{
	return sys_faccessat2(dfd, name, mode, 0);
}

long sys_access(const char __user *name, int mode)
{
	return sys_faccessat2(AT_FDCWD, name, mode, 0);
}

/* ---- mode and owner ---- */

int do_fchmod(const struct path *path, mode_t mode)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (!err && !inode_owner_or_capable(inode))
		err = -EPERM;
	if (err)
		return err;
	mutex_lock(&inode->i_lock);
	if (!in_group_p(inode->i_gid) && !capable(CAP_FSETID))
		mode &= ~(mode_t)S_ISGID;
	inode->i_mode = (inode->i_mode & S_IFMT) | (mode & S_IALLUGO);
	inode_changed(inode);
	mutex_unlock(&inode->i_lock);
	return 0;
}

/* chown(2): giving away needs CAP_CHOWN; an owner may choose among its groups. -1: unchanged. */
static bool may_chown(const struct inode *inode, uid_t uid, gid_t gid)
{
	bool owner = current_cred()->fsuid == inode->i_uid;

	if (uid != (uid_t)-1 && !(owner && uid == inode->i_uid) && !capable(CAP_CHOWN))
		return false;
	if (gid != (gid_t)-1 && !(owner && (in_group_p(gid) || gid == inode->i_gid)) && !capable(CAP_CHOWN))
		return false;
	return true;
}

int do_fchown(const struct path *path, uid_t uid, gid_t gid)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	mutex_lock(&inode->i_lock);
	if (!may_chown(inode, uid, gid)) {
		err = -EPERM;
	} else {
		if (uid != (uid_t)-1)
			inode->i_uid = uid;
		if (gid != (gid_t)-1)
			inode->i_gid = gid;
		inode_remove_privs(inode);
		inode_changed(inode);
	}
	mutex_unlock(&inode->i_lock);
	return err;
}

long sys_fchmodat(int dfd, const char __user *name, mode_t mode)
{
	struct path path;
	int err = user_path_at(dfd, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = do_fchmod(&path, mode);
	path_put(&path);
	return err;
}

long sys_chmod(const char __user *name, mode_t mode)
{
	return sys_fchmodat(AT_FDCWD, name, mode);
}

long sys_fchmod(unsigned int fd, mode_t mode)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = do_fchmod(&f.file->f_path, mode);
	fdput(f);
	return err;
}

long sys_fchownat(int dfd, const char __user *name, uid_t uid, gid_t gid, int flags)
{
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = path_at_flags(dfd, name, flags, &path);
	if (err)
		return err;
	err = do_fchown(&path, uid, gid);
	path_put(&path);
	return err;
}

long sys_chown(const char __user *name, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, name, uid, gid, 0);
}

long sys_lchown(const char __user *name, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(unsigned int fd, uid_t uid, gid_t gid)
{
	struct fd f = fdget(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = do_fchown(&f.file->f_path, uid, gid);
	fdput(f);
	return err;
}

/* ---- times ---- */

static bool valid_time(const struct __kernel_timespec *ts)
{
	return ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT ||
	       (ts->tv_nsec >= 0 && ts->tv_nsec < (long long)NSEC_PER_SEC);
}

static void set_one_time(struct __kernel_timespec *to, const struct __kernel_timespec *ts)
{
	if (ts->tv_nsec == UTIME_NOW)
		*to = current_time();
	else if (ts->tv_nsec != UTIME_OMIT)
		*to = *ts;
}

/* utimensat(2), "Permissions requirements": the present time is free to who may write. */
static int set_times(const struct path *path, const struct __kernel_timespec times[2])
{
	struct inode *inode = path->dentry->d_inode;
	bool now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
	int err;

	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	err = mnt_want_write(path->mnt);
	if (!err && !inode_owner_or_capable(inode))
		err = now ? inode_permission(inode, MAY_WRITE) : -EPERM;
	if (err)
		return err;
	mutex_lock(&inode->i_lock);
	set_one_time(&inode->i_atime, &times[0]);
	set_one_time(&inode->i_mtime, &times[1]);
	inode_changed(inode);
	mutex_unlock(&inode->i_lock);
	return 0;
}

static long set_times_fd(int fd, const struct __kernel_timespec times[2])
{
	struct fd f = fdget((unsigned int)fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = set_times(&f.file->f_path, times);
	fdput(f);
	return err;
}

static long do_utimes(int dfd, const char __user *name, const struct __kernel_timespec times[2], int flags)
{
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!name && dfd != AT_FDCWD)
		return flags ? -EINVAL : set_times_fd(dfd, times);
	err = path_at_flags(dfd, name, flags, &path);
	if (err)
		return err;
	err = set_times(&path, times);
	path_put(&path);
	return err;
}

long sys_utimensat(int dfd, const char __user *name, const struct __kernel_timespec __user *user, int flags)
{
	struct __kernel_timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };

	if (user && copy_from_user(times, user, sizeof(times)))
		return -EFAULT;
	if (!valid_time(&times[0]) || !valid_time(&times[1]))
		return -EINVAL;
	return do_utimes(dfd, name, times, flags);
}

long sys_utimes(const char __user *name, const struct __kernel_old_timeval __user *user)
{
	struct __kernel_timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
	struct __kernel_old_timeval tv[2];

	if (user) {
		if (copy_from_user(tv, user, sizeof(tv)))
			return -EFAULT;
		for (int i = 0; i < 2; i++) {
			if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
				return -EINVAL;
			times[i].tv_sec = tv[i].tv_sec;
			times[i].tv_nsec = tv[i].tv_usec * 1000;
		}
	}
	return do_utimes(AT_FDCWD, name, times, 0);
}
