/*
 * ramfs.c - file systems in memory: the root, tmpfs and devtmpfs. This file: the tree.
 *
 * The dcache is the file system. Each name is pinned by a reference of its own (see dcache.c),
 * contents of regular files are the pages of inode->i_data (ramfs_file.c), the text of a link is
 * i_private. A directory's i_nlink is 2 plus its subdirectories, and 0 once it is removed: then
 * nothing can be made in it any more.
 *
 * All operations run with (i) of the directories and of the object held, as namei_dir.c says.
 */
#include "internal.h"

static const struct inode_operations ramfs_dir_operations, ramfs_link_operations;
static const struct inode_operations ramfs_file_inode_operations, ramfs_special_operations;
static const struct file_operations ramfs_dir_file_operations;

static struct inode *ramfs_new_inode(struct super_block *sb, const struct inode *dir, mode_t mode, dev_t rdev)
{
	struct inode *inode = new_inode(sb, mode);

	if (!inode)
		return NULL;
	if (dir)
		inode_init_owner(inode, dir, mode);
	if (S_ISREG(mode)) {
		inode->i_op = &ramfs_file_inode_operations;
		inode->i_fop = &ramfs_file_operations;
	} else if (S_ISDIR(mode)) {
		inode->i_op = &ramfs_dir_operations;
		inode->i_fop = &ramfs_dir_file_operations;
		inode->i_nlink = 2;
	} else if (S_ISLNK(mode)) {
		inode->i_op = &ramfs_link_operations;
	} else {
		inode->i_op = &ramfs_special_operations;
		inode->i_rdev = rdev;
	}
	return inode;
}

/* Bind and pin a new name. */
static void ramfs_add(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	d_add(dget(dentry), inode);
	inode_modified(dir);
}

/* Take a name out and drop its pin; the caller still holds the dentry. */
static void ramfs_remove(struct inode *dir, struct dentry *dentry)
{
	d_drop(dentry);
	dput(dentry);
	inode_modified(dir);
}

int ramfs_mknod(struct inode *dir, struct dentry *dentry, mode_t mode, dev_t rdev)
{
	struct inode *inode = ramfs_new_inode(dir->i_sb, dir, mode, rdev);

	if (!inode)
		return -ENOMEM;
	ramfs_add(dir, dentry, inode);
	return 0;
}

static int ramfs_mkdir(struct inode *dir, struct dentry *dentry, mode_t mode)
{
	int err = ramfs_mknod(dir, dentry, mode, 0);

	if (!err)
		dir->i_nlink++;
	return err;
}

static int ramfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct inode *inode = ramfs_new_inode(dir->i_sb, dir, S_IFLNK | S_IRWXU | S_IRWXG | S_IRWXO, 0);

	if (!inode)
		return -ENOMEM;
	inode->i_private = kstrdup(target, GFP_KERNEL);
	if (!inode->i_private) {
		iput(inode);
		return -ENOMEM;
	}
	inode->i_data.size = strlen(target);
	ramfs_add(dir, dentry, inode);
	return 0;
}

static int ramfs_readlink(struct dentry *dentry, char *buf)
{
	struct inode *inode = dentry->d_inode;

	memcpy(buf, inode->i_private, inode->i_data.size);
	return (int)inode->i_data.size;
}

static int ramfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->d_inode;

	inode->i_nlink++;
	inode_changed(inode);
	iget(inode);
	ramfs_add(dir, dentry, inode);
	return 0;
}

static int ramfs_unlink(struct inode *dir, struct dentry *dentry)
{
	dentry->d_inode->i_nlink--;
	inode_changed(dentry->d_inode);
	ramfs_remove(dir, dentry);
	return 0;
}

static int ramfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	if (!list_empty(&dentry->d_children))
		return -ENOTEMPTY;
	inode->i_nlink = 0;
	inode_changed(inode);
	dir->i_nlink--;
	ramfs_remove(dir, dentry);
	return 0;
}

static int ramfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new)
{
	struct inode *target = new->d_inode;
	bool directory = S_ISDIR(old->d_inode->i_mode);
	int err = 0;

	if (target)
		err = directory ? ramfs_rmdir(new_dir, new) : ramfs_unlink(new_dir, new);
	if (err)
		return err;
	d_move(old, new);
	if (directory) {
		old_dir->i_nlink--;
		new_dir->i_nlink++;
	}
	inode_modified(old_dir);
	inode_modified(new_dir);
	inode_changed(old->d_inode);
	return 0;
}

/*
 * Positions are those of the dentries (d_off), which never change while a name stands. So entries
 * removed meanwhile are passed over and none of the others is seen twice or left out.
 */
static int ramfs_readdir(struct file *file, struct dir_context *ctx)
{
	struct dentry *dir = file->f_path.dentry, *dentry;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->d_inode->i_ino, S_IFDIR >> 12))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		struct dentry *parent = dget_parent(dir);
		bool more = ctx->emit(ctx, "..", 2, parent->d_inode->i_ino, S_IFDIR >> 12);

		dput(parent);
		if (!more)
			return 0;
		ctx->pos = 2;
	}
	list_for_each_entry(dentry, &dir->d_children, d_sibling) {
		struct inode *inode = dentry->d_inode;

		if (dentry->d_off < (u64)ctx->pos)
			continue;
		ctx->pos = (loff_t)dentry->d_off;
		if (!ctx->emit(ctx, dentry->d_name, dentry->d_len, inode->i_ino, (inode->i_mode & S_IFMT) >> 12))
			return 0;
		ctx->pos++;
	}
	return 0;
}

static loff_t ramfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

static const struct inode_operations ramfs_dir_operations = {
	.create = ramfs_mknod,
	.mkdir = ramfs_mkdir,
	.symlink = ramfs_symlink,
	.link = ramfs_link,
	.unlink = ramfs_unlink,
	.rmdir = ramfs_rmdir,
	.rename = ramfs_rename,
};

static void ramfs_link_evict(struct inode *inode)
{
	kfree(inode->i_private);
}

static const struct inode_operations ramfs_link_operations = {
	.readlink = ramfs_readlink,
	.evict = ramfs_link_evict,
};

static const struct inode_operations ramfs_file_inode_operations = {
	.truncate = ramfs_truncate,
	.evict = ramfs_evict,
};

static const struct inode_operations ramfs_special_operations;

static const struct file_operations ramfs_dir_file_operations = {
	.llseek = ramfs_dir_llseek,
	.readdir = ramfs_readdir,
};

/* ---- trees ---- */

int ramfs_fill_super(const struct file_system_type *type, unsigned long max_pages, struct super_block **out)
{
	struct ramfs_sb_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct super_block *sb = info ? sget_new(type) : NULL;
	struct inode *root = sb ? ramfs_new_inode(sb, NULL, S_IFDIR | 0755, 0) : NULL;

	if (root)
		sb->s_root = d_make_root(root, sb);
	if (!root || !sb->s_root) {
		iput(root);
		kfree(sb);
		kfree(info);
		return -ENOMEM;
	}
	info->max_pages = max_pages;
	sb->s_private = info;
	*out = sb;
	return 0;
}

static int ramfs_mount(const struct file_system_type *type, const char *options, struct super_block **sb)
{
	return ramfs_fill_super(type, 0, sb);
}

/* "64k", "10m", "50%" of memory: pages; 0 if it cannot be read. */
static unsigned long parse_size(const char *s)
{
	unsigned long n = 0;

	while (*s >= '0' && *s <= '9' && n < (1UL << 40))
		n = n * 10 + (unsigned long)(*s++ - '0');
	switch (*s | 0x20) {
	case 'g':
		n <<= 10;
		fallthrough;
	case 'm':
		n <<= 10;
		fallthrough;
	case 'k':
		n <<= 10;
		break;
	}
	if (*s == '%')
		return nr_total_pages() * min(n, 100UL) / 100;
	return DIV_ROUND_UP(n, PAGE_SIZE);
}

struct tmpfs_options {
	unsigned long max_pages;
	unsigned long mode;
};

/* tmpfs(5), "Mount options": size= and mode= act, the others are tolerated. */
static int tmpfs_parse(const char *options, struct tmpfs_options *out)
{
	out->max_pages = nr_total_pages() / 2;
	out->mode = 01777;
	while (options && *options) {
		const char *end = strchr(options, ',');
		size_t len = end ? (size_t)(end - options) : strlen(options);
		char word[64];

		if (len < sizeof(word)) {
			memcpy(word, options, len);
			word[len] = '\0';
			if (strncmp(word, "size=", 5) == 0)
				out->max_pages = parse_size(word + 5);
			else if (strncmp(word, "mode=", 5) == 0 && kstrtoul(word + 5, 8, &out->mode))
				return -EINVAL;
		}
		options = end ? end + 1 : NULL;
	}
	return 0;
}

static int tmpfs_mount(const struct file_system_type *type, const char *options, struct super_block **sb)
{
	struct tmpfs_options opts;
	int err = tmpfs_parse(options, &opts);

	if (!err)
		err = ramfs_fill_super(type, opts.max_pages, sb);
	if (!err)
		(*sb)->s_root->d_inode->i_mode = S_IFDIR | (opts.mode & S_IALLUGO);
	return err;
}

struct file_system_type rootfs_type = {
	.name = "rootfs", .nodev = true, .mount = ramfs_mount, .kill_sb = kill_pinned_super, .magic = RAMFS_MAGIC,
};

static struct file_system_type ramfs_type = {
	.name = "ramfs", .nodev = true, .mount = ramfs_mount, .kill_sb = kill_pinned_super, .magic = RAMFS_MAGIC,
};

static struct file_system_type tmpfs_type = {
	.name = "tmpfs", .nodev = true, .mount = tmpfs_mount, .kill_sb = kill_pinned_super, .magic = TMPFS_MAGIC,
};

void ramfs_init(void)
{
	register_filesystem(&ramfs_type);
	register_filesystem(&tmpfs_type);
}
