/*
 * inode.c - files apart from their names: their life, owner, times and permissions.
 *
 * An inode lives as long as something holds it: each of its names, and through the name's dentry
 * each open file. So a file without a name lives until its last close. i_nlink counts names for
 * stat(2) only; the contents go with the last reference.
 */
#include "internal.h"

#include <tine/ledger.h>

static struct kmem_cache *inode_cache;
static const struct inode_operations empty_inode_operations;
static const struct file_operations empty_file_operations;

void inode_init(void)
{
	inode_cache = kmem_cache_create("inode", sizeof(struct inode), 0);
}

struct __kernel_timespec current_time(void)
{
	return ns_to_timespec(ktime_get_real());
}

struct inode *new_inode(struct super_block *sb, mode_t mode)
{
	struct inode *inode = kmem_cache_alloc(inode_cache, GFP_KERNEL | __GFP_ZERO);

	if (!inode)
		return NULL;
	inode->i_ino = __atomic_fetch_add(&sb->s_next_ino, 1, __ATOMIC_RELAXED);
	inode->i_mode = mode;
	inode->i_uid = current_cred()->fsuid;
	inode->i_gid = current_cred()->fsgid;
	inode->i_nlink = 1;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	refcount_set(&inode->i_count, 1);
	inode->i_sb = sb;
	inode->i_op = &empty_inode_operations;
	inode->i_fop = S_ISFIFO(mode) ? &fifo_file_operations : &empty_file_operations;
	mutex_init(&inode->i_lock);
	mapping_init(&inode->i_data);
	INIT_LIST_HEAD(&inode->i_flock);
	ledger_add(LEDGER_INODES, 1);
	return inode;
}

void iget(struct inode *inode)
{
	refcount_inc(&inode->i_count);
}

void iput(struct inode *inode)
{
	if (!inode || !refcount_dec_and_test(&inode->i_count))
		return;
	if (inode->i_op->evict)
		inode->i_op->evict(inode);
	if (S_ISREG(inode->i_mode))
		mapping_destroy(&inode->i_data);
	debug_assert(list_empty(&inode->i_flock));
	kmem_cache_free(inode_cache, inode);
	ledger_add(LEDGER_INODES, -1);
}

void inode_init_owner(struct inode *inode, const struct inode *dir, mode_t mode)
{
	if (dir->i_mode & S_ISGID) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	}
	inode->i_mode = mode;
}

void generic_fillattr(struct inode *inode, struct kstat *stat)
{
	stat->ino = inode->i_ino;
	stat->dev = inode->i_sb->s_dev;
	stat->rdev = inode->i_rdev;
	stat->mode = inode->i_mode;
	stat->nlink = inode->i_nlink;
	stat->uid = inode->i_uid;
	stat->gid = inode->i_gid;
	stat->size = inode->i_data.size;
	stat->blocks = inode->i_data.nrpages * (PAGE_SIZE / 512);
	stat->blksize = PAGE_SIZE;
	stat->atime = inode->i_atime;
	stat->mtime = inode->i_mtime;
	stat->ctime = inode->i_ctime;
}

void inode_modified(struct inode *inode)
{
	inode->i_mtime = inode->i_ctime = current_time();
}

void inode_changed(struct inode *inode)
{
	inode->i_ctime = current_time();
}

static bool timespec_after(const struct __kernel_timespec *a, const struct __kernel_timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/*
 * mount(8), "relatime": reading sets the time of access only if that would otherwise not be later
 * than the last change, so that most reads write nothing.
 */
void file_accessed(struct file *file)
{
	struct inode *inode = file->f_inode;

	if (likely(timespec_after(&inode->i_atime, &inode->i_mtime) &&
		   timespec_after(&inode->i_atime, &inode->i_ctime)))
		return;
	if ((file->f_flags & O_NOATIME) || mnt_want_write(file->f_path.mnt))
		return;
	mutex_lock(&inode->i_lock);
	inode->i_atime = current_time();
	mutex_unlock(&inode->i_lock);
}

void inode_remove_privs(struct inode *inode)
{
	mode_t kill = S_ISUID;

	if (!(inode->i_mode & (S_ISUID | S_ISGID)) || S_ISDIR(inode->i_mode))
		return;
	if (inode->i_mode & S_IXGRP)
		kill |= S_ISGID;
	inode->i_mode &= ~kill;
}

bool inode_owner_or_capable(const struct inode *inode)
{
	return current_cred()->fsuid == inode->i_uid || capable(CAP_FOWNER);
}

/* capabilities(7): what overrides the mode bits for @mask. */
static bool permission_override(const struct inode *inode, int mask)
{
	bool directory = S_ISDIR(inode->i_mode);

	if ((mask == MAY_READ || (directory && !(mask & MAY_WRITE))) && capable(CAP_DAC_READ_SEARCH))
		return true;
	if ((mask & MAY_EXEC) && !directory && !(inode->i_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return false;
	return capable(CAP_DAC_OVERRIDE);
}

int inode_permission(struct inode *inode, int mask)
{
	mode_t mode = READ_ONCE(inode->i_mode);

	if (current_cred()->fsuid == inode->i_uid)
		mode >>= 6;
	else if (in_group_p(inode->i_gid))
		mode >>= 3;
	if (likely(!(mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC))))
		return 0;
	return permission_override(inode, mask & (MAY_READ | MAY_WRITE | MAY_EXEC)) ? 0 : -EACCES;
}

/* Two objects that are not above one another, or one object twice. By address: no deadlock. */
void lock_two_inodes(struct inode *a, struct inode *b)
{
	if (a > b) {
		struct inode *t = a;

		a = b;
		b = t;
	}
	if (a)
		mutex_lock(&a->i_lock);
	if (b != a)
		mutex_lock(&b->i_lock);
}

void unlock_two_inodes(struct inode *a, struct inode *b)
{
	if (a)
		mutex_unlock(&a->i_lock);
	if (b && b != a)
		mutex_unlock(&b->i_lock);
}
