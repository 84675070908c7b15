/*
 * copy_range.c - copy_file_range(2): from one regular file to another of the same file system.
 *
 * No file system here can share blocks between files, so bytes are copied, through the page cache on both
 * sides. Each page is read before it is written; both ranges may lie in one file if they do not overlap.
 */
#include "internal.h"

struct range {
	struct file *file;
	loff_t pos;
};

/* Whether these descriptors can be copied between at all; errors in Linux's order. */
static int check_files(const struct file *in, const struct file *out)
{
	if (S_ISDIR(in->f_inode->i_mode) || S_ISDIR(out->f_inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(in->f_inode->i_mode) || !S_ISREG(out->f_inode->i_mode))
		return -EINVAL;
	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE) || (out->f_flags & O_APPEND))
		return -EBADF;
	if (in->f_inode->i_sb != out->f_inode->i_sb)
		return -EXDEV;
	return out->f_op->write_kernel ? 0 : -EINVAL;
}

/* Shorten @len to what there is to read and may be written. 0 or -errno, in Linux's order. */
static int check_range(const struct range *in, const struct range *out, size_t *len)
{
	loff_t size = (loff_t)in->file->f_inode->i_data.size;

	if ((u64)in->pos + *len < *len || (u64)out->pos + *len < *len)
		return -EOVERFLOW;
	*len = in->pos >= size ? 0 : min_t(u64, *len, (u64)size - (u64)in->pos);
	if (out->pos >= MAX_FILE_SIZE)
		return -EFBIG;
	*len = min(*len, MAX_RW_COUNT);
	if (in->file->f_inode == out->file->f_inode && out->pos + (loff_t)*len > in->pos &&
	    out->pos < in->pos + (loff_t)*len)
		return -EINVAL;
	return in->pos < 0 || out->pos < 0 ? -EINVAL : 0;
}

/* Returns bytes copied, or -errno if none; moves both positions. */
static ssize_t copy_pages(struct range *in, struct range *out, size_t len)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t done = 0;
	ssize_t n = 0;

	if (!page)
		return -ENOMEM;
	while (done < len) {
		ssize_t have = kernel_read(in->file, page, min(len - done, PAGE_SIZE), in->pos);

		n = have > 0 ? out->file->f_op->write_kernel(out->file, page, (size_t)have, &out->pos) : have;
		if (n <= 0)
			break;
		done += (size_t)n;
		in->pos += n;
		if (n < have || signal_pending(current))
			break;
	}
	kfree(page);
	return done ? (ssize_t)done : n;
}

static ssize_t copy_range(struct range *in, struct range *out, size_t len, unsigned int flags)
{
	int err = flags ? -EINVAL : check_files(in->file, out->file);

	if (!err)
		err = check_range(in, out, &len);
	if (err || !len)
		return err;
	return copy_pages(in, out, len);
}

static int get_pos(struct range *r, const loff_t __user *user)
{
	if (!user) {
		r->pos = r->file->f_pos;
		return 0;
	}
	return copy_from_user(&r->pos, user, sizeof(r->pos)) ? -EFAULT : 0;
}

static int put_pos(struct range *r, loff_t __user *user)
{
	if (!user) {
		r->file->f_pos = r->pos;
		return 0;
	}
	return copy_to_user(user, &r->pos, sizeof(r->pos)) ? -EFAULT : 0;
}

long sys_copy_file_range(int in_fd, loff_t __user *in_pos, int out_fd, loff_t __user *out_pos, size_t len,
			 unsigned int flags)
{
	struct fd fin = fdget((unsigned int)in_fd), fout = fdget((unsigned int)out_fd);
	struct range in = { .file = fin.file }, out = { .file = fout.file };
	long ret = -EBADF;

	if (in.file && out.file) {
		ret = get_pos(&in, in_pos) ? -EFAULT : get_pos(&out, out_pos);
		if (!ret)
			ret = copy_range(&in, &out, len, flags);
		if (ret > 0 && (put_pos(&in, in_pos) || put_pos(&out, out_pos)))
			ret = -EFAULT;
	}
	if (out.file)
		fdput(fout);
	if (in.file)
		fdput(fin);
	return ret;
}
