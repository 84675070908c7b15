/*
 * fs_struct.c - where a process is: its root, its working directory, its umask; getcwd(2).
 *
 * An fs_struct is what CLONE_FS shares. Root and working directory lie in an fs_place, which never
 * changes: who moves gets a new one. So fork takes one reference to the place, and needs no other.
 */
#include "internal.h"

#include <tine/fork.h>

struct fs_struct init_fs = { .users = REFCOUNT_INIT(1), .lock = SPINLOCK_INIT, .umask = 022 };
static struct kmem_cache *fs_cache, *place_cache;

void fs_struct_init(const struct path *root)
{
	fs_cache = kmem_cache_create("fs_struct", sizeof(struct fs_struct), 0);
	place_cache = kmem_cache_create("fs_place", sizeof(struct fs_place), 0);
	init_fs.place = kmem_cache_alloc(place_cache, GFP_KERNEL);
	if (!init_fs.place)
		panic("no memory for the first root directory");
	*init_fs.place = (struct fs_place){ .count = REFCOUNT_INIT(1), .root = *root, .pwd = *root };
	path_get(root);
	path_get(root);
}

static void put_place(struct fs_place *place)
{
	if (!refcount_dec_and_test(&place->count))
		return;
	path_put(&place->pwd);
	path_put(&place->root);
	kmem_cache_free(place_cache, place);
}

static struct fs_struct *dup_fs(struct fs_struct *old)
{
	struct fs_struct *fs = kmem_cache_alloc(fs_cache, GFP_KERNEL);

	if (!fs)
		return NULL;
	refcount_set(&fs->users, 1);
	spin_lock_init(&fs->lock);
	fs->in_exec = false;
	spin_lock(&old->lock);
	fs->umask = old->umask;
	fs->place = old->place;
	refcount_inc(&fs->place->count);
	spin_unlock(&old->lock);
	return fs;
}

/* While exec starts a program that gains rights, who shares the fs_struct must not change: -EAGAIN. */
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
	put_place(fs->place);
	kmem_cache_free(fs_cache, fs);
}

bool fs_exec_begin(unsigned int users)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	if ((unsigned int)refcount_read(&fs->users) <= users)
		fs->in_exec = true;
	spin_unlock(&fs->lock);
	return fs->in_exec;
}

void fs_exec_end(void)
{
	struct fs_struct *fs = current->fs;

	if (!READ_ONCE(fs->in_exec))
		return;
	spin_lock(&fs->lock);
	fs->in_exec = false;
	spin_unlock(&fs->lock);
}

void get_fs_root(struct path *root)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*root = fs->place->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

void get_fs_pwd(struct path *pwd)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*pwd = fs->place->pwd;
	path_get(pwd);
	spin_unlock(&fs->lock);
}

/*
 * Go to @path: the task's root or working directory. Its references are taken over, or dropped: -ENOMEM.
 */
static int move_to(const struct path *path, bool root)
{
	struct fs_place *new = kmem_cache_alloc(place_cache, GFP_KERNEL), *old;
	struct fs_struct *fs = current->fs;

	if (!new) {
		path_put(path);
		return -ENOMEM;
	}
	refcount_set(&new->count, 1);
	spin_lock(&fs->lock);
	old = fs->place;
	new->root = root ? *path : old->root;
	new->pwd = root ? old->pwd : *path;
	path_get(root ? &new->pwd : &new->root);
	fs->place = new;
	spin_unlock(&fs->lock);
	put_place(old);
	return 0;
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
		err = move_to(&path, false);
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
		err = move_to(&path, false);
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
		err = move_to(&path, true);
	return err;
}

long sys_umask(mode_t mask)
{
	return xchg(&current->fs->umask, mask & (S_IRWXU | S_IRWXG | S_IRWXO));
}
