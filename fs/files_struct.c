/*
 * files_struct.c - descriptors as a whole: fork, exec, exit, close_range(2). What is shared how: fdtable.c.
 */
#include "internal.h"

#include <tine/bitmap.h>
#include <tine/fork.h>

#include "files_struct.h"

static struct kmem_cache *files_cache;

void files_struct_init(void)
{
	files_cache = kmem_cache_create("files_cache", sizeof(struct files_struct), 0);
}

/* Close the descriptors from @fd to @last. */
static void close_files(struct files_struct *files, unsigned int fd, unsigned int last)
{
	for (;; fd++) {
		struct file *file = NULL;
		unsigned int max;

		spin_lock(&files->file_lock);
		max = files->fdt->max_fds;
		fd = (unsigned int)find_next_bit(files->fdt->open_fds, max, fd);
		if (fd < max && fd <= last)
			file = pick_file(files, fd);
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
		if (fd >= max || fd >= last)
			return;
	}
}

/* Drop the references of a table that nobody points to any more. */
static void close_table(struct fdtable *fdt)
{
	unsigned int words = fdtable_in_use(fdt) / BITS_PER_LONG;

	debug_assert(!fdt->reserved);
	for (unsigned int word = 0; word < words; word++) {
		for (unsigned long bits = fdt->open_fds[word]; bits; bits &= bits - 1)
			fput(fdt->fd[word * BITS_PER_LONG + (unsigned int)__builtin_ctzl(bits)]);
	}
}

/* The record locks of an owner go with it, though others may have the files open through the same table. */
static void drop_record_locks(struct files_struct *files)
{
	const struct fdtable *fdt = files->fdt;

	for (unsigned int fd = 0; fd < fdt->max_fds; fd++) {
		if (fdt->fd[fd])
			locks_remove_posix(fdt->fd[fd], files);
	}
}

static void put_files(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;
	struct cow *unused;

	if (!refcount_dec_and_test(&files->count))
		return;
	if (files->has_locked)
		drop_record_locks(files);
	unused = cow_put(&fdt->cow);
	if (unused == &fdt->cow)
		close_table(fdt);
	fdtable_free(container_of(unused, struct fdtable, cow));
	kmem_cache_free(files_cache, files);
}

/*
 * Let @new have the table of @old, or where that is not possible a copy in @spare. False: @spare is too
 * small or too large, *max says how many descriptors it must have.
 */
static bool share_table(struct files_struct *new, struct files_struct *old, struct fdtable *spare, unsigned int *max)
{
	bool fits;

	spin_lock(&old->file_lock);
	*max = fdtable_in_use(old->fdt);
	fits = spare->max_fds == *max;
	if (fits && likely(!old->fdt->reserved)) {
		cow_get(&old->fdt->cow, &spare->cow);
		new->fdt = old->fdt;
	} else if (fits) {
		cow_init(&spare->cow);
		fdtable_copy(spare, old->fdt);
		new->fdt = spare;
	}
	spin_unlock(&old->file_lock);
	return fits;
}

/* A files_struct of its own that has the same descriptors, one reference; NULL without memory. */
static struct files_struct *dup_files(struct files_struct *old)
{
	struct files_struct *new = kmem_cache_alloc(files_cache, GFP_KERNEL);
	unsigned int max = NR_OPEN_DEFAULT;
	struct fdtable *spare;

	if (!new)
		return NULL;
	for (;;) {
		spare = fdtable_alloc(max);
		if (!spare) {
			kmem_cache_free(files_cache, new);
			return NULL;
		}
		if (share_table(new, old, spare, &max))
			break;
		fdtable_free(spare);
	}
	refcount_set(&new->count, 1);
	spin_lock_init(&new->file_lock);
	new->has_locked = false;
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
	unsigned int fd = 0, max;

	do {
		struct file *file = NULL;

		spin_lock(&files->file_lock);
		max = files->fdt->max_fds;
		fd = (unsigned int)find_next_bit(files->fdt->close_on_exec, max, fd);
		if (fd < max)
			file = pick_file(files, fd);
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
	} while (++fd < max);
}

static void mark_range_cloexec(struct files_struct *files, unsigned int first, unsigned int last)
{
	spin_lock(&files->file_lock);
	for (unsigned int fd = first; fd <= last && fd < files->fdt->max_fds; fd++) {
		if (test_bit(files->fdt->open_fds, fd) && !test_bit(files->fdt->close_on_exec, fd))
			set_bit(files_own(files)->close_on_exec, fd);
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
