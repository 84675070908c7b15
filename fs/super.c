/*
 * super.c - kinds of file systems, their trees, and the mounts that join the trees.
 *
 * A super_block is one tree. A vfsmount shows a tree, or a part of it, at a place of another
 * mount. A mount holds a reference on its tree, on the mount that it stands on and on the dentry
 * that it covers; the list of mounts holds one on the mount. So a mount is busy exactly when its
 * count is above that one: open files, working directories and mounts on top all count.
 *
 * Locks: mount_lock guards the list and the joints; dcache_lock nests inside it. The system calls
 * stand in mount.c.
 */
#include "internal.h"
#include "mount.h"

DEFINE_SPINLOCK(mount_lock);
LIST_HEAD(mount_list);
static struct file_system_type *file_systems;	/* written at boot only */

void register_filesystem(struct file_system_type *type)
{
	struct file_system_type **at = &file_systems;

	while (*at)
		at = &(*at)->next;
	*at = type;
}

struct file_system_type *filesystem_at(unsigned int i)
{
	struct file_system_type *type = file_systems;

	while (type && i--)
		type = type->next;
	return type;
}

struct file_system_type *get_fs_type(const char *name)
{
	struct file_system_type *type = file_systems;

	while (type && strcmp(type->name, name) != 0)
		type = type->next;
	return type;
}

/* ---- trees ---- */

struct super_block *sget_new(const struct file_system_type *type)
{
	static atomic_t minor;
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	if (!sb)
		return NULL;
	sb->s_type = type;
	sb->s_dev = MKDEV(0, (unsigned int)atomic_inc_return(&minor) & 0xfffff);
	sb->s_next_ino = 1;
	refcount_set(&sb->s_count, 1);
	return sb;
}

void put_super(struct super_block *sb)
{
	if (!refcount_dec_and_test(&sb->s_count))
		return;
	if (sb->s_type->kill_sb)
		sb->s_type->kill_sb(sb);
	else
		dput(sb->s_root);
	kfree(sb);
}

void kill_pinned_super(struct super_block *sb)
{
	d_drop_tree(sb->s_root);
	dput(sb->s_root);
	kfree(sb->s_private);
}

/* ---- mounts ---- */

void mntget(struct vfsmount *mnt)
{
	refcount_inc(&mnt->mnt_count);
}

void mntput(struct vfsmount *mnt)
{
	if (!refcount_dec_and_test(&mnt->mnt_count))
		return;
	dput(mnt->mnt_root);
	put_super(mnt->mnt_sb);
	kfree(mnt);
}

/* Takes the reference on @sb over if it succeeds, and one of its own on @root. */
struct vfsmount *mnt_alloc(struct super_block *sb, struct dentry *root, const char *devname)
{
	static atomic_t last_id;
	struct vfsmount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (!mnt)
		return NULL;
	mnt->mnt_id = atomic_inc_return(&last_id);
	refcount_set(&mnt->mnt_count, 1);
	mnt->mnt_sb = sb;
	mnt->mnt_root = dget(root);
	INIT_LIST_HEAD(&mnt->mnt_link);
	strscpy(mnt->mnt_devname, devname, sizeof(mnt->mnt_devname));
	return mnt;
}

struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct vfsmount *mnt = NULL;
	struct super_block *sb;

	if (type->mount(type, NULL, &sb) == 0)
		mnt = mnt_alloc(sb, sb->s_root, type->name);
	if (!mnt)
		panic("no memory for the file system %s", type->name);
	return mnt;
}

/* What is mounted on @path, with a reference, or NULL. */
static struct vfsmount *lookup_mnt(const struct path *path)
{
	struct vfsmount *mnt;

	spin_lock(&mount_lock);
	list_for_each_entry(mnt, &mount_list, mnt_link) {
		if (mnt->mnt_parent == path->mnt && mnt->mnt_mountpoint == path->dentry) {
			mntget(mnt);
			spin_unlock(&mount_lock);
			return mnt;
		}
	}
	spin_unlock(&mount_lock);
	return NULL;
}

void follow_mounts(struct path *path)
{
	while (READ_ONCE(path->dentry->d_mounted)) {
		struct vfsmount *mnt = lookup_mnt(path);

		if (!mnt)
			return;
		path_put(path);
		path->mnt = mnt;
		path->dentry = dget(mnt->mnt_root);
	}
}

bool follow_up(struct path *path)
{
	struct path up = { NULL, NULL };

	spin_lock(&mount_lock);
	if (path->mnt->mnt_parent) {
		up.mnt = path->mnt->mnt_parent;
		up.dentry = path->mnt->mnt_mountpoint;
		path_get(&up);
	}
	spin_unlock(&mount_lock);
	if (!up.mnt)
		return false;
	path_put(path);
	*path = up;
	return true;
}

int mount_parent_id(struct vfsmount *mnt)
{
	int id;

	spin_lock(&mount_lock);
	id = mnt->mnt_parent ? mnt->mnt_parent->mnt_id : mnt->mnt_id;
	spin_unlock(&mount_lock);
	return id;
}

bool mount_at(unsigned int i, struct vfsmount **out)
{
	struct vfsmount *mnt;

	spin_lock(&mount_lock);
	list_for_each_entry(mnt, &mount_list, mnt_link) {
		if (i-- == 0) {
			mntget(mnt);
			spin_unlock(&mount_lock);
			*out = mnt;
			return true;
		}
	}
	spin_unlock(&mount_lock);
	return false;
}

struct vfsmount *mount_of(const struct super_block *sb)
{
	struct vfsmount *mnt;

	spin_lock(&mount_lock);
	list_for_each_entry(mnt, &mount_list, mnt_link) {
		if (mnt->mnt_sb == sb && mnt->mnt_root == sb->s_root) {
			mntget(mnt);
			spin_unlock(&mount_lock);
			return mnt;
		}
	}
	spin_unlock(&mount_lock);
	return NULL;
}

static void adjust_d_mounted(struct dentry *dentry, int delta)
{
	spin_lock(&dcache_lock);
	dentry->d_mounted += (unsigned int)delta;
	spin_unlock(&dcache_lock);
}

void mnt_attach(struct vfsmount *mnt, const struct path *at)
{
	path_get(at);
	spin_lock(&mount_lock);
	mnt->mnt_parent = at->mnt;
	mnt->mnt_mountpoint = at->dentry;
	adjust_d_mounted(at->dentry, 1);
	list_add_tail(&mnt->mnt_link, &mount_list);
	spin_unlock(&mount_lock);
}

void mnt_detach(struct vfsmount *mnt, struct list_head *gone)
{
	assert_spin_locked(&mount_lock);
	adjust_d_mounted(mnt->mnt_mountpoint, -1);
	list_move_tail(&mnt->mnt_link, gone);
}

/* A detached mount has its joint until here, so that it can be let go with no lock held. */
void mnt_put_detached(struct list_head *gone)
{
	while (!list_empty(gone)) {
		struct vfsmount *mnt = list_first_entry(gone, struct vfsmount, mnt_link);
		struct path at;

		spin_lock(&mount_lock);
		list_del_init(&mnt->mnt_link);
		at.mnt = mnt->mnt_parent;
		at.dentry = mnt->mnt_mountpoint;
		mnt->mnt_parent = NULL;
		spin_unlock(&mount_lock);
		path_put(&at);
		mntput(mnt);
	}
}

void mount_init(void)
{
	struct vfsmount *mnt = kern_mount(&rootfs_type);

	register_filesystem(&rootfs_type);
	list_add(&mnt->mnt_link, &mount_list);
	fs_struct_init(&(struct path){ mnt, mnt->mnt_root });
}
