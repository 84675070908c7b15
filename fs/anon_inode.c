/*
 * anon_inode.c - open files of objects that have no place in any file system, such as pidfds.
 *
 * All of them share one inode without a type. Each file has a dentry of its own, whose name says
 * what the object is: /proc/PID/fd shows "anon_inode:[pidfd]". proc(5).
 */
#include "internal.h"

#include <tine/format.h>

static struct vfsmount *anon_mnt;

static void anon_dname(const struct dentry *dentry, char *buf, size_t size)
{
	snprintf(buf, size, "anon_inode:%s", dentry->d_name);
}

static int anon_mount(const struct file_system_type *type, const char *options, struct super_block **out)
{
	struct super_block *sb = sget_new(type);
	struct inode *inode = sb ? new_inode(sb, S_IRUSR | S_IWUSR) : NULL;

	if (inode)
		sb->s_root = d_make_root(inode, sb);
	if (!inode || !sb->s_root) {
		iput(inode);
		kfree(sb);
		return -ENOMEM;
	}
	*out = sb;
	return 0;
}

static struct file_system_type anon_type = {
	.name = "anon_inodefs", .nodev = true, .mount = anon_mount, .magic = ANON_INODE_FS_MAGIC, .dname = anon_dname,
};

struct file *anon_inode_getfile(const char *name, const struct file_operations *fop, void *private_data,
				unsigned int flags)
{
	struct inode *inode = anon_mnt->mnt_root->d_inode;
	struct path path = { anon_mnt, d_alloc(NULL, name, strlen(name)) };
	struct file *file;

	if (!path.dentry)
		return ERR_PTR(-ENOMEM);
	iget(inode);
	path.dentry->d_sb = inode->i_sb;
	path.dentry->d_inode = inode;
	file = alloc_file(&path, flags & (O_ACCMODE | O_NONBLOCK), fop);
	if (!IS_ERR(file))
		file->private_data = private_data;
	dput(path.dentry);
	return file;
}

void anon_inode_init(void)
{
	anon_mnt = kern_mount(&anon_type);
}

int anon_inode_getfd(const char *name, const struct file_operations *fop, void *private_data, unsigned int flags)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file = fd < 0 ? ERR_PTR(fd) : anon_inode_getfile(name, fop, private_data, flags);

	if (!IS_ERR(file)) {
		fd_install((unsigned int)fd, file);
		return fd;
	}
	if (fd >= 0)
		put_unused_fd((unsigned int)fd);
	kfree(private_data);
	return (int)PTR_ERR(file);
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}
