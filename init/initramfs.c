/*
 * initramfs.c - fill the root file system from a "newc" cpio archive in memory. cpio(5)
 *
 * The archive may be several archives one after another; later entries replace earlier ones.
 * Names of one object (same inode and device number, more than one link) become hard links; in
 * this format the contents come with any one of them. An entry that cannot be made (its directory
 * is missing) is reported and passed over; damage of the archive itself ends the unpacking.
 */
#include <tine/cpio.h>
#include <tine/fs.h>
#include <tine/list.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include <tine/string.h>

#define CPIO_HEADER_LEN 110		/* an entry's name follows at once */

/* The first name of an object with several links. */
struct link_name {
	struct list_head link;
	u32 ino, dev_major, dev_minor;
	const char *name;		/* inside the archive */
};

static struct link_name *find_link(struct list_head *links, const struct cpio_entry *e)
{
	struct link_name *l;

	list_for_each_entry(l, links, link) {
		if (l->ino == e->ino && l->dev_major == e->dev_major && l->dev_minor == e->dev_minor)
			return l;
	}
	return NULL;
}

static int add_link(struct list_head *links, const struct cpio_entry *e)
{
	struct link_name *l = kmalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	l->ino = e->ino;
	l->dev_major = e->dev_major;
	l->dev_minor = e->dev_minor;
	l->name = e->name;
	list_add(&l->link, links);
	return 0;
}

/* Inode numbers mean something within one archive only. */
static void forget_links(struct list_head *links)
{
	while (!list_empty(links)) {
		struct link_name *l = list_first_entry(links, struct link_name, link);

		list_del_init(&l->link);
		kfree(l);
	}
}

static int write_contents(const struct cpio_entry *e)
{
	struct file *file = filp_open(e->name, O_WRONLY | O_LARGEFILE, 0);
	ssize_t n = 0;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	for (size_t done = 0; done < e->size && n >= 0; done += (size_t)n)
		n = kernel_write(file, (const char *)e->data + done, e->size - done, (loff_t)done);
	fput(file);
	return n < 0 ? (int)n : 0;
}

/* A regular file: new, or one more name of one that is there. */
static int make_file(const struct cpio_entry *e, struct list_head *links)
{
	struct link_name *first = e->nlink > 1 ? find_link(links, e) : NULL;
	int err;

	if (first)
		err = kern_link(first->name, e->name);
	else
		err = kern_mknod(e->name, e->mode, 0);
	if (!err && !first && e->nlink > 1)
		err = add_link(links, e);
	if (!err && e->size)
		err = write_contents(e);
	return err;
}

static int make_symlink(const struct cpio_entry *e)
{
	char *target;
	int err;

	if (e->size >= PATH_MAX)
		return -ENAMETOOLONG;
	target = kmalloc(e->size + 1, GFP_KERNEL);
	if (!target)
		return -ENOMEM;
	memcpy(target, e->data, e->size);
	target[e->size] = '\0';
	err = kern_symlink(e->name, target);
	kfree(target);
	return err;
}

static int make_directory(const struct cpio_entry *e)
{
	int err = kern_mkdir(e->name, e->mode & 07777);

	return err == -EEXIST ? 0 : err;
}

static int make_object(const struct cpio_entry *e, struct list_head *links)
{
	if (!S_ISDIR(e->mode))
		kern_unlink(e->name);		/* what an earlier archive put there */
	switch (e->mode & S_IFMT) {
	case S_IFDIR:
		return make_directory(e);
	case S_IFREG:
		return make_file(e, links);
	case S_IFLNK:
		return make_symlink(e);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return kern_mknod(e->name, e->mode, MKDEV(e->rdev_major, e->rdev_minor));
	default:
		return -EINVAL;
	}
}

/* Making entries changes the times of directories, so these are set when all is there. */
static void restore_directories(const void *archive, size_t size)
{
	struct cpio_entry e;
	size_t offset = 0;

	while (cpio_next(archive, size, &offset, &e) > 0) {
		if (S_ISDIR(e.mode))
			kern_chown_chmod(e.name, e.uid, e.gid, e.mode & 07777, e.mtime);
	}
}

static bool is_gzip(const unsigned char *archive, size_t size)
{
	return size >= 2 && archive[0] == 0x1f && archive[1] == 0x8b;
}

int unpack_initramfs(const void *archive, size_t size)
{
	struct cpio_entry e;
	LIST_HEAD(links);
	size_t offset = 0, before = 0;
	unsigned int count = 0;
	int more;

	while ((more = cpio_next(archive, size, &offset, &e)) > 0) {
		int err;

		if (e.name != (const char *)archive + before + CPIO_HEADER_LEN)
			forget_links(&links);	/* a trailer was passed: another archive */
		before = offset;
		err = make_object(&e, &links);
		if (!err)
			err = kern_chown_chmod(e.name, e.uid, e.gid, e.mode & 07777, e.mtime);
		if (err)
			printk("initramfs: cannot make %s: error %d\n", e.name, err);
		count++;
	}
	forget_links(&links);
	restore_directories(archive, size);
	if (more < 0 && is_gzip((const unsigned char *)archive + offset, size - offset))
		printk("initramfs: compressed by gzip, which is not supported: give it unpacked\n");
	else if (more < 0)
		printk("initramfs: damaged after %u entries, at byte %zu of %zu\n", count, offset, size);
	return more;
}
