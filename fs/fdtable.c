/*
 * fdtable.c - descriptor tables: memory, copies, growth.
 *
 *   task ---------.
 *   task (thread) -+-> files_struct --.
 *                                      +-> fdtable --> struct file, one reference for each entry
 *   task (child) ----> files_struct --'
 *
 * A files_struct is what CLONE_FILES shares: who has the same one sees each other's changes. Its table
 * may be shared, too, but then nobody may see a difference to a copy: fork takes one reference to it,
 * whatever it holds, and the first change by either side makes the copy (cow.h). The files in a
 * table are counted once, however many files_structs point to it.
 *
 * Rules:
 *   - files_own() comes before every change; it is also what may make the table smaller than it was,
 *     since copies leave out the empty end: limits are read from what it returns;
 *   - a table with reserved descriptors (an open is under way in another thread) is not shared but
 *     copied by fork: so fd_install() and put_unused_fd() always find a table that is theirs;
 *   - the spares of a table have its length in use, which does not change while there are any.
 */
#include "internal.h"

#include <tine/bitmap.h>

#include "files_struct.h"

static struct kmem_cache *fdtable_cache;	/* of tables with NR_OPEN_DEFAULT descriptors */

static size_t table_bytes(unsigned int max)
{
	return sizeof(struct fdtable) + max * sizeof(struct file *) + 2 * BITS_TO_LONGS(max) * sizeof(long);
}

void fdtable_init(void)
{
	fdtable_cache = kmem_cache_create("fdtable", table_bytes(NR_OPEN_DEFAULT), 64);
}

struct fdtable *fdtable_alloc(unsigned int max)
{
	struct fdtable *fdt;

	if (likely(max == NR_OPEN_DEFAULT))
		fdt = kmem_cache_alloc(fdtable_cache, GFP_KERNEL);
	else
		fdt = kmalloc(table_bytes(max), GFP_KERNEL);
	if (fdt)
		fdt->max_fds = max;
	return fdt;
}

void fdtable_free(struct fdtable *fdt)
{
	kfree(fdt);
}

static void set_maps(struct fdtable *fdt)
{
	fdt->open_fds = (unsigned long *)(fdt->fd + fdt->max_fds);
	fdt->close_on_exec = fdt->open_fds + BITS_TO_LONGS(fdt->max_fds);
}

struct fdtable *fdtable_alloc_empty(unsigned int max)
{
	struct fdtable *fdt = fdtable_alloc(max);

	if (!fdt)
		return NULL;
	cow_init(&fdt->cow);
	fdt->next_fd = fdt->reserved = 0;
	memset(fdt->fd, 0, table_bytes(max) - sizeof(*fdt));
	set_maps(fdt);
	return fdt;
}

unsigned int fdtable_in_use(const struct fdtable *fdt)
{
	unsigned int n = fdt->max_fds;

	while (n > NR_OPEN_DEFAULT && !fdt->open_fds[n / BITS_PER_LONG - 1])
		n -= BITS_PER_LONG;
	return n;
}

/* The first @n entries of @from, uncounted. */
static void copy_entries(struct fdtable *to, const struct fdtable *from, unsigned int n)
{
	memcpy(to->fd, from->fd, n * sizeof(struct file *));
	memcpy(to->open_fds, from->open_fds, n / 8);
	memcpy(to->close_on_exec, from->close_on_exec, n / 8);
	to->next_fd = min(from->next_fd, n);
}

void fdtable_copy(struct fdtable *to, const struct fdtable *from)
{
	unsigned int n = fdtable_in_use(from), fd;

	to->max_fds = n;
	to->reserved = 0;
	set_maps(to);
	copy_entries(to, from, n);
	for (unsigned int word = 0; word < n / BITS_PER_LONG; word++) {
		for (unsigned long bits = from->open_fds[word]; bits; bits &= bits - 1) {
			fd = word * BITS_PER_LONG + (unsigned int)__builtin_ctzl(bits);
			if (likely(to->fd[fd])) {
				refcount_inc(&to->fd[fd]->f_count);
			} else {
				clear_bit(to->open_fds, fd);
				to->next_fd = min(to->next_fd, fd);
			}
		}
	}
}

static void copy_cow(struct cow *to, const struct cow *from)
{
	fdtable_copy(container_of(to, struct fdtable, cow), container_of(from, struct fdtable, cow));
}

/* The slow half of files_own(). */
noinline struct fdtable *files_split(struct files_struct *files)
{
	struct cow *copy = cow_split(&files->fdt->cow, copy_cow);

	if (copy)
		files->fdt = container_of(copy, struct fdtable, cow);
	return files->fdt;
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
	struct fdtable *new, *old;

	if (nr >= NR_OPEN_MAX)
		return -EMFILE;
	new = fdtable_alloc_empty(table_size(nr));
	if (!new)
		return -ENOMEM;
	spin_lock(&files->file_lock);
	old = files_own(files);
	if (old->max_fds >= new->max_fds) {
		old = new;
	} else {
		copy_entries(new, old, old->max_fds);
		new->reserved = old->reserved;
		files->fdt = new;
	}
	spin_unlock(&files->file_lock);
	fdtable_free(old);
	return 0;
}
