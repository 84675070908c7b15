/*
 * files_struct.c - descriptor tables as wholes: fork, exec, exit, close_range(2).
 */
#include "internal.h"

#include <tine/bitmap.h>
#include <tine/fork.h>

#include "files_struct.h"

/* Close the descriptors from @fd to @last. */
static void close_files(struct files_struct *files, unsigned int fd, unsigned int last)
{
	for (;; fd++) {
		struct file *file = NULL;
		bool done;

		spin_lock(&files->file_lock);
		fd = (unsigned int)find_next_bit(files->open_fds, files->max_fds, fd);
		done = fd >= files->max_fds || fd >= last;
		if (fd < files->max_fds && fd <= last)
			file = pick_file(files, fd);
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
		if (done)
			return;
	}
}

static void put_files(struct files_struct *files)
{
	if (!refcount_dec_and_test(&files->count))
		return;
	close_files(files, 0, NR_OPEN_MAX);
	files_free(files);
}

/* How many descriptors a copy must have room for: whole words, the last of which is in use. */
static unsigned int files_in_use(const struct files_struct *files)
{
	unsigned int n = files->max_fds;

	while (n > NR_OPEN_DEFAULT && !files->open_fds[n / BITS_PER_LONG - 1])
		n -= BITS_PER_LONG;
	return n;
}

/* Count the files that the copy @files now points to; leave out what is only reserved. */
static void files_take_references(struct files_struct *files, unsigned int n)
{
	unsigned int fd = 0;

	for (;; fd++) {
		fd = (unsigned int)find_next_bit(files->open_fds, n, fd);
		if (fd >= n)
			return;
		if (files->fd[fd]) {
			get_file(files->fd[fd]);
		} else {
			clear_bit(files->open_fds, fd);
			files->next_fd = min(files->next_fd, fd);
		}
	}
}

/* A table of its own with the same descriptors; NULL without memory. */
static struct files_struct *dup_files(struct files_struct *old)
{
	struct files_struct *new = files_alloc();
	unsigned int n;

	if (!new)
		return NULL;
	spin_lock(&old->file_lock);
	n = files_in_use(old);
	while (n > new->max_fds) {
		spin_unlock(&old->file_lock);
		if (expand_files(new, n - 1)) {
			files_free(new);
			return NULL;
		}
		spin_lock(&old->file_lock);
		n = files_in_use(old);
	}
	files_copy_entries(new, old, n);
	files_take_references(new, n);
	spin_unlock(&old->file_lock);
	return new;
}

int copy_files(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct files_struct *files = current->files;

	if (files && (args->flags & CLONE_FILES)) {
		refcount_inc(&files->count);
	} else if (files) {
		files = dup_files(files);
		if (!files) {
			p->files = NULL;
			return -ENOMEM;
		}
	}
	p->files = files;
	return 0;
}

/* Give @p another table, or none, and drop the one it had. */
static void switch_files(struct task_struct *p, struct files_struct *files)
{
	struct files_struct *old;

	task_lock(p);
	old = p->files;
	p->files = files;
	task_unlock(p);
	if (old)
		put_files(old);
}

void exit_files(struct task_struct *p)
{
	switch_files(p, NULL);
}

int unshare_files(void)
{
	struct files_struct *files;

	if (refcount_read(&current->files->count) == 1)
		return 0;
	files = dup_files(current->files);
	if (!files)
		return -ENOMEM;
	switch_files(current, files);
	return 0;
}

void do_close_on_exec(struct files_struct *files)
{
	unsigned int fd = 0;

	for (;; fd++) {
		struct file *file;

		spin_lock(&files->file_lock);
		fd = (unsigned int)find_next_bit(files->close_on_exec, files->max_fds, fd);
		file = fd < files->max_fds ? pick_file(files, fd) : NULL;
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
		else if (fd >= files->max_fds)
			return;
	}
}

static void mark_range_cloexec(struct files_struct *files, unsigned int first, unsigned int last)
{
	spin_lock(&files->file_lock);
	last = min(last, files->max_fds - 1);
	for (unsigned int fd = first; fd <= last; fd++) {
		if (test_bit(files->open_fds, fd))
			set_bit(files->close_on_exec, fd);
	}
	spin_unlock(&files->file_lock);
}

long sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	if (first > last || (flags & ~(unsigned int)(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE)))
		return -EINVAL;
	if ((flags & CLOSE_RANGE_UNSHARE) && unshare_files())
		return -ENOMEM;
	if (flags & CLOSE_RANGE_CLOEXEC)
		mark_range_cloexec(current->files, first, last);
	else
		close_files(current->files, first, last);
	return 0;
}
