/*
 * root.c - the top of /proc: the names that are always there, then one directory for each process.
 */
#include <tine/cred.h>
#include <tine/format.h>
#include <tine/printk.h>

#include "internal.h"

#define PROC_SUPER_MAGIC 0x9fa0		/* linux/magic.h */
#define FIRST_PID_POS	256		/* position in the directory of process 0; the names come before */

static struct super_block *proc_sb;	/* the one instance, with a reference for good */

/* /proc/self: the process of the reader, whoever that is. */
static int self_target(struct task_struct *p, char *buf)
{
	return snprintf(buf, PATH_MAX, "%d", current->tgid);
}

static int thread_self_target(struct task_struct *p, char *buf)
{
	return snprintf(buf, PATH_MAX, "%d/task/%d", current->tgid, current->pid);
}

static int mounts_target(struct task_struct *p, char *buf)
{
	return snprintf(buf, PATH_MAX, "self/mounts");
}

static const struct proc_entry root_table[] = {
	{ "cmdline",	 S_IFREG | 0444, .show = proc_show_boot_cmdline },
	{ "cpuinfo",	 S_IFREG | 0444, .show = proc_show_cpuinfo },
	{ "filesystems", S_IFREG | 0444, .show = proc_show_filesystems },
	{ "ledger",	 S_IFREG | 0444, .show = proc_show_ledger },
	{ "loadavg",	 S_IFREG | 0444, .show = proc_show_loadavg },
	{ "meminfo",	 S_IFREG | 0444, .show = proc_show_meminfo },
	{ "mounts",	 S_IFLNK | 0777, .target = mounts_target },
	{ "self",	 S_IFLNK | 0777, .target = self_target },
	{ "stat",	 S_IFREG | 0444, .show = proc_show_system_stat },
	{ "sys",	 S_IFDIR | 0555, .children = proc_sys_table },
	{ "thread-self", S_IFLNK | 0777, .target = thread_self_target },
	{ "uptime",	 S_IFREG | 0444, .show = proc_show_uptime },
	{ "version",	 S_IFREG | 0444, .show = proc_show_version },
	{ NULL }
};

static int root_lookup(struct inode *dir, struct dentry *dentry)
{
	long nr = proc_name_number(dentry);

	if (nr >= 0)
		return proc_pid_lookup(dir, dentry, (pid_t)nr);
	return proc_lookup_table(dir, dentry, root_table);
}

static int root_readdir(struct file *file, struct dir_context *ctx)
{
	if (!proc_emit_dots(file, ctx) || !proc_emit_table(file, ctx, root_table))
		return 0;
	return proc_pid_readdir(ctx, FIRST_PID_POS);
}

static bool root_revalidate(struct inode *dir, struct dentry *dentry)
{
	return !proc_i(dentry->d_inode)->pid || proc_pid_revalidate(dir, dentry);
}

static const struct inode_operations root_iops = {
	.lookup = root_lookup,
	.revalidate = root_revalidate,
	.evict = proc_evict,
};
static const struct file_operations root_fops = { .readdir = root_readdir, .llseek = proc_dir_llseek };
static const struct proc_entry root_entry = { "", S_IFDIR | 0555, .iop = &root_iops, .fop = &root_fops };

static int proc_mount(const struct file_system_type *type, const char *options, struct super_block **sb)
{
	refcount_inc(&proc_sb->s_count);
	*sb = proc_sb;
	return 0;
}

static struct file_system_type proc_type = {
	.name = "proc",
	.nodev = true,
	.mount = proc_mount,
	.magic = PROC_SUPER_MAGIC,
};

void proc_init(void)
{
	struct inode *inode;

	proc_inode_init();
	proc_sb = sget_new(&proc_type);
	inode = proc_sb ? proc_new_inode(proc_sb, &root_entry, NULL, PROC_INO_ROOT) : ERR_PTR(-ENOMEM);
	if (IS_ERR(inode))
		panic("no memory for the root of proc");
	proc_sb->s_root = d_make_root(inode, proc_sb);
	if (!proc_sb->s_root)
		panic("no memory for the root of proc");
	register_filesystem(&proc_type);
}
