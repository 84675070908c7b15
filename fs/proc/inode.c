/*
 * inode.c - the file system "proc": its inodes, and its one instance. proc(5).
 *
 * There is one tree, however often it is mounted. Names are made at lookup and go with their last
 * user; only the root stays. An inode holds the struct pid of its task and never the task, so an
 * open file does not keep a zombie: each read asks anew, and gets ESRCH when the task is gone.
 *
 *	table of proc_entry --lookup--> inode + proc_inode --open--> seq_file --read--> show()
 */
#include <tine/cred.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "internal.h"


static struct kmem_cache *proc_inode_cache;

void proc_evict(struct inode *inode)
{
	struct proc_inode *pi = proc_i(inode);

	put_pid(pi->pid);
	kmem_cache_free(proc_inode_cache, pi);
}

struct task_struct *proc_task(const struct inode *inode)
{
	struct task_struct *p;

	spin_lock_irq(&tasklist_lock);
	p = pid_task(proc_i(inode)->pid, PIDTYPE_PID);
	if (p)
		get_task_struct(p);
	spin_unlock_irq(&tasklist_lock);
	return p ? p : ERR_PTR(-ESRCH);
}

void proc_update_owner(struct inode *inode)
{
	struct task_struct *p;
	const struct cred *cred;

	if (!proc_i(inode)->pid)
		return;
	p = proc_task(inode);
	if (IS_ERR(p))
		return;
	cred = get_task_cred(p);
	inode->i_uid = cred->euid;
	inode->i_gid = cred->egid;
	put_cred(cred);
	put_task_struct(p);
}

/* ---- links ---- */

static int proc_readlink(struct dentry *dentry, char *buf)
{
	struct inode *inode = dentry->d_inode;
	struct task_struct *p;
	int len;

	if (!proc_i(inode)->pid)
		return proc_i(inode)->entry->target(NULL, buf);
	p = proc_task(inode);
	if (IS_ERR(p))
		return PTR_ERR(p);
	len = proc_i(inode)->entry->target(p, buf);
	put_task_struct(p);
	return len;
}

static int proc_follow(struct dentry *dentry, struct path *path)
{
	struct inode *inode = dentry->d_inode;
	struct task_struct *p = proc_task(inode);
	int err;

	if (IS_ERR(p))
		return PTR_ERR(p);
	err = proc_may_inspect(p) ? proc_i(inode)->entry->follow(p, path) : -EACCES;
	put_task_struct(p);
	return err;
}

int proc_read_path(struct dentry *dentry, int (*follow)(struct dentry *, struct path *), char *buf)
{
	struct path path;
	char *name;
	int len = follow(dentry, &path);

	if (len)
		return len;
	name = d_path(&path, buf, PATH_MAX);
	path_put(&path);
	if (IS_ERR(name))
		return PTR_ERR(name);
	len = (int)strlen(name);
	memmove(buf, name, (size_t)len + 1);
	return len;
}

static int proc_read_followed(struct dentry *dentry, char *buf)
{
	return proc_read_path(dentry, proc_follow, buf);
}

/* open(2) with O_TRUNC, as "echo 1 >file" does: the value goes with the write. */
static int proc_truncate(struct inode *inode, loff_t size)
{
	return 0;
}

static const struct inode_operations proc_file_iops = { .truncate = proc_truncate, .evict = proc_evict };
static const struct inode_operations proc_text_link_iops = { .readlink = proc_readlink, .evict = proc_evict };
static const struct inode_operations proc_link_iops = {
	.readlink = proc_read_followed,
	.follow = proc_follow,
	.evict = proc_evict,
};

/* ---- inodes ---- */

static void set_operations(struct inode *inode, const struct proc_entry *entry)
{
	inode->i_op = &proc_file_iops;
	if (entry->children) {
		inode->i_op = &proc_table_iops;
		inode->i_fop = &proc_table_fops;
	} else if (entry->show) {
		inode->i_fop = &proc_seq_fops;
	} else if (entry->follow) {
		inode->i_op = &proc_link_iops;
	} else if (entry->target) {
		inode->i_op = &proc_text_link_iops;
	}
	if (entry->iop)
		inode->i_op = entry->iop;
	if (entry->fop)
		inode->i_fop = entry->fop;
}

struct inode *proc_new_inode(struct super_block *sb, const struct proc_entry *entry, struct pid *pid, u64 ino)
{
	struct proc_inode *pi = kmem_cache_alloc(proc_inode_cache, GFP_KERNEL);
	struct inode *inode;

	if (!pi)
		return ERR_PTR(-ENOMEM);
	inode = new_inode(sb, entry->mode);
	if (!inode) {
		kmem_cache_free(proc_inode_cache, pi);
		return ERR_PTR(-ENOMEM);
	}
	pi->entry = entry;
	pi->pid = get_pid(pid);
	pi->fd = 0;
	inode->i_private = pi;
	inode->i_ino = ino;
	inode->i_uid = inode->i_gid = 0;
	inode->i_nlink = S_ISDIR(entry->mode) ? 2 : 1;
	set_operations(inode, entry);
	proc_update_owner(inode);
	return inode;
}

void proc_inode_init(void)
{
	proc_inode_cache = kmem_cache_create("proc_inode", sizeof(struct proc_inode), 0);
}
