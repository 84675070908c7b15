/*
 * cpio.h - reading a "newc" cpio archive in memory (cpio(5), "New ASCII Format").
 */
#pragma once

#include <tine/types.h>

struct cpio_entry {
	u32 ino, mode, uid, gid, nlink, mtime;
	u32 rdev_major, rdev_minor;
	u32 dev_major, dev_minor;
	const char *name;	/* null-terminated, inside the archive */
	const void *data;
	size_t size;		/* of data, in bytes */
};

/*
 * Read the entry at *@offset of the archive and advance *@offset past it. Zero padding between
 * concatenated archives is skipped.
 * Returns 1 with an entry, 0 at the end (a TRAILER!!! entry with nothing but zeros after it, or
 * the end of the buffer), -EINVAL when the archive is damaged.
 */
int cpio_next(const void *archive, size_t size, size_t *offset, struct cpio_entry *entry);
