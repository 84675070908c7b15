/*
 * cpio.c - reading "newc" archives in memory.
 *
 * An entry is a header of 110 ASCII characters (a magic number and 13 fields of 8 hexadecimal
 * digits), the name with its null, padding to a multiple of 4, the data, padding to a multiple of
 * 4. Multiples are counted from the start of the buffer: concatenated archives start at one.
 * Source: cpio(5), "New ASCII Format". The archive is not trusted: no length in it is believed
 * before it was compared with what is left of the buffer.
 */
#include <tine/compiler.h>
#include <tine/cpio.h>
#include <tine/string.h>
#include <asm/errno.h>

#define MAGIC		"070701"
#define MAGIC_LEN	6
#define FIELD_LEN	8
#define HEADER_LEN	110
#define TRAILER		"TRAILER!!!"

/* Fields in the order in which they stand in the header. */
enum field {
	F_INO, F_MODE, F_UID, F_GID, F_NLINK, F_MTIME, F_FILESIZE, F_DEV_MAJOR, F_DEV_MINOR,
	F_RDEV_MAJOR, F_RDEV_MINOR, F_NAMESIZE, F_CHECK, NR_FIELDS
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int parse_fields(const char *header, u32 fields[NR_FIELDS])
{
	const char *s = header + MAGIC_LEN;

	if (memcmp(header, MAGIC, MAGIC_LEN) != 0)
		return -EINVAL;
	for (int f = 0; f < NR_FIELDS; f++) {
		fields[f] = 0;
		for (int i = 0; i < FIELD_LEN; i++) {
			int digit = hex_digit(*s++);

			if (digit < 0)
				return -EINVAL;
			fields[f] = fields[f] << 4 | (u32)digit;
		}
	}
	return 0;
}

static void fill_entry(struct cpio_entry *entry, const u32 fields[NR_FIELDS])
{
	entry->ino = fields[F_INO];
	entry->mode = fields[F_MODE];
	entry->uid = fields[F_UID];
	entry->gid = fields[F_GID];
	entry->nlink = fields[F_NLINK];
	entry->mtime = fields[F_MTIME];
	entry->dev_major = fields[F_DEV_MAJOR];
	entry->dev_minor = fields[F_DEV_MINOR];
	entry->rdev_major = fields[F_RDEV_MAJOR];
	entry->rdev_minor = fields[F_RDEV_MINOR];
	entry->size = fields[F_FILESIZE];
}

/* Parse the entry at @at; returns the offset behind it, 0 if the archive is damaged there. */
static size_t parse_entry(const char *archive, size_t size, size_t at, struct cpio_entry *entry)
{
	u32 fields[NR_FIELDS];
	size_t name = at + HEADER_LEN, data;

	if (at % 4 || size - at < HEADER_LEN || parse_fields(archive + at, fields) < 0)
		return 0;
	if (fields[F_NAMESIZE] == 0 || fields[F_NAMESIZE] > size - name)
		return 0;
	if (memchr(archive + name, 0, fields[F_NAMESIZE]) != archive + name + fields[F_NAMESIZE] - 1)
		return 0;
	data = ALIGN_UP(name + fields[F_NAMESIZE], 4);
	/* The padding behind the last entry may be cut off. */
	if (fields[F_FILESIZE] > 0 && (data > size || fields[F_FILESIZE] > size - data))
		return 0;
	fill_entry(entry, fields);
	entry->name = archive + name;
	entry->data = archive + min(data, size);
	return min(ALIGN_UP(data + fields[F_FILESIZE], 4), size);
}

int cpio_next(const void *archive, size_t size, size_t *offset, struct cpio_entry *entry)
{
	const char *bytes = archive;
	size_t at = *offset, next;

	for (;;) {
		while (at < size && !bytes[at])
			at++;
		if (at >= size) {
			*offset = size;
			return 0;
		}
		next = parse_entry(bytes, size, at, entry);
		if (!next)
			return -EINVAL;
		at = next;
		if (strcmp(entry->name, TRAILER) != 0)
			break;
	}
	*offset = at;
	return 1;
}
