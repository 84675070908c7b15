/*
 * mount.c - mount(2) and umount2(2).
 *
 * Offered: new mounts, MS_BIND (without what is mounted below), MS_REMOUNT of the flags, and the
 * propagation flags, which change nothing because there is one mount namespace and nothing
 * propagates in it. MS_MOVE is refused.
 */
#include "internal.h"
#include "mount.h"

/* umount2(2); these four are not in the uapi headers. */
#define MNT_FORCE		1
#define MNT_DETACH		2
#define MNT_EXPIRE		4
#define UMOUNT_NOFOLLOW		8

#define MS_PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define MS_STORED	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_NOATIME | \
			 MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME | MS_NOSYMFOLLOW)

/* Put @mnt on top of @at, whose directory must still exist. Takes the reference on @mnt. */
static int graft(struct vfsmount *mnt, const struct path *at)
{
	struct inode *inode = at->dentry->d_inode;
	int err = 0;

	mutex_lock(&inode->i_lock);
	if (inode->i_nlink == 0)
		err = -ENOENT;
	else if (S_ISDIR(inode->i_mode) != S_ISDIR(mnt->mnt_root->d_inode->i_mode))
		err = -ENOTDIR;
	else if (at->mnt->mnt_sb == mnt->mnt_sb && at->mnt->mnt_root == at->dentry &&
		 mnt->mnt_root == at->dentry)
		err = -EBUSY;		/* the same thing twice in one place */
	else
		mnt_attach(mnt, at);
	mutex_unlock(&inode->i_lock);
	if (err)
		mntput(mnt);
	return err;
}

static int do_new_mount(const struct path *at, const char *dev, const char *name, unsigned long flags,
			const char *options)
{
	struct file_system_type *type = name ? get_fs_type(name) : NULL;
	struct super_block *sb;
	struct vfsmount *mnt;
	int err;

	if (!type)
		return name ? -ENODEV : -EINVAL;
	err = type->mount(type, options, &sb);
	if (err)
		return err;
	mnt = mnt_alloc(sb, sb->s_root, dev && *dev ? dev : "none");
	if (!mnt) {
		put_super(sb);
		return -ENOMEM;
	}
	mnt->mnt_flags = flags & MS_STORED;
	return graft(mnt, at);
}

static int do_bind(const struct path *at, const char *source)
{
	struct path from;
	struct vfsmount *mnt;
	int err;

	if (!source || !*source)
		return -EINVAL;
	err = kern_path(source, LOOKUP_FOLLOW, &from);
	if (err)
		return err;
	mnt = mnt_alloc(from.mnt->mnt_sb, from.dentry, from.mnt->mnt_devname);
	if (mnt) {
		refcount_inc(&mnt->mnt_sb->s_count);
		mnt->mnt_flags = from.mnt->mnt_flags;
	}
	path_put(&from);
	return mnt ? graft(mnt, at) : -ENOMEM;
}

static int do_remount(const struct path *at, unsigned long flags)
{
	if (at->dentry != at->mnt->mnt_root)
		return -EINVAL;
	spin_lock(&mount_lock);
	at->mnt->mnt_flags = flags & MS_STORED;
	spin_unlock(&mount_lock);
	return 0;
}

int do_mount(const char *dev, const char *dir, const char *type, unsigned long flags, const char *options)
{
	struct path at;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	err = kern_path(dir, LOOKUP_FOLLOW, &at);
	if (err)
		return err;
	if (flags & MS_REMOUNT)
		err = do_remount(&at, flags);
	else if (flags & MS_BIND)
		err = do_bind(&at, dev);
	else if (flags & MS_PROPAGATION)
		err = at.dentry == at.mnt->mnt_root ? 0 : -EINVAL;
	else if (flags & MS_MOVE)
		err = -EINVAL;
	else
		err = do_new_mount(&at, dev, type, flags, options);
	path_put(&at);
	return err;
}

/* A string argument: NULL stays NULL, one longer than a page is -EINVAL. */
static char *copy_mount_string(const void __user *user)
{
	char *text;

	if (!user)
		return NULL;
	text = getname(user, LOOKUP_EMPTY);
	return PTR_ERR(text) == -ENAMETOOLONG ? ERR_PTR(-EINVAL) : text;
}

long sys_mount(const char __user *dev, const char __user *dir, const char __user *type, unsigned long flags,
	       const void __user *data)
{
	const void __user *user[] = { type, dev, data, dir };
	char *text[ARRAY_SIZE(user)];
	unsigned int n;
	long ret = 0;

	for (n = 0; n < ARRAY_SIZE(user) && !ret; n++) {
		text[n] = copy_mount_string(user[n]);
		if (IS_ERR(text[n])) {
			ret = PTR_ERR(text[n]);
			text[n] = NULL;
		}
	}
	if (!ret && !text[3])
		ret = -EFAULT;
	if (!ret)
		ret = do_mount(text[1], text[3], text[0], flags, text[2]);
	while (n)
		kfree(text[--n]);
	return ret;
}

/* ---- umount ---- */

/* Take @mnt and all mounts on top of it out of the tree. mount_lock held. */
static void detach_tree(struct vfsmount *top, struct list_head *gone)
{
	struct vfsmount *mnt, *child;
	LIST_HEAD(todo);

	mnt_detach(top, &todo);
	while (!list_empty(&todo)) {
		mnt = list_first_entry(&todo, struct vfsmount, mnt_link);
		list_move_tail(&mnt->mnt_link, gone);
		for (;;) {
			bool found = false;

			list_for_each_entry(child, &mount_list, mnt_link) {
				if (child->mnt_parent == mnt) {
					mnt_detach(child, &todo);
					found = true;
					break;
				}
			}
			if (!found)
				break;
		}
	}
}

/* @path holds one reference on the mount, the list of mounts another. */
static int do_umount(const struct path *path, int flags)
{
	struct vfsmount *mnt = path->mnt;
	LIST_HEAD(gone);
	int err = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (path->dentry != mnt->mnt_root)
		return -EINVAL;
	spin_lock(&mount_lock);
	if (!mnt->mnt_parent)
		err = -EINVAL;
	else if (flags & MNT_DETACH)
		detach_tree(mnt, &gone);
	else if (refcount_read(&mnt->mnt_count) > 2)
		err = -EBUSY;
	else
		mnt_detach(mnt, &gone);
	spin_unlock(&mount_lock);
	mnt_put_detached(&gone);
	return err;
}

long sys_umount2(const char __user *name, int flags)
{
	struct path path;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, (flags & UMOUNT_NOFOLLOW) ? 0 : LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = do_umount(&path, flags);
	path_put(&path);
	return err;
}
