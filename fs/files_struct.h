/*
 * files_struct.h - the inside of descriptor tables, for file.c and files_struct.c.
 */
#pragma once

struct file;
struct files_struct;

/* A table for files_copy_entries() to fill, one reference; NULL without memory. */
struct files_struct *files_alloc(void);
void files_free(struct files_struct *files);		/* no files in it any more */
/* Make room for descriptor @nr: 0, -EMFILE, -ENOMEM. No lock held. */
int expand_files(struct files_struct *files, unsigned int nr);
/* The first @n entries, uncounted; @to is as long. (F) of from held. */
void files_copy_entries(struct files_struct *to, const struct files_struct *from, unsigned int n);
/* Take the file out of descriptor @fd, or NULL. (F) held. */
struct file *pick_file(struct files_struct *files, unsigned int fd);
