/*
 * read_write.c - read(2), write(2), lseek(2) and what stands beside them.
 *
 * A file with a position (FMODE_LSEEK) is read and written under f_pos_lock, so that calls
 * through one struct file happen one after the other; the lock is left out while nobody else can
 * have the file. Files without a position (pipes, terminals) are never locked here: a reader may
 * sleep in them while another process writes through the same struct file.
 */
#include "internal.h"

#include "files_struct.h"

loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	return -ESPIPE;
}

/* There are no holes to be told from data: SEEK_DATA stays, SEEK_HOLE goes to the end. lseek(2) */
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = (loff_t)READ_ONCE(file->f_inode->i_data.size);

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (__builtin_add_overflow(offset, file->f_pos, &offset))
			return -EOVERFLOW;
		break;
	case SEEK_END:
		if (__builtin_add_overflow(offset, size, &offset))
			return -EOVERFLOW;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		if (whence == SEEK_HOLE)
			offset = size;
		break;
	default:
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

/* Can no other task reach @file, found without being counted? A table that is shared counts it once for all. */
static force_inline bool file_is_ours(const struct file *file)
{
	return refcount_read(&file->f_count) == 1 && cow_is_own(&current->files->fdt->cow);
}

bool f_pos_begin(struct fd f)
{
	if (!(f.file->f_mode & FMODE_LSEEK) || (!f.counted && file_is_ours(f.file)))
		return false;
	mutex_lock(&f.file->f_pos_lock);
	return true;
}

void f_pos_end(struct fd f, bool locked)
{
	if (locked)
		mutex_unlock(&f.file->f_pos_lock);
}

/* What every transfer asks first: 0, or -errno. read(2), write(2) */
static ssize_t verify_area(const char __user *buf, size_t count, loff_t pos)
{
	if (unlikely(!access_ok(buf, count)))
		return -EFAULT;
	if (unlikely((ssize_t)count < 0 || pos < 0 || (u64)pos + count > MAX_FILE_SIZE))
		return -EINVAL;
	return 0;
}

ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	ssize_t err;

	if (unlikely(!(file->f_mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!file->f_op->read))
		return S_ISDIR(file->f_inode->i_mode) ? -EISDIR : -EINVAL;
	err = verify_area(buf, count, *pos);
	if (unlikely(err || !count))
		return err;
	return file->f_op->read(file, buf, min(count, MAX_RW_COUNT), pos);
}

ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	ssize_t err;

	if (unlikely(!(file->f_mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!file->f_op->write))
		return -EINVAL;
	err = verify_area(buf, count, *pos);
	if (unlikely(err || !count))
		return err;
	return file->f_op->write(file, buf, min(count, MAX_RW_COUNT), pos);
}

long sys_read(unsigned int fd, char __user *buf, size_t count)
{
	struct fd f = fdget(fd);
	bool locked;
	long ret;

	if (unlikely(!f.file))
		return -EBADF;
	locked = f_pos_begin(f);
	ret = vfs_read(f.file, buf, count, &f.file->f_pos);
	f_pos_end(f, locked);
	fdput(f);
	return ret;
}

long sys_write(unsigned int fd, const char __user *buf, size_t count)
{
	struct fd f = fdget(fd);
	bool locked;
	long ret;

	if (unlikely(!f.file))
		return -EBADF;
	locked = f_pos_begin(f);
	ret = vfs_write(f.file, buf, count, &f.file->f_pos);
	f_pos_end(f, locked);
	fdput(f);
	return ret;
}

long sys_pread64(unsigned int fd, char __user *buf, size_t count, loff_t pos)
{
	struct fd f;
	long ret = -ESPIPE;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	if (f.file->f_mode & FMODE_LSEEK)
		ret = vfs_read(f.file, buf, count, &pos);
	fdput(f);
	return ret;
}

long sys_pwrite64(unsigned int fd, const char __user *buf, size_t count, loff_t pos)
{
	struct fd f;
	long ret = -ESPIPE;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	if (f.file->f_mode & FMODE_LSEEK)
		ret = vfs_write(f.file, buf, count, &pos);
	fdput(f);
	return ret;
}

long sys_lseek(unsigned int fd, loff_t offset, int whence)
{
	struct fd f = fdget(fd);
	bool locked;
	long ret;

	if (!f.file)
		return -EBADF;
	if (whence < 0 || whence > SEEK_MAX) {
		ret = -EINVAL;
	} else if (!(f.file->f_mode & FMODE_LSEEK)) {
		ret = f.file->f_op->llseek == noop_llseek ? 0 : -ESPIPE;
	} else {
		locked = f_pos_begin(f);
		ret = f.file->f_op->llseek(f.file, offset, whence);
		f_pos_end(f, locked);
	}
	fdput(f);
	return ret;
}

/* ---- sendfile(2): from the pages of a regular file to anything that takes kernel memory ---- */

/* Returns bytes sent, or -errno if none. @pos is where to read. */
static ssize_t send_pages(struct file *out, struct file *in, loff_t *pos, size_t count)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t done = 0;
	ssize_t n = 0;

	if (!page)
		return -ENOMEM;
	while (done < count) {
		ssize_t have = kernel_read(in, page, min(count - done, PAGE_SIZE), *pos);

		n = have > 0 ? out->f_op->write_kernel(out, page, (size_t)have, &out->f_pos) : have;
		if (n <= 0)
			break;
		done += (size_t)n;
		*pos += n;
		if (n < have || signal_pending(current))
			break;
	}
	kfree(page);
	return done ? (ssize_t)done : n;
}

static ssize_t do_sendfile(struct fd out, struct fd in, loff_t *pos, size_t count)
{
	bool locked;
	ssize_t ret;

	if (!(in.file->f_mode & FMODE_READ) || !(out.file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!S_ISREG(in.file->f_inode->i_mode) || !out.file->f_op->write_kernel ||
	    (out.file->f_flags & O_APPEND) || in.file->f_inode == out.file->f_inode)
		return -EINVAL;
	if (*pos < 0 || (ssize_t)count < 0)
		return -EINVAL;
	locked = f_pos_begin(out);
	ret = send_pages(out.file, in.file, pos, min(count, MAX_RW_COUNT));
	f_pos_end(out, locked);
	return ret;
}

long sys_sendfile(int out_fd, int in_fd, loff_t __user *offset, size_t count)
{
	struct fd in = fdget((unsigned int)in_fd), out = fdget((unsigned int)out_fd);
	loff_t pos = 0;
	long ret = -EBADF;

	if (in.file && out.file) {
		if (!offset)
			ret = do_sendfile(out, in, &in.file->f_pos, count);
		else if (copy_from_user(&pos, offset, sizeof(pos)))
			ret = -EFAULT;
		else
			ret = do_sendfile(out, in, &pos, count);
		if (offset && ret > 0 && copy_to_user(offset, &pos, sizeof(pos)))
			ret = -EFAULT;
	}
	if (out.file)
		fdput(out);
	if (in.file)
		fdput(in);
	return ret;
}

/* ---- nothing to be written back: all file systems live in memory ---- */

long sys_fsync(unsigned int fd)
{
	struct fd f = fdget(fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = S_ISREG(f.file->f_inode->i_mode) || S_ISDIR(f.file->f_inode->i_mode) ? 0 : -EINVAL;
	fdput(f);
	return ret;
}

long sys_fdatasync(unsigned int fd)
{
	return sys_fsync(fd);
}

long sys_sync(void)
{
	return 0;
}

long sys_fadvise64(int fd, loff_t offset, size_t len, int advice)
{
	struct fd f = fdget((unsigned int)fd);
	long ret = 0;

	if (!f.file)
		return -EBADF;
	if (S_ISFIFO(f.file->f_inode->i_mode))
		ret = -ESPIPE;
	else if ((ssize_t)len < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		ret = -EINVAL;
	fdput(f);
	return ret;
}
