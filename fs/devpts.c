/*
 * devpts.c - the file system on /dev/pts: a node for each pseudo-terminal that is open.
 *
 * There is one tree; every mount shows it, and the options of the last one hold for nodes made from
 * then on. Nodes come and go with the masters only (drivers/tty/pty.c): user space can change their
 * mode and owner, but neither make nor remove any. A tree that nobody has mounted has no terminals to
 * give. pts(4), mount(8) "Mount options for devpts".
 */
#include <tine/format.h>

#include "internal.h"

#define DEVPTS_MODE	0600
#define PTMX_DEV	MKDEV(5, 2)

struct devpts_options {
	unsigned long uid, gid, mode, ptmxmode;
	bool setuid, setgid;		/* uid, gid instead of the opener's */
};

static struct vfsmount *devpts_mnt;		/* constant: keeps the tree */
static struct devpts_options options;		/* (i) of the root */
static struct dentry *ptmx_node;		/* constant: /dev/pts/ptmx, of mode 0 unless mounted otherwise */

static const struct inode_operations devpts_dir_operations;	/* nothing to be made or removed */

/* One word of the mount options. Unknown ones are refused. */
static int parse_word(const char *word, struct devpts_options *o)
{
	int err = 0;

	if (strncmp(word, "uid=", 4) == 0) {
		o->setuid = true;
		err = kstrtoul(word + 4, 10, &o->uid);
	} else if (strncmp(word, "gid=", 4) == 0) {
		o->setgid = true;
		err = kstrtoul(word + 4, 10, &o->gid);
	} else if (strncmp(word, "mode=", 5) == 0) {
		err = kstrtoul(word + 5, 8, &o->mode);
	} else if (strncmp(word, "ptmxmode=", 9) == 0) {
		err = kstrtoul(word + 9, 8, &o->ptmxmode);
	} else if (strcmp(word, "newinstance") != 0 && strncmp(word, "max=", 4) != 0) {
		err = -EINVAL;
	}
	return err ? -EINVAL : 0;
}

static int parse_options(const char *text, struct devpts_options *o)
{
	*o = (struct devpts_options){ .mode = DEVPTS_MODE };
	while (text && *text) {
		const char *end = strchr(text, ',');
		size_t len = end ? (size_t)(end - text) : strlen(text);
		char word[32];

		if (len >= sizeof(word))
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		if (len && parse_word(word, o))
			return -EINVAL;
		text = end ? end + 1 : NULL;
	}
	return 0;
}

static int devpts_fill(const struct file_system_type *type, struct super_block **sb)
{
	int err = ramfs_fill_super(type, 0, sb);

	if (!err)
		(*sb)->s_root->d_inode->i_op = &devpts_dir_operations;
	return err;
}

static int devpts_mount(const struct file_system_type *type, const char *text, struct super_block **sb)
{
	struct devpts_options new;
	struct inode *root;
	int err;

	if (!devpts_mnt)
		return devpts_fill(type, sb);
	err = parse_options(text, &new);
	if (err)
		return err;
	*sb = devpts_mnt->mnt_sb;
	root = (*sb)->s_root->d_inode;
	mutex_lock(&root->i_lock);
	options = new;
	ptmx_node->d_inode->i_mode = S_IFCHR | (new.ptmxmode & S_IALLUGO);
	mutex_unlock(&root->i_lock);
	refcount_inc(&(*sb)->s_count);
	return 0;
}

static struct file_system_type devpts_type = {
	.name = "devpts", .nodev = true, .mount = devpts_mount, .kill_sb = kill_pinned_super,
	.magic = DEVPTS_SUPER_MAGIC,
};

/* A name with two references: the tree's and the caller's. NULL without memory. (i) of the root held. */
static struct dentry *make_node(const char *name, mode_t mode, dev_t dev)
{
	struct dentry *root = devpts_mnt->mnt_root, *node = d_alloc(root, name, strlen(name));

	if (node && ramfs_mknod(root->d_inode, node, S_IFCHR | mode, dev)) {
		dput(node);
		node = NULL;
	}
	return node;
}

struct dentry *devpts_new(unsigned int index, dev_t dev)
{
	struct vfsmount *shown = mount_of(devpts_mnt->mnt_sb);
	struct inode *root = devpts_mnt->mnt_root->d_inode;
	struct dentry *node;
	char name[12];

	if (!shown)
		return ERR_PTR(-ENODEV);
	mntput(shown);
	snprintf(name, sizeof(name), "%u", index);
	mutex_lock(&root->i_lock);
	node = make_node(name, options.mode & S_IALLUGO, dev);
	if (node && options.setuid)
		node->d_inode->i_uid = (uid_t)options.uid;
	if (node && options.setgid)
		node->d_inode->i_gid = (gid_t)options.gid;
	mutex_unlock(&root->i_lock);
	return node ? node : ERR_PTR(-ENOMEM);
}

void devpts_kill(struct dentry *node)
{
	struct inode *root = devpts_mnt->mnt_root->d_inode;

	mutex_lock(&root->i_lock);
	node->d_inode->i_nlink = 0;
	d_drop(node);
	dput(node);		/* the tree's */
	mutex_unlock(&root->i_lock);
	dput(node);
}

struct file *devpts_open(struct dentry *node, int flags)
{
	struct path path = { mount_of(devpts_mnt->mnt_sb), node };
	struct file *file;

	if (!path.mnt)
		return ERR_PTR(-ENODEV);
	file = dentry_open(&path, flags);
	mntput(path.mnt);
	return file;
}

void devpts_init(void)
{
	register_filesystem(&devpts_type);
	devpts_mnt = kern_mount(&devpts_type);
	options.mode = DEVPTS_MODE;
	ptmx_node = make_node("ptmx", 0, PTMX_DEV);
	if (!ptmx_node)
		panic("no memory for /dev/pts/ptmx");
}
