/*
 * file.c - descriptors and open files: what a process does with its table, and the life of what it points to.
 *
 * A descriptor is an index into the table of current->files. A bit in open_fds says that it is taken;
 * while an open is under way the bit is set and the pointer is still NULL. Each table entry holds
 * one reference on its struct file; dup(2) adds references to the same file, fork(2) shares the whole
 * table until one side changes its own: see fdtable.c.
 *
 * Locks: (F) files->file_lock guards the pointer to the table, and the table while it is that files_struct's
 * own; nothing is allocated, closed or freed under it. A task whose files_struct is not shared (count 1)
 * reads without the lock: only the task itself changes its table then, others merely look
 * (files_next_fd) and take the lock for that; and a table that is shared is changed by nobody.
 */
#include "internal.h"

#include <tine/bitmap.h>
#include <tine/ledger.h>

#include "files_struct.h"

struct files_struct init_files = { .count = REFCOUNT_INIT(1), .file_lock = SPINLOCK_INIT };
static struct kmem_cache *filp_cache;

void files_init(void)
{
	filp_cache = kmem_cache_create("filp", sizeof(struct file), 0);
	fdtable_init();
	files_struct_init();
	init_files.fdt = fdtable_alloc_empty(NR_OPEN_DEFAULT);
	if (!init_files.fdt)
		panic("no memory for the first descriptor table");
}

/* ---- open files ---- */

struct file *alloc_empty_file(unsigned int flags)
{
	struct file *file = kmem_cache_alloc(filp_cache, GFP_KERNEL | __GFP_ZERO);

	if (!file)
		return NULL;
	refcount_set(&file->f_count, 1);
	file->f_flags = flags;
	file->f_mode = (flags + 1) & O_ACCMODE;		/* O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2 */
	mutex_init(&file->f_pos_lock);
	ledger_add(LEDGER_FILES, 1);
	return file;
}

struct file *alloc_file(const struct path *path, unsigned int flags, const struct file_operations *fop)
{
	struct file *file = alloc_empty_file(flags);

	if (!file)
		return ERR_PTR(-ENOMEM);
	path_get(path);
	file->f_path = *path;
	file->f_inode = path->dentry->d_inode;
	file->f_op = fop;
	file->f_mode |= FMODE_OPENED;
	if (fop->llseek && fop->llseek != no_llseek && fop->llseek != noop_llseek)
		file->f_mode |= FMODE_LSEEK;
	return file;
}

struct file *get_file(struct file *file)
{
	refcount_inc(&file->f_count);
	return file;
}

static void file_free(struct file *file)
{
	if ((file->f_mode & FMODE_OPENED) && file->f_op->release)
		file->f_op->release(file->f_inode, file);
	put_pid(file->f_owner);
	if (file->f_path.mnt)
		path_put(&file->f_path);
	kmem_cache_free(filp_cache, file);
	ledger_add(LEDGER_FILES, -1);
}

void fput(struct file *file)
{
	if (refcount_dec_and_test(&file->f_count))
		file_free(file);
}

int filp_close(struct file *file, struct files_struct *files)
{
	if (unlikely(!list_empty(&file->f_inode->i_flock)))
		locks_remove_posix(file, files);
	fput(file);
	return 0;
}

/* ---- looking up ---- */

static struct file *files_lookup(const struct files_struct *files, unsigned int fd)
{
	const struct fdtable *fdt = files->fdt;

	return fd < fdt->max_fds ? fdt->fd[fd] : NULL;
}

struct fd fdget_raw(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct fd f = { NULL, false };

	if (likely(refcount_read(&files->count) == 1)) {
		f.file = files_lookup(files, fd);
		return f;
	}
	spin_lock(&files->file_lock);
	f.file = files_lookup(files, fd);
	if (f.file) {
		get_file(f.file);
		f.counted = true;
	}
	spin_unlock(&files->file_lock);
	return f;
}

struct fd fdget(unsigned int fd)
{
	struct fd f = fdget_raw(fd);

	if (f.file && unlikely(f.file->f_mode & FMODE_PATH)) {
		fdput(f);
		f.file = NULL;
	}
	return f;
}

static struct file *fd_to_file(struct fd f)
{
	return f.file && !f.counted ? get_file(f.file) : f.file;
}

struct file *fget(unsigned int fd)
{
	return fd_to_file(fdget(fd));
}

struct file *fget_raw(unsigned int fd)
{
	return fd_to_file(fdget_raw(fd));
}

bool fd_still_is(unsigned int fd, const struct file *file)
{
	struct files_struct *files = current->files;
	bool still;

	spin_lock(&files->file_lock);
	still = files_lookup(files, fd) == file;
	spin_unlock(&files->file_lock);
	return still;
}

int files_next_fd(struct task_struct *p, unsigned int from, struct file **file)
{
	struct files_struct *files;
	int found = -1;

	task_lock(p);
	files = p->files;
	if (files) {
		const struct fdtable *fdt;

		spin_lock(&files->file_lock);
		fdt = files->fdt;
		for (unsigned int fd = from; fd < fdt->max_fds; fd++) {
			fd = (unsigned int)find_next_bit(fdt->open_fds, fdt->max_fds, fd);
			if (fd < fdt->max_fds && fdt->fd[fd]) {
				*file = get_file(fdt->fd[fd]);
				found = (int)fd;
				break;
			}
		}
		spin_unlock(&files->file_lock);
	}
	task_unlock(p);
	return found;
}

unsigned int files_max_fds(struct files_struct *files)
{
	unsigned int max;

	spin_lock(&files->file_lock);
	max = files->fdt->max_fds;
	spin_unlock(&files->file_lock);
	return max;
}

/* ---- taking and giving back descriptors ---- */

static void mark_fd(struct fdtable *fdt, unsigned int fd, unsigned int flags)
{
	set_bit(fdt->open_fds, fd);
	if (flags & O_CLOEXEC)
		set_bit(fdt->close_on_exec, fd);
	else
		clear_bit(fdt->close_on_exec, fd);
}

static void unmark_fd(struct fdtable *fdt, unsigned int fd)
{
	clear_bit(fdt->open_fds, fd);
	fdt->next_fd = min(fdt->next_fd, fd);
}

int get_unused_fd_from(unsigned int from, unsigned int flags)
{
	struct files_struct *files = current->files;
	unsigned long limit = rlimit(RLIMIT_NOFILE);

	if (should_fail(FAIL_LIMIT))
		return -EMFILE;
	for (;;) {
		struct fdtable *fdt;
		unsigned int fd;
		int err;

		spin_lock(&files->file_lock);
		fdt = files->fdt;
		fd = (unsigned int)find_next_zero_bit(fdt->open_fds, fdt->max_fds, max(from, fdt->next_fd));
		if (fd < limit)
			fdt = files_own(files);
		if (fd < fdt->max_fds && fd < limit) {
			mark_fd(fdt, fd, flags);
			fdt->reserved++;
			if (from <= fdt->next_fd)
				fdt->next_fd = fd + 1;
			spin_unlock(&files->file_lock);
			return (int)fd;
		}
		spin_unlock(&files->file_lock);
		fd = max(fd, from);
		if (fd >= limit)
			return -EMFILE;
		err = expand_files(files, fd);
		if (err)
			return err;
	}
}

int get_unused_fd_flags(unsigned int flags)
{
	return get_unused_fd_from(0, flags);
}

void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	debug_assert(cow_is_own(&files->fdt->cow) && files->fdt->reserved);
	unmark_fd(files->fdt, fd);
	files->fdt->reserved--;
	spin_unlock(&files->file_lock);
}

void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	debug_assert(cow_is_own(&files->fdt->cow) && files->fdt->reserved);
	files->fdt->fd[fd] = file;
	files->fdt->reserved--;
	spin_unlock(&files->file_lock);
}

struct file *pick_file(struct files_struct *files, unsigned int fd)
{
	struct file *file = files_lookup(files, fd);

	if (file) {
		struct fdtable *fdt = files_own(files);

		fdt->fd[fd] = NULL;
		unmark_fd(fdt, fd);
	}
	return file;
}

int close_fd(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file;

	spin_lock(&files->file_lock);
	file = pick_file(files, fd);
	spin_unlock(&files->file_lock);
	return file ? filp_close(file, files) : -EBADF;
}

/* The table of the task, its own and with a place for @fd, and (F) held; or ERR_PTR. */
static struct fdtable *own_table_for(struct files_struct *files, unsigned int fd)
{
	for (;;) {
		struct fdtable *fdt;
		int err;

		spin_lock(&files->file_lock);
		fdt = files_own(files);
		if (fd < fdt->max_fds)
			return fdt;
		spin_unlock(&files->file_lock);
		err = expand_files(files, fd);
		if (err)
			return ERR_PTR(err);
	}
}

int replace_fd(unsigned int newfd, struct file *file, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	struct file *old;

	if (newfd >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	fdt = own_table_for(files, newfd);
	if (IS_ERR(fdt))
		return PTR_ERR(fdt);
	old = fdt->fd[newfd];
	if (!old && test_bit(fdt->open_fds, newfd)) {
		spin_unlock(&files->file_lock);
		return -EBUSY;		/* another thread is about to open it */
	}
	fdt->fd[newfd] = get_file(file);
	mark_fd(fdt, newfd, flags);
	spin_unlock(&files->file_lock);
	if (old)
		filp_close(old, files);
	return (int)newfd;
}

void set_close_on_exec(unsigned int fd, bool on)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	if (files_lookup(files, fd) && test_bit(files->fdt->close_on_exec, fd) != on)
		mark_fd(files_own(files), fd, on ? O_CLOEXEC : 0);
	spin_unlock(&files->file_lock);
}

bool get_close_on_exec(unsigned int fd)
{
	struct files_struct *files = current->files;
	bool on;

	spin_lock(&files->file_lock);
	on = fd < files->fdt->max_fds && test_bit(files->fdt->close_on_exec, fd);
	spin_unlock(&files->file_lock);
	return on;
}
