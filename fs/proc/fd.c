/*
 * fd.c - /proc/PID/fd: one link for each open descriptor, and /proc/PID/fdinfo. proc(5).
 *
 * A link leads to the open object itself, also where its name is gone or never was (pipes). Both
 * directories belong to the task's user alone.
 */
#include <tine/err.h>

#include "internal.h"

#define FIRST_FD_POS	2

/* The file that @p has open as @fd, with a reference, or NULL. */
static struct file *task_file(struct task_struct *p, unsigned int fd)
{
	struct file *file;
	int found = files_next_fd(p, fd, &file);

	if (found < 0)
		return NULL;
	if ((unsigned int)found == fd)
		return file;
	fput(file);
	return NULL;
}

static struct file *inode_file(const struct inode *inode)
{
	struct task_struct *p = proc_task(inode);
	struct file *file;

	if (IS_ERR(p))
		return ERR_CAST(p);
	file = proc_may_inspect(p) ? task_file(p, proc_i(inode)->fd) : ERR_PTR(-EACCES);
	put_task_struct(p);
	return file ? file : ERR_PTR(-ENOENT);
}

static int fd_follow(struct dentry *dentry, struct path *path)
{
	struct file *file = inode_file(dentry->d_inode);

	if (IS_ERR(file))
		return PTR_ERR(file);
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static int fd_readlink(struct dentry *dentry, char *buf)
{
	return proc_read_path(dentry, fd_follow, buf);
}

static int fdinfo_show(struct seq_file *m, struct task_struct *p)
{
	struct file *file = inode_file(seq_inode(m));

	if (IS_ERR(file))
		return PTR_ERR(file);
	seq_printf(m, "pos:\t%lld\nflags:\t0%o\nino:\t%lu\n", (long long)READ_ONCE(file->f_pos),
		   file->f_flags, file->f_inode->i_ino);
	if (file->f_op->show_fdinfo)
		file->f_op->show_fdinfo(m, file);
	fput(file);
	return 0;
}

static const struct inode_operations fd_link_iops = {
	.readlink = fd_readlink,
	.follow = fd_follow,
	.evict = proc_evict,
};
static const struct proc_entry fd_link = { "", S_IFLNK, .iop = &fd_link_iops };
static const struct proc_entry fdinfo_file = { "", S_IFREG | 0400, .show = fdinfo_show };

/* The bits of a link say how the file is open; proc(5). */
static mode_t link_mode(const struct file *file)
{
	mode_t mode = S_IFLNK;

	if (file->f_mode & FMODE_READ)
		mode |= S_IRUSR | S_IXUSR;
	if (file->f_mode & FMODE_WRITE)
		mode |= S_IWUSR | S_IXUSR;
	return mode;
}

static int bind_fd(struct inode *dir, struct dentry *dentry, const struct proc_entry *entry)
{
	long fd = proc_name_number(dentry);
	struct task_struct *p = proc_task(dir);
	struct file *file = NULL;
	struct inode *inode;

	if (!IS_ERR(p)) {
		file = fd < 0 ? NULL : task_file(p, (unsigned int)fd);
		put_task_struct(p);
	}
	if (!file)
		return -ENOENT;
	inode = proc_new_inode(dir->i_sb, entry, proc_i(dir)->pid, PROC_INO_FD(pid_nr(proc_i(dir)->pid), fd));
	if (!IS_ERR(inode)) {
		proc_i(inode)->fd = (unsigned int)fd;
		if (entry == &fd_link)
			inode->i_mode = link_mode(file);
		dentry->d_inode = inode;
	}
	fput(file);
	return IS_ERR(inode) ? PTR_ERR(inode) : 0;
}

static int fd_lookup(struct inode *dir, struct dentry *dentry)
{
	return bind_fd(dir, dentry, &fd_link);
}

static int fdinfo_lookup(struct inode *dir, struct dentry *dentry)
{
	return bind_fd(dir, dentry, &fdinfo_file);
}

/* A number may mean another file by now: always look anew. */
static bool fd_revalidate(struct inode *dir, struct dentry *dentry)
{
	return false;
}

static int list_fds(struct file *dir, struct dir_context *ctx, unsigned int type)
{
	pid_t nr = pid_nr(proc_i(dir->f_inode)->pid);
	struct task_struct *p;
	struct file *file;
	int fd;

	if (!proc_emit_dots(dir, ctx))
		return 0;
	p = proc_task(dir->f_inode);
	if (IS_ERR(p))
		return -ENOENT;
	while (ctx->pos <= NR_OPEN_MAX && (fd = files_next_fd(p, (unsigned int)ctx->pos - FIRST_FD_POS, &file)) >= 0) {
		fput(file);
		ctx->pos = fd + FIRST_FD_POS;
		if (!proc_emit_number(ctx, fd, PROC_INO_FD(nr, fd), type))
			break;
		ctx->pos++;
	}
	put_task_struct(p);
	return 0;
}

static int fd_readdir(struct file *file, struct dir_context *ctx)
{
	return list_fds(file, ctx, S_IFLNK);
}

static int fdinfo_readdir(struct file *file, struct dir_context *ctx)
{
	return list_fds(file, ctx, S_IFREG);
}

const struct inode_operations proc_fd_iops = {
	.lookup = fd_lookup, .revalidate = fd_revalidate, .evict = proc_evict,
};
const struct inode_operations proc_fdinfo_iops = {
	.lookup = fdinfo_lookup, .revalidate = fd_revalidate, .evict = proc_evict,
};
const struct file_operations proc_fd_fops = { .readdir = fd_readdir, .llseek = proc_dir_llseek };
const struct file_operations proc_fdinfo_fops = { .readdir = fdinfo_readdir, .llseek = proc_dir_llseek };
