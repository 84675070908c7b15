/*
 * ramfs_file.c - contents of regular files in memory.
 *
 * A file's bytes are the pages of inode->i_data; holes read as zeros and have no page. The same
 * pages are what mmap(2) shows, so nothing is ever copied between the two.
 *
 * Locks: writers and truncation hold (i); readers hold nothing, they see each page as it is when
 * they come to it. User memory is touched with at most (i) held. A page fault never takes (i), so
 * a program may write a file from a mapping of that file.
 *
 * A tree with a limit (tmpfs, size=) counts its pages: i_private of a file is the number of its
 * pages that were counted. Pages that mmap(2) brings in are counted at the next write.
 */
#include "internal.h"

static struct ramfs_sb_info *ramfs_info(const struct inode *inode)
{
	return inode->i_sb->s_private;
}

/* Bring the tree's count of pages up to date with the file. (i) held, or nobody else has it. */
void ramfs_account(struct inode *inode)
{
	long counted = (long)inode->i_private, now = (long)inode->i_data.nrpages;

	if (counted == now)
		return;
	atomic64_add(now - counted, &ramfs_info(inode)->used_pages);
	inode->i_private = (void *)now;
}

void ramfs_evict(struct inode *inode)
{
	atomic64_sub((long)inode->i_private, &ramfs_info(inode)->used_pages);
}

/* The page at @index, made if there is none; ERR_PTR: -ENOMEM, -ENOSPC. (i) held. */
static struct page *ramfs_get_page(struct inode *inode, u64 index)
{
	struct ramfs_sb_info *info = ramfs_info(inode);
	struct page *page;

	if (info->max_pages && (unsigned long)atomic64_read(&info->used_pages) >= info->max_pages) {
		page = find_get_page(&inode->i_data, index);
		return page ? page : ERR_PTR(-ENOSPC);
	}
	page = find_or_create_page(&inode->i_data, index);
	if (!IS_ERR(page))
		ramfs_account(inode);
	return page;
}

static void ramfs_set_size(struct inode *inode, u64 size)
{
	mutex_lock(&inode->i_data.i_mmap_lock);
	WRITE_ONCE(inode->i_data.size, size);
	mutex_unlock(&inode->i_data.i_mmap_lock);
}

static ssize_t ramfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct address_space *mapping = &file->f_inode->i_data;
	size_t done = 0, left = 0;

	while (done < count && !left) {
		u64 at = (u64)*pos + done, size = READ_ONCE(mapping->size);
		size_t n = min(count - done, PAGE_SIZE - offset_in_page(at));
		struct page *page;

		if (at >= size)
			break;
		n = min_t(u64, n, size - at);
		page = find_get_page(mapping, at >> PAGE_SHIFT);
		if (page) {
			left = copy_to_user(buf + done, (char *)page_address(page) + offset_in_page(at), n);
			put_page(page);
		} else {
			left = clear_user(buf + done, n);
		}
		done += n - left;
	}
	*pos += (loff_t)done;
	file_accessed(file);
	return done || !left ? (ssize_t)done : -EFAULT;
}

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t pos)
{
	struct address_space *mapping = &file->f_inode->i_data;
	size_t done = 0;

	if (file->f_op != &ramfs_file_operations)
		return -EINVAL;
	while (done < count) {
		u64 at = (u64)pos + done, size = READ_ONCE(mapping->size);
		size_t n = min(count - done, PAGE_SIZE - offset_in_page(at));
		struct page *page;

		if (at >= size)
			break;
		n = min_t(u64, n, size - at);
		page = find_get_page(mapping, at >> PAGE_SHIFT);
		if (page) {
			memcpy((char *)buf + done, (char *)page_address(page) + offset_in_page(at), n);
			put_page(page);
		} else {
			memset((char *)buf + done, 0, n);
		}
		done += n;
	}
	return (ssize_t)done;
}

/* Where and how much may be written: O_APPEND and the limits. write(2), setrlimit(2). (i) held. */
static ssize_t write_checks(struct file *file, size_t count, loff_t *pos)
{
	unsigned long limit = rlimit(RLIMIT_FSIZE);
	struct inode *inode = file->f_inode;

	if (file->f_flags & O_APPEND)
		*pos = (loff_t)inode->i_data.size;
	if (limit != RLIM_INFINITY) {
		if ((u64)*pos >= limit) {
			send_sig(SIGXFSZ, current, 0);
			return -EFBIG;
		}
		count = min_t(u64, count, limit - (u64)*pos);
	}
	if (*pos == MAX_FILE_SIZE)
		return -EFBIG;
	if ((inode->i_mode & (S_ISUID | S_ISGID)) && !capable(CAP_FSETID))
		inode_remove_privs(inode);
	return (ssize_t)min_t(u64, count, (u64)(MAX_FILE_SIZE - *pos));
}

/* Fill pages from @from, growing the file. Returns bytes done, or -errno if none. (i) held. */
static ssize_t write_pages(struct inode *inode, struct io_source *from, size_t count, u64 pos)
{
	size_t done = 0;
	ssize_t err = 0;

	while (done < count && !err) {
		u64 at = pos + done;
		size_t n = min(count - done, PAGE_SIZE - offset_in_page(at)), left;
		struct page *page = ramfs_get_page(inode, at >> PAGE_SHIFT);

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		left = io_copy_from((char *)page_address(page) + offset_in_page(at), from, n);
		put_page(page);
		if (left)
			err = -EFAULT;
		done += n - left;
		if (n > left && pos + done > inode->i_data.size)
			ramfs_set_size(inode, pos + done);
		if (fatal_signal_pending(current))
			break;
	}
	return done ? (ssize_t)done : err;
}

static ssize_t ramfs_write_from(struct file *file, struct io_source *from, size_t count, loff_t *pos)
{
	struct inode *inode = file->f_inode;
	ssize_t want, ret;

	mutex_lock(&inode->i_lock);
	ret = want = write_checks(file, count, pos);
	if (want > 0)
		ret = write_pages(inode, from, (size_t)want, (u64)*pos);
	if (ret > 0) {
		*pos += ret;
		inode_modified(inode);
	}
	if (ret != want) {
		/* Drop a page that was made for bytes which then did not come. */
		truncate_mapping(&inode->i_data, inode->i_data.size);
		ramfs_account(inode);
	}
	mutex_unlock(&inode->i_lock);
	return ret;
}

static ssize_t ramfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct io_source from = { .user = buf };

	return ramfs_write_from(file, &from, count, pos);
}

static ssize_t ramfs_write_kernel(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	struct io_source from = { .kernel = buf };

	return ramfs_write_from(file, &from, count, pos);
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t pos)
{
	if (!file->f_op->write_kernel)
		return -EINVAL;
	return file->f_op->write_kernel(file, buf, count, &pos);
}

static int ramfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_mapping = &file->f_inode->i_data;
	return 0;
}

int ramfs_truncate(struct inode *inode, loff_t size)
{
	truncate_mapping(&inode->i_data, (u64)size);
	ramfs_account(inode);
	inode_modified(inode);
	return 0;
}

/* Have pages for the whole range, so that writing there cannot fail. (i) held. */
int ramfs_fallocate(struct inode *inode, int mode, u64 offset, u64 len)
{
	u64 last = (offset + len - 1) >> PAGE_SHIFT;
	int err = 0;

	for (u64 index = offset >> PAGE_SHIFT; index <= last && !err; index++) {
		struct page *page = ramfs_get_page(inode, index);

		if (IS_ERR(page)) {
			err = (int)PTR_ERR(page);
			break;
		}
		put_page(page);
		if (signal_pending(current))
			err = -EINTR;
	}
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode->i_data.size)
		ramfs_set_size(inode, offset + len);
	if (err)
		truncate_mapping(&inode->i_data, inode->i_data.size);
	ramfs_account(inode);
	inode_changed(inode);
	return err;
}

const struct file_operations ramfs_file_operations = {
	.read = ramfs_read,
	.write = ramfs_write,
	.write_kernel = ramfs_write_kernel,
	.llseek = generic_file_llseek,
	.mmap = ramfs_mmap,
};
