/*
 * file.c - descriptors and open files: the table of a process, and the life of what it points to.
 *
 * A descriptor is an index into files_struct.fd[]. A bit in open_fds says that it is taken; while
 * an open is under way the bit is set and the pointer is still NULL. Each table entry holds one
 * reference on its struct file; fork(2) and dup(2) add references to the same file.
 *
 * Locks: (F) files->file_lock guards the table; nothing is allocated, closed or freed under it.
 * A task whose table is not shared (count 1) reads it without the lock: only the task itself ever
 * changes it then, others merely look (files_next_fd) and take the lock for that.
 */
#include "internal.h"

#include <tine/bitmap.h>
#include <tine/ledger.h>

#include "files_struct.h"

struct files_struct init_files;
static struct kmem_cache *files_cache, *filp_cache;

/* The entries of fd_array are left as they are: zero in init_files, else dup_files() fills them. */
static void files_setup(struct files_struct *files)
{
	refcount_set(&files->count, 1);
	spin_lock_init(&files->file_lock);
	files->max_fds = NR_OPEN_DEFAULT;
	files->next_fd = 0;
	files->fd = files->fd_array;
	files->open_fds = files->open_fds_init;
	files->close_on_exec = files->close_on_exec_init;
	files->open_fds_init[0] = 0;
	files->close_on_exec_init[0] = 0;
}

void files_init(void)
{
	files_cache = kmem_cache_create("files_cache", sizeof(struct files_struct), 64);
	filp_cache = kmem_cache_create("filp", sizeof(struct file), 0);
	files_setup(&init_files);
}

struct files_struct *files_alloc(void)
{
	struct files_struct *files = kmem_cache_alloc(files_cache, GFP_KERNEL);

	if (files)
		files_setup(files);
	return files;
}

void files_free(struct files_struct *files)
{
	if (files->fd != files->fd_array)
		kfree(files->fd);
	kmem_cache_free(files_cache, files);
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

static struct file *files_lookup(struct files_struct *files, unsigned int fd)
{
	return fd < files->max_fds ? files->fd[fd] : NULL;
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

int files_next_fd(struct task_struct *p, unsigned int from, struct file **file)
{
	struct files_struct *files;
	int found = -1;

	task_lock(p);
	files = p->files;
	if (files) {
		spin_lock(&files->file_lock);
		for (unsigned int fd = from; fd < files->max_fds; fd++) {
			fd = (unsigned int)find_next_bit(files->open_fds, files->max_fds, fd);
			if (fd < files->max_fds && files->fd[fd]) {
				*file = get_file(files->fd[fd]);
				found = (int)fd;
				break;
			}
		}
		spin_unlock(&files->file_lock);
	}
	task_unlock(p);
	return found;
}

/* ---- the table grows ---- */

struct fd_arrays {
	unsigned int max;
	struct file **fd;
	unsigned long *open_fds, *close_on_exec;
};

/* One zeroed block with the three arrays for @max descriptors, a multiple of 64. */
static int alloc_arrays(struct fd_arrays *a, unsigned int max)
{
	size_t map = BITS_TO_LONGS(max) * sizeof(long);
	char *block = kzalloc(max * sizeof(struct file *) + 2 * map, GFP_KERNEL);

	if (!block)
		return -ENOMEM;
	a->max = max;
	a->fd = (struct file **)block;
	a->open_fds = (unsigned long *)(block + max * sizeof(struct file *));
	a->close_on_exec = (unsigned long *)(block + max * sizeof(struct file *) + map);
	return 0;
}

static void copy_arrays(const struct fd_arrays *to, const struct files_struct *from, unsigned int n)
{
	memcpy(to->fd, from->fd, n * sizeof(struct file *));
	memcpy(to->open_fds, from->open_fds, n / 8);
	memcpy(to->close_on_exec, from->close_on_exec, n / 8);
}

void files_copy_entries(struct files_struct *to, const struct files_struct *from, unsigned int n)
{
	struct fd_arrays a = { n, to->fd, to->open_fds, to->close_on_exec };

	copy_arrays(&a, from, n);
	to->next_fd = min(from->next_fd, n);
}

/* A power of two above @nr, so that growing one by one costs little. */
static unsigned int table_size(unsigned int nr)
{
	unsigned int size = NR_OPEN_DEFAULT;

	while (size <= nr)
		size *= 2;
	return size;
}

/* Another thread may do the same at the same time. */
int expand_files(struct files_struct *files, unsigned int nr)
{
	struct fd_arrays a;
	struct file **old = NULL;
	int err;

	if (nr >= NR_OPEN_MAX)
		return -EMFILE;
	err = alloc_arrays(&a, table_size(nr));
	if (err)
		return err;
	spin_lock(&files->file_lock);
	if (files->max_fds >= a.max) {
		old = a.fd;
	} else {
		copy_arrays(&a, files, files->max_fds);
		if (files->fd != files->fd_array)
			old = files->fd;
		files->fd = a.fd;
		files->open_fds = a.open_fds;
		files->close_on_exec = a.close_on_exec;
		files->max_fds = a.max;
	}
	spin_unlock(&files->file_lock);
	kfree(old);
	return 0;
}

/* ---- taking and giving back descriptors ---- */

static void mark_fd(struct files_struct *files, unsigned int fd, unsigned int flags)
{
	set_bit(files->open_fds, fd);
	if (flags & O_CLOEXEC)
		set_bit(files->close_on_exec, fd);
	else
		clear_bit(files->close_on_exec, fd);
}

static void unmark_fd(struct files_struct *files, unsigned int fd)
{
	clear_bit(files->open_fds, fd);
	files->next_fd = min(files->next_fd, fd);
}

int get_unused_fd_from(unsigned int from, unsigned int flags)
{
	struct files_struct *files = current->files;
	unsigned long limit = rlimit(RLIMIT_NOFILE);

	if (should_fail(FAIL_LIMIT))
		return -EMFILE;
	for (;;) {
		unsigned int fd;
		int err;

		spin_lock(&files->file_lock);
		fd = (unsigned int)find_next_zero_bit(files->open_fds, files->max_fds, max(from, files->next_fd));
		if (fd < files->max_fds && fd < limit) {
			mark_fd(files, fd, flags);
			if (from <= files->next_fd)
				files->next_fd = fd + 1;
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
	unmark_fd(files, fd);
	spin_unlock(&files->file_lock);
}

void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	files->fd[fd] = file;
	spin_unlock(&files->file_lock);
}

struct file *pick_file(struct files_struct *files, unsigned int fd)
{
	struct file *file = files_lookup(files, fd);

	if (file) {
		files->fd[fd] = NULL;
		unmark_fd(files, fd);
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

int replace_fd(unsigned int newfd, struct file *file, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct file *old;
	int err;

	if (newfd >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	if (newfd >= READ_ONCE(files->max_fds)) {
		err = expand_files(files, newfd);
		if (err)
			return err;
	}
	spin_lock(&files->file_lock);
	old = files->fd[newfd];
	if (!old && test_bit(files->open_fds, newfd)) {
		spin_unlock(&files->file_lock);
		return -EBUSY;		/* another thread is about to open it */
	}
	files->fd[newfd] = get_file(file);
	mark_fd(files, newfd, flags);
	spin_unlock(&files->file_lock);
	if (old)
		filp_close(old, files);
	return (int)newfd;
}

void set_close_on_exec(unsigned int fd, bool on)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	if (files_lookup(files, fd))
		mark_fd(files, fd, on ? O_CLOEXEC : 0);
	spin_unlock(&files->file_lock);
}

bool get_close_on_exec(unsigned int fd)
{
	struct files_struct *files = current->files;
	bool on;

	spin_lock(&files->file_lock);
	on = fd < files->max_fds && test_bit(files->close_on_exec, fd);
	spin_unlock(&files->file_lock);
	return on;
}
