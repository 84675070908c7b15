/*
 * devfs.c - character devices: their numbers, and the one tree that shows them by name.
 *
 * Drivers may register before or after the tree exists: the table of devices is the truth, the
 * nodes follow it. Opening a node of any file system with a device's number leads to the driver.
 */
#include "internal.h"

#define MAX_CHRDEVS 64

static struct chrdev {
	const char *name;		/* NULL: without a node */
	dev_t dev;			/* the first of @count */
	unsigned int count;
	mode_t mode;
	const struct file_operations *fop;
} chrdevs[MAX_CHRDEVS];				/* devices_lock; entries never go away */
static unsigned int nr_chrdevs;			/* devices_lock */
static DEFINE_SPINLOCK(devices_lock);
static struct vfsmount *devtmpfs_mnt;		/* constant once devfs_init() has run */

const struct file_operations *chrdev_fops(dev_t dev)
{
	const struct file_operations *fop = NULL;

	spin_lock(&devices_lock);
	for (unsigned int i = 0; i < nr_chrdevs && !fop; i++) {
		if (dev - chrdevs[i].dev < chrdevs[i].count)
			fop = chrdevs[i].fop;
	}
	spin_unlock(&devices_lock);
	return fop;
}

static int devtmpfs_mknod(const struct chrdev *c)
{
	struct dentry *root = devtmpfs_mnt->mnt_root, *dentry;
	int err = -ENOMEM;

	mutex_lock(&root->d_inode->i_lock);
	dentry = d_alloc(root, c->name, strlen(c->name));
	if (dentry) {
		err = ramfs_mknod(root->d_inode, dentry, S_IFCHR | c->mode, c->dev);
		dput(dentry);
	}
	mutex_unlock(&root->d_inode->i_lock);
	return err;
}

static void devtmpfs_show(const struct chrdev *c)
{
	if (c->name && devtmpfs_mknod(c))
		printk("devtmpfs: no memory for the node %s\n", c->name);
}

static void add_chrdev(const struct chrdev *new)
{
	struct chrdev *c = NULL;

	spin_lock(&devices_lock);
	if (nr_chrdevs < MAX_CHRDEVS) {
		c = &chrdevs[nr_chrdevs++];
		*c = *new;
	}
	spin_unlock(&devices_lock);
	if (WARN_ON(!c))
		return;
	if (devtmpfs_mnt)
		devtmpfs_show(c);
}

void register_chrdev(const char *name, dev_t dev, mode_t mode, const struct file_operations *fop)
{
	add_chrdev(&(struct chrdev){ .name = name, .dev = dev, .count = 1, .mode = mode, .fop = fop });
}

void register_chrdev_range(dev_t first, unsigned int count, const struct file_operations *fop)
{
	add_chrdev(&(struct chrdev){ .dev = first, .count = count, .fop = fop });
}

/* There is one devtmpfs; every mount shows it. */
static int devtmpfs_mount(const struct file_system_type *type, const char *options, struct super_block **sb)
{
	if (!devtmpfs_mnt)
		return ramfs_fill_super(type, 0, sb);
	*sb = devtmpfs_mnt->mnt_sb;
	refcount_inc(&(*sb)->s_count);
	return 0;
}

static struct file_system_type devtmpfs_type = {
	.name = "devtmpfs", .nodev = true, .mount = devtmpfs_mount, .kill_sb = kill_pinned_super,
	.magic = TMPFS_MAGIC,
};

void devfs_init(void)
{
	register_filesystem(&devtmpfs_type);
	devtmpfs_mnt = kern_mount(&devtmpfs_type);
	for (unsigned int i = 0; i < nr_chrdevs; i++)
		devtmpfs_show(&chrdevs[i]);
}
