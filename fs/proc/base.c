/*
 * base.c - the directories of tasks: /proc/PID and /proc/PID/task/TID.
 *
 * A number in /proc leads to a thread; only processes (group leaders) are listed, as on Linux.
 */
#include <tine/cred.h>
#include <tine/mm.h>

#include "internal.h"

#define FIRST_TID_POS	2

static const struct inode_operations task_dir_iops, pid_table_iops;
static const struct file_operations task_dir_fops;

/* What process and thread directories have in common. */
#define TASK_ENTRIES(stat) \
	{ "auxv",	S_IFREG | 0400, .inspect = true, .show = proc_show_auxv }, \
	{ "cmdline",	S_IFREG | 0444, .show = proc_show_cmdline }, \
	{ "comm",	S_IFREG | 0644, .show = proc_show_comm, .write = proc_write_comm }, \
	{ "cwd",	S_IFLNK | 0777, .follow = proc_follow_cwd }, \
	{ "environ",	S_IFREG | 0400, .inspect = true, .show = proc_show_environ }, \
	{ "exe",	S_IFLNK | 0777, .follow = proc_follow_exe }, \
	{ "fail-nth",	S_IFREG | 0644, .fop = &proc_fail_nth_fops }, \
	{ "fd",		S_IFDIR | 0500, .iop = &proc_fd_iops, .fop = &proc_fd_fops }, \
	{ "fdinfo",	S_IFDIR | 0500, .iop = &proc_fdinfo_iops, .fop = &proc_fdinfo_fops }, \
	{ "limits",	S_IFREG | 0444, .show = proc_show_limits }, \
	{ "maps",	S_IFREG | 0444, .inspect = true, .show = proc_show_maps }, \
	{ "mountinfo",	S_IFREG | 0444, .show = proc_show_mountinfo }, \
	{ "mounts",	S_IFREG | 0444, .show = proc_show_mounts }, \
	{ "oom_score",	S_IFREG | 0444, .show = proc_show_oom_score }, \
	{ "root",	S_IFLNK | 0777, .follow = proc_follow_root }, \
	{ "stat",	S_IFREG | 0444, .show = stat }, \
	{ "statm",	S_IFREG | 0444, .show = proc_show_statm }, \
	{ "status",	S_IFREG | 0444, .show = proc_show_status }, \
	{ "wchan",	S_IFREG | 0444, .show = proc_show_wchan }

static const struct proc_entry tid_table[] = {
	TASK_ENTRIES(proc_show_tid_stat),
	{ NULL }
};

static const struct proc_entry tgid_table[] = {
	TASK_ENTRIES(proc_show_tgid_stat),
	{ "task",	S_IFDIR | 0555, .iop = &task_dir_iops, .fop = &task_dir_fops },
	{ NULL }
};

static const struct proc_entry tid_entry = {
	"", S_IFDIR | 0555, .children = tid_table, .iop = &pid_table_iops,
};
const struct proc_entry proc_tgid_entry = {
	"", S_IFDIR | 0555, .children = tgid_table, .iop = &pid_table_iops,
};

bool proc_may_inspect(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *cred;
	bool same;

	if (p->signal == current->signal)
		return true;
	cred = get_task_cred(p);
	same = mine->fsuid == cred->uid && mine->fsuid == cred->euid && mine->fsuid == cred->suid &&
	       mine->fsgid == cred->gid && mine->fsgid == cred->egid && mine->fsgid == cred->sgid;
	put_cred(cred);
	return same || capable(CAP_SYS_PTRACE);
}

/* ---- /proc/PID ---- */

/* The pid called @nr with a reference if a thread has it, else NULL; of the group @tgid unless 0. */
static struct pid *get_task_pid(pid_t nr, pid_t tgid)
{
	struct task_struct *p;
	struct pid *pid = NULL;

	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(nr);
	if (p && (!tgid || p->tgid == tgid))
		pid = get_pid(p->thread_pid);
	spin_unlock_irq(&tasklist_lock);
	return pid;
}

static int bind_task(struct inode *dir, struct dentry *dentry, const struct proc_entry *entry, pid_t nr, pid_t tgid)
{
	struct pid *pid = get_task_pid(nr, tgid);
	struct inode *inode;

	if (!pid)
		return -ENOENT;
	inode = proc_new_inode(dir->i_sb, entry, pid, tgid ? PROC_INO_THREAD(nr) : PROC_INO(nr, 0) - 1);
	put_pid(pid);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	dentry->d_inode = inode;
	return 0;
}

int proc_pid_lookup(struct inode *dir, struct dentry *dentry, pid_t nr)
{
	return bind_task(dir, dentry, &proc_tgid_entry, nr, 0);
}

static bool is_process(pid_t nr)
{
	bool yes;

	spin_lock_irq(&tasklist_lock);
	yes = pid_task(find_pid(nr), PIDTYPE_TGID) != NULL;
	spin_unlock_irq(&tasklist_lock);
	return yes;
}

int proc_pid_readdir(struct dir_context *ctx, loff_t first)
{
	pid_t nr = ctx->pos > first ? (pid_t)min_t(loff_t, ctx->pos - first, PID_MAX_LIMIT) : 0;

	while ((nr = next_pid(nr)) >= 0) {
		ctx->pos = first + nr;
		if (is_process(nr) && !proc_emit_number(ctx, nr, PROC_INO(nr, 0) - 1, S_IFDIR))
			return 0;
		ctx->pos = first + ++nr;
	}
	return 0;
}

bool proc_pid_revalidate(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = proc_task(dentry->d_inode);

	if (IS_ERR(p))
		return false;
	put_task_struct(p);
	proc_update_owner(dentry->d_inode);
	return true;
}

static int pid_table_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = proc_task(dir);

	if (IS_ERR(p))
		return -ENOENT;
	put_task_struct(p);
	return proc_lookup_table(dir, dentry, proc_i(dir)->entry->children);
}

static const struct inode_operations pid_table_iops = {
	.lookup = pid_table_lookup,
	.revalidate = proc_pid_revalidate,
	.evict = proc_evict,
};

/* ---- /proc/PID/task ---- */

static int task_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = proc_task(dir);
	long nr = proc_name_number(dentry);
	pid_t tgid;

	if (IS_ERR(p))
		return -ENOENT;
	tgid = p->tgid;
	put_task_struct(p);
	return nr < 0 ? -ENOENT : bind_task(dir, dentry, &tid_entry, (pid_t)nr, tgid);
}

/* The smallest thread number of @p's group that is at least @from, or -1. */
static pid_t next_tid(struct task_struct *p, pid_t from)
{
	struct task_struct *t;
	pid_t found = -1;

	spin_lock_irq(&tasklist_lock);
	if (p->thread_pid) {
		for_each_thread(p, t) {
			if (t->pid >= from && (found < 0 || t->pid < found))
				found = t->pid;
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return found;
}

static int task_dir_readdir(struct file *file, struct dir_context *ctx)
{
	struct task_struct *p;
	pid_t nr;

	if (!proc_emit_dots(file, ctx))
		return 0;
	p = proc_task(file->f_inode);
	if (IS_ERR(p))
		return -ENOENT;
	while (ctx->pos <= PID_MAX_LIMIT && (nr = next_tid(p, (pid_t)ctx->pos - FIRST_TID_POS)) >= 0) {
		ctx->pos = nr + FIRST_TID_POS;
		if (!proc_emit_number(ctx, nr, PROC_INO_THREAD(nr), S_IFDIR))
			break;
		ctx->pos++;
	}
	put_task_struct(p);
	return 0;
}

static const struct inode_operations task_dir_iops = {
	.lookup = task_dir_lookup,
	.revalidate = proc_pid_revalidate,
	.evict = proc_evict,
};
static const struct file_operations task_dir_fops = { .readdir = task_dir_readdir, .llseek = proc_dir_llseek };
