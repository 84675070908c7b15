/*
 * fs_struct.c - where a process is: its root, its working directory, its umask; getcwd(2).
 */
#include "internal.h"

#include <tine/fork.h>

struct fs_struct init_fs = { .users = REFCOUNT_INIT(1), .lock = SPINLOCK_INIT, .umask = 022 };

static struct fs_struct *dup_fs(struct fs_struct *old)
{
	struct fs_struct *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	refcount_set(&fs->users, 1);
	spin_lock_init(&fs->lock);
	spin_lock(&old->lock);
	fs->umask = old->umask;
	fs->root = old->root;
	fs->pwd = old->pwd;
	path_get(&fs->root);
	path_get(&fs->pwd);
	spin_unlock(&old->lock);
	return fs;
}

/* While a task executes exec, who shares its fs_struct must not change: -EAGAIN. */
int copy_fs(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct fs_struct *fs = current->fs;
	bool shared = args->flags & CLONE_FS;
	int err = 0;

	if (fs && shared) {
		spin_lock(&fs->lock);
		if (fs->in_exec)
			err = -EAGAIN;
		else
			refcount_inc(&fs->users);
		spin_unlock(&fs->lock);
	} else if (fs) {
		fs = dup_fs(fs);
		err = fs ? 0 : -ENOMEM;
	}
	p->fs = err ? NULL : fs;
	return err;
}

void exit_fs(struct task_struct *p)
{
	struct fs_struct *fs;

	task_lock(p);
	fs = p->fs;
	p->fs = NULL;
	task_unlock(p);
	if (!fs || !refcount_dec_and_test(&fs->users))
		return;
	path_put(&fs->pwd);
	path_put(&fs->root);
	kfree(fs);
}

void get_fs_root(struct path *root)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*root = fs->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

void get_fs_pwd(struct path *pwd)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*pwd = fs->pwd;
	path_get(pwd);
	spin_unlock(&fs->lock);
}

/* Put @path in @place of the task's fs_struct; takes the reference over. */
static void set_fs_path(struct path *place, const struct path *path)
{
	struct path old;

	spin_lock(&current->fs->lock);
	old = *place;
	*place = *path;
	spin_unlock(&current->fs->lock);
	path_put(&old);
}

long sys_chdir(const char __user *name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC);
	if (err)
		path_put(&path);
	else
		set_fs_path(&current->fs->pwd, &path);
	return err;
}

long sys_fchdir(unsigned int fd)
{
	struct fd f = fdget_raw(fd);
	struct path path;
	int err;

	if (!f.file)
		return -EBADF;
	path = f.file->f_path;
	err = S_ISDIR(f.file->f_inode->i_mode) ? inode_permission(f.file->f_inode, MAY_EXEC) : -ENOTDIR;
	if (!err) {
		path_get(&path);
		set_fs_path(&current->fs->pwd, &path);
	}
	fdput(f);
	return err;
}

long sys_chroot(const char __user *name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC);
	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err)
		path_put(&path);
	else
		set_fs_path(&current->fs->root, &path);
	return err;
}

long sys_umask(mode_t mask)
{
	return xchg(&current->fs->umask, mask & (S_IRWXU | S_IRWXG | S_IRWXO));
}
