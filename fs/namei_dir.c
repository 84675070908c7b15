/*
 * namei_dir.c - making, removing and renaming the entries of directories.
 *
 * Each operation walks to the parent, locks it, looks the last component up, asks whether the
 * change is allowed, and leaves it to the file system. These functions take names in kernel
 * memory; the system calls stand in namei_sys.c.
 *
 * Lock order: rename_lock (only where two directories change), (i) of directories from the root
 * downwards, (i) of the objects in them, those by address.
 */
#include "internal.h"

/* Held while a rename moves between directories, so that no two of them make a loop. */
static DEFINE_MUTEX(rename_lock);

int may_create(const struct path *parent)
{
	struct inode *dir = parent->dentry->d_inode;
	int err;

	if (dir->i_nlink == 0)
		return -ENOENT;
	err = mnt_want_write(parent->mnt);
	return err ? err : inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* May @victim leave @parent? The sticky bit: only for who owns the one or the other. */
static int may_delete(const struct path *parent, struct dentry *victim)
{
	struct inode *dir = parent->dentry->d_inode;
	int err = mnt_want_write(parent->mnt);

	if (!err)
		err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if ((dir->i_mode & S_ISVTX) && current_cred()->fsuid != dir->i_uid &&
	    !inode_owner_or_capable(victim->d_inode))
		return -EPERM;
	return 0;
}

static bool is_mountpoint(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_mounted) != 0;
}

/* proc(5), protected_hardlinks: a foreign file only if one could read and write it anyway. */
static int may_link(struct inode *inode)
{
	mode_t special = inode->i_mode & (S_ISUID | (inode->i_mode & S_IXGRP ? S_ISGID : 0));

	if (inode_owner_or_capable(inode))
		return 0;
	if (!S_ISREG(inode->i_mode) || special || inode_permission(inode, MAY_READ | MAY_WRITE))
		return -EPERM;
	return 0;
}

/*
 * A place for a new name: the parent is locked and the dentry not yet bound. Ended with
 * done_create(). A name that ends in a slash may only become a directory.
 */
static struct dentry *begin_create(int dfd, const char *name, bool directory, struct path *parent)
{
	struct dentry *dentry;
	struct qstr last;
	int type, err = filename_parentat(dfd, name, parent, &last, &type);

	if (err)
		return ERR_PTR(err);
	mutex_lock(&parent->dentry->d_inode->i_lock);
	dentry = type == LAST_NORM ? lookup_locked(parent->dentry, &last) : ERR_PTR(-EEXIST);
	err = IS_ERR(dentry) ? (int)PTR_ERR(dentry) : 0;
	if (!err && dentry) {
		dput(dentry);
		err = -EEXIST;
	} else if (!err && last.name[last.len] && !directory) {
		err = -ENOENT;
	} else if (!err) {
		err = may_create(parent);
	}
	if (!err) {
		dentry = d_alloc(parent->dentry, last.name, last.len);
		if (dentry)
			return dentry;
		err = -ENOMEM;
	}
	mutex_unlock(&parent->dentry->d_inode->i_lock);
	path_put(parent);
	return ERR_PTR(err);
}

static void done_create(struct path *parent, struct dentry *dentry)
{
	dput(dentry);
	mutex_unlock(&parent->dentry->d_inode->i_lock);
	path_put(parent);
}

/* The mode of something new: without the bits of the task's umask. */
static mode_t apply_umask(mode_t mode)
{
	return mode & ~READ_ONCE(current->fs->umask);
}

int do_mkdirat(int dfd, const char *name, mode_t mode)
{
	struct path parent;
	struct dentry *dentry = begin_create(dfd, name, true, &parent);
	struct inode *dir;
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	mode = apply_umask(mode) & (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX);
	err = dir->i_op->mkdir ? dir->i_op->mkdir(dir, dentry, mode | S_IFDIR) : -EPERM;
	done_create(&parent, dentry);
	return err;
}

int do_mknodat(int dfd, const char *name, mode_t mode, dev_t dev)
{
	struct path parent;
	struct dentry *dentry = begin_create(dfd, name, false, &parent);
	struct inode *dir;
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	mode = apply_umask(mode & S_IALLUGO) | (mode & S_IFMT);
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !capable(CAP_MKNOD))
		err = -EPERM;
	else
		err = dir->i_op->create ? dir->i_op->create(dir, dentry, mode, dev) : -EPERM;
	done_create(&parent, dentry);
	return err;
}

int do_symlinkat(const char *target, int dfd, const char *name)
{
	struct path parent;
	struct dentry *dentry = begin_create(dfd, name, false, &parent);
	struct inode *dir;
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	err = dir->i_op->symlink ? dir->i_op->symlink(dir, dentry, target) : -EPERM;
	done_create(&parent, dentry);
	return err;
}

int do_linkat(const struct path *old, int dfd, const char *name)
{
	struct inode *inode = old->dentry->d_inode, *dir;
	struct path parent;
	struct dentry *dentry = begin_create(dfd, name, false, &parent);
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	if (old->mnt != parent.mnt) {
		err = -EXDEV;
	} else if (S_ISDIR(inode->i_mode) || !dir->i_op->link) {
		err = -EPERM;
	} else {
		mutex_lock(&inode->i_lock);
		err = may_link(inode);
		if (!err)
			err = inode->i_nlink ? dir->i_op->link(old->dentry, dir, dentry) : -ENOENT;
		mutex_unlock(&inode->i_lock);
	}
	done_create(&parent, dentry);
	return err;
}

/* ---- removal ---- */

/* The entry to be removed, with the parent locked. Ended with done_create(). */
static struct dentry *begin_remove(const struct qstr *last, struct path *parent)
{
	struct dentry *dentry;
	int err;

	mutex_lock(&parent->dentry->d_inode->i_lock);
	dentry = lookup_locked(parent->dentry, last);
	if (!dentry)
		dentry = ERR_PTR(-ENOENT);
	if (!IS_ERR(dentry)) {
		err = may_delete(parent, dentry);
		if (!err)
			return dentry;
		dput(dentry);
		dentry = ERR_PTR(err);
	}
	mutex_unlock(&parent->dentry->d_inode->i_lock);
	path_put(parent);
	return dentry;
}

int do_unlinkat(int dfd, const char *name)
{
	struct path parent;
	struct dentry *dentry;
	struct inode *dir, *inode;
	struct qstr last;
	int type, err = filename_parentat(dfd, name, &parent, &last, &type);

	if (err)
		return err;
	if (type != LAST_NORM) {
		path_put(&parent);
		return -EISDIR;
	}
	dentry = begin_remove(&last, &parent);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	inode = dentry->d_inode;
	mutex_lock(&inode->i_lock);
	if (S_ISDIR(inode->i_mode))
		err = -EISDIR;
	else if (last.name[last.len])
		err = -ENOTDIR;
	else if (is_mountpoint(dentry))
		err = -EBUSY;
	else
		err = dir->i_op->unlink ? dir->i_op->unlink(dir, dentry) : -EPERM;
	mutex_unlock(&inode->i_lock);
	done_create(&parent, dentry);
	return err;
}

int do_rmdirat(int dfd, const char *name)
{
	static const int refusal[] = { [LAST_ROOT] = -EBUSY, [LAST_DOT] = -EINVAL, [LAST_DOTDOT] = -ENOTEMPTY };
	struct path parent;
	struct dentry *dentry;
	struct inode *dir, *inode;
	struct qstr last;
	int type, err = filename_parentat(dfd, name, &parent, &last, &type);

	if (err)
		return err;
	if (type != LAST_NORM) {
		path_put(&parent);
		return refusal[type];
	}
	dentry = begin_remove(&last, &parent);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	inode = dentry->d_inode;
	mutex_lock(&inode->i_lock);
	if (!S_ISDIR(inode->i_mode))
		err = -ENOTDIR;
	else if (is_mountpoint(dentry))
		err = -EBUSY;
	else
		err = dir->i_op->rmdir ? dir->i_op->rmdir(dir, dentry) : -EPERM;
	mutex_unlock(&inode->i_lock);
	done_create(&parent, dentry);
	return err;
}

/* ---- rename(2) ---- */

struct rename {
	struct path old_parent, new_parent;
	struct qstr old_last, new_last;
	struct dentry *old, *new;	/* new: what is replaced, or a fresh dentry */
	struct dentry *trap;		/* the one parent's entry that leads to the other parent */
	unsigned int flags;
};

/* Both parents, the upper one first. */
static void rename_lock_parents(struct rename *rn)
{
	struct dentry *a = rn->old_parent.dentry, *b = rn->new_parent.dentry;

	rn->trap = NULL;
	if (a == b) {
		mutex_lock(&a->d_inode->i_lock);
		return;
	}
	mutex_lock(&rename_lock);
	rn->trap = d_ancestor(a, b);
	if (!rn->trap) {
		rn->trap = d_ancestor(b, a);
		if (rn->trap) {
			struct dentry *t = a;

			a = b;
			b = t;
		}
	}
	if (rn->trap) {
		mutex_lock(&a->d_inode->i_lock);
		mutex_lock(&b->d_inode->i_lock);
	} else {
		lock_two_inodes(a->d_inode, b->d_inode);
	}
}

static void rename_unlock_parents(struct rename *rn)
{
	unlock_two_inodes(rn->old_parent.dentry->d_inode, rn->new_parent.dentry->d_inode);
	if (rn->old_parent.dentry != rn->new_parent.dentry)
		mutex_unlock(&rename_lock);
}

/* What the kinds and permissions of both ends allow. rename(2), ERRORS. */
static int may_rename(struct rename *rn)
{
	struct inode *source = rn->old->d_inode, *target = rn->new->d_inode;
	bool directory = S_ISDIR(source->i_mode);
	int err = may_delete(&rn->old_parent, rn->old);

	if (!err)
		err = target ? may_delete(&rn->new_parent, rn->new) : may_create(&rn->new_parent);
	if (err)
		return err;
	if (target && directory && !S_ISDIR(target->i_mode))
		return -ENOTDIR;
	if (target && !directory && S_ISDIR(target->i_mode))
		return -EISDIR;
	/* A directory that gets another ".." is itself changed. */
	if (directory && rn->old_parent.dentry != rn->new_parent.dentry)
		return inode_permission(source, MAY_WRITE);
	return 0;
}

/* Find both ends. On success both dentries are held. Parents locked. */
static int rename_lookup(struct rename *rn)
{
	bool slashes = rn->old_last.name[rn->old_last.len] || rn->new_last.name[rn->new_last.len];
	struct dentry *new;

	rn->old = lookup_locked(rn->old_parent.dentry, &rn->old_last);
	if (IS_ERR_OR_NULL(rn->old))
		return rn->old ? (int)PTR_ERR(rn->old) : -ENOENT;
	new = lookup_locked(rn->new_parent.dentry, &rn->new_last);
	if (!IS_ERR_OR_NULL(new) && (rn->flags & RENAME_NOREPLACE)) {
		dput(new);
		new = ERR_PTR(-EEXIST);
	} else if (!new) {
		new = d_alloc(rn->new_parent.dentry, rn->new_last.name, rn->new_last.len);
		if (!new)
			new = ERR_PTR(-ENOMEM);
	}
	if (!IS_ERR(new) && slashes && !S_ISDIR(rn->old->d_inode->i_mode)) {
		dput(new);
		new = ERR_PTR(-ENOTDIR);
	}
	if (IS_ERR(new)) {
		dput(rn->old);
		return (int)PTR_ERR(new);
	}
	rn->new = new;
	return 0;
}

/* Both ends are known; parents locked. */
static int rename_commit(struct rename *rn)
{
	struct inode *old_dir = rn->old_parent.dentry->d_inode, *new_dir = rn->new_parent.dentry->d_inode;
	struct inode *source = rn->old->d_inode, *target = rn->new->d_inode;
	int err;

	if (rn->old == rn->trap)
		return -EINVAL;		/* into itself */
	if (rn->new == rn->trap)
		return -ENOTEMPTY;
	if (source == target)
		return 0;		/* two names of one object: nothing to do */
	err = may_rename(rn);
	if (err)
		return err;
	if (!old_dir->i_op->rename)
		return -EPERM;
	lock_two_inodes(source, target);
	if (is_mountpoint(rn->old) || is_mountpoint(rn->new))
		err = -EBUSY;
	else
		err = old_dir->i_op->rename(old_dir, rn->old, new_dir, rn->new);
	unlock_two_inodes(source, target);
	return err;
}

static int rename_locked(struct rename *rn)
{
	int err;

	rename_lock_parents(rn);
	err = rename_lookup(rn);
	if (!err) {
		err = rename_commit(rn);
		dput(rn->new);
		dput(rn->old);
	}
	rename_unlock_parents(rn);
	return err;
}

int do_renameat(int olddfd, const char *old, int newdfd, const char *name, unsigned int flags)
{
	struct rename rn = { .flags = flags };
	int old_type, new_type, err;

	if (flags & ~(unsigned int)RENAME_NOREPLACE)
		return -EINVAL;
	err = filename_parentat(olddfd, old, &rn.old_parent, &rn.old_last, &old_type);
	if (err)
		return err;
	err = filename_parentat(newdfd, name, &rn.new_parent, &rn.new_last, &new_type);
	if (err) {
		path_put(&rn.old_parent);
		return err;
	}
	if (rn.old_parent.mnt != rn.new_parent.mnt)
		err = -EXDEV;
	else if (old_type != LAST_NORM || new_type != LAST_NORM)
		err = new_type != LAST_NORM && (flags & RENAME_NOREPLACE) ? -EEXIST : -EBUSY;
	else
		err = rename_locked(&rn);
	path_put(&rn.new_parent);
	path_put(&rn.old_parent);
	return err;
}
