/*
 * readv.c - readv(2) and writev(2).
 *
 * The pieces go one by one through read() and write(). A short writev(2) is gathered first, if
 * the file takes kernel memory, so that a line which a libc writes in two pieces reaches a pipe
 * as one (pipe(7), PIPE_BUF) and an O_APPEND file unbroken.
 */
#include "internal.h"

#define FAST_IOV 8

/* The vector in kernel memory: @inline_iov if it is short, else allocated. */
struct iov_copy {
	struct iovec inline_iov[FAST_IOV];
	struct iovec *iov;
	size_t total;			/* bytes, at most MAX_RW_COUNT */
};

/* readv(2), ERRORS: EINVAL for a negative sum, EFAULT for what cannot be user memory. */
static int check_iov(struct iov_copy *v, unsigned int n)
{
	v->total = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct iovec *iov = &v->iov[i];

		if ((ssize_t)iov->iov_len < 0)
			return -EINVAL;
		if (!access_ok(iov->iov_base, iov->iov_len))
			return -EFAULT;
		iov->iov_len = min(iov->iov_len, MAX_RW_COUNT - v->total);
		v->total += iov->iov_len;
	}
	return 0;
}

static void iov_free(struct iov_copy *v)
{
	if (v->iov != v->inline_iov)
		kfree(v->iov);
}

static int iov_import(struct iov_copy *v, const struct iovec __user *user, int n)
{
	int err;

	if (n < 0 || n > UIO_MAXIOV)
		return -EINVAL;
	v->iov = n <= FAST_IOV ? v->inline_iov : kmalloc((size_t)n * sizeof(*user), GFP_KERNEL);
	if (!v->iov)
		return -ENOMEM;
	if (copy_from_user(v->iov, user, (size_t)n * sizeof(*user)))
		err = -EFAULT;
	else
		err = check_iov(v, (unsigned int)n);
	if (err)
		iov_free(v);
	return err;
}

/* Piece by piece; stops at the first that is not done whole. */
static ssize_t loop_read(struct file *file, const struct iov_copy *v, int n)
{
	ssize_t done = 0, ret = 0;

	for (int i = 0; i < n; i++) {
		ret = vfs_read(file, v->iov[i].iov_base, v->iov[i].iov_len, &file->f_pos);
		if (ret > 0)
			done += ret;
		if (ret < 0 || (size_t)ret < v->iov[i].iov_len)
			break;
	}
	return done ? done : ret;
}

static ssize_t loop_write(struct file *file, const struct iov_copy *v, int n)
{
	ssize_t done = 0, ret = 0;

	for (int i = 0; i < n; i++) {
		ret = vfs_write(file, v->iov[i].iov_base, v->iov[i].iov_len, &file->f_pos);
		if (ret > 0)
			done += ret;
		if (ret < 0 || (size_t)ret < v->iov[i].iov_len)
			break;
	}
	return done ? done : ret;
}

/* -EFAULT: nothing was written yet. */
static ssize_t gather_write(struct file *file, const struct iov_copy *v, int n)
{
	char *buf = kmalloc(v->total, GFP_KERNEL);
	size_t len = 0;
	ssize_t ret = 0;

	if (!buf)
		return -ENOMEM;
	for (int i = 0; i < n && !ret; i++) {
		if (copy_from_user(buf + len, v->iov[i].iov_base, v->iov[i].iov_len))
			ret = -EFAULT;
		len += v->iov[i].iov_len;
	}
	if (!ret)
		ret = file->f_op->write_kernel(file, buf, len, &file->f_pos);
	kfree(buf);
	return ret;
}

long sys_readv(unsigned int fd, const struct iovec __user *iov, int iovcnt)
{
	struct fd f = fdget(fd);
	struct iov_copy v;
	bool locked;
	long ret;

	if (!f.file)
		return -EBADF;
	ret = f.file->f_mode & FMODE_READ ? iov_import(&v, iov, iovcnt) : -EBADF;
	if (!ret) {
		locked = f_pos_begin(f);
		ret = loop_read(f.file, &v, iovcnt);
		f_pos_end(f, locked);
		iov_free(&v);
	}
	fdput(f);
	return ret;
}

long sys_writev(unsigned int fd, const struct iovec __user *iov, int iovcnt)
{
	struct fd f = fdget(fd);
	struct iov_copy v;
	bool locked;
	long ret;

	if (!f.file)
		return -EBADF;
	ret = f.file->f_mode & FMODE_WRITE ? iov_import(&v, iov, iovcnt) : -EBADF;
	if (!ret) {
		locked = f_pos_begin(f);
		ret = -EFAULT;
		if (iovcnt > 1 && v.total && v.total <= PIPE_BUF && f.file->f_op->write_kernel)
			ret = gather_write(f.file, &v, iovcnt);
		if (ret == -EFAULT)
			ret = loop_write(f.file, &v, iovcnt);
		f_pos_end(f, locked);
		iov_free(&v);
	}
	fdput(f);
	return ret;
}
