/*
 * files_struct.h - the inside of descriptor tables, for fdtable.c, file.c and files_struct.c.
 */
#pragma once

#include <tine/cow.h>

struct file;

/* The descriptors. Holders are files_structs; (F) is theirs. Only an own table is ever written. */
struct fdtable {
	struct cow cow;
	unsigned int max_fds;		/* length of fd[], a multiple of 64 */
	unsigned int next_fd;		/* no free one below */
	unsigned int reserved;		/* taken, but their files are not there yet; 0 while the table is shared */
	unsigned long *open_fds;	/* bitmap */
	unsigned long *close_on_exec;	/* bitmap */
	struct file *fd[];
};

/* ---- fdtable.c ---- */
void fdtable_init(void);
/* A table for @max descriptors, a multiple of 64, with nothing but max_fds filled in; NULL without memory. */
struct fdtable *fdtable_alloc(unsigned int max);
struct fdtable *fdtable_alloc_empty(unsigned int max);
void fdtable_free(struct fdtable *fdt);			/* no files in it any more */
/* How many descriptors a copy must have room for. (F) */
unsigned int fdtable_in_use(const struct fdtable *fdt);
/* Fill @to, which has room for what is in use, with references to the same files; what is only reserved is left out. (F) */
void fdtable_copy(struct fdtable *to, const struct fdtable *from);
struct fdtable *files_split(struct files_struct *files);
/* Make room for descriptor @nr: 0, -EMFILE, -ENOMEM. No lock held. */
int expand_files(struct files_struct *files, unsigned int nr);

/* The table of @files, to be changed: a copy if others shared it. Never fails. (F) held. */
static force_inline struct fdtable *files_own(struct files_struct *files)
{
	return likely(cow_is_own(&files->fdt->cow)) ? files->fdt : files_split(files);
}

/* ---- file.c ---- */
/* Take the file out of descriptor @fd, or NULL. (F) held. */
struct file *pick_file(struct files_struct *files, unsigned int fd);
