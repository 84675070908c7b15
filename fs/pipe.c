/*
 * pipe.c - bytes from one process to another. pipe(7).
 *
 * A ring of frames. Writers fill at head, readers empty at tail; a short write that fits into the
 * last frame is appended there. At most PIPE_BUF bytes therefore always go in one step: either
 * the last frame has room for all of them or one free frame is needed. The last frame that a
 * reader empties stays with the pipe for the next write.
 *
 * Locks: (p) pipe->lock, a mutex, is held while bytes are copied; a sleeper puts itself on its
 * queue before it lets the mutex go, so a waker that looks at the queue after changing the ring
 * misses nobody. Readers are woken only when the ring was empty, writers only when it was full.
 * (i) of the inode guards the binding of inode and pipe (FIFOs); (i) is taken before (p).
 */
#include "internal.h"
#include "pipe.h"

#include <tine/format.h>

static struct vfsmount *pipe_mnt;
static struct kmem_cache *pipe_cache;

static bool pipe_empty(const struct pipe_inode_info *pipe)
{
	return READ_ONCE(pipe->head) == READ_ONCE(pipe->tail);
}

static bool pipe_full(const struct pipe_inode_info *pipe)
{
	return READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) >= READ_ONCE(pipe->ring_size);
}

static struct pipe_buffer *pipe_buf(struct pipe_inode_info *pipe, unsigned int n)
{
	return &pipe->bufs[n & (pipe->ring_size - 1)];
}

/* ---- life ---- */

struct pipe_inode_info *pipe_alloc(void)
{
	struct pipe_inode_info *pipe = kmem_cache_alloc(pipe_cache, GFP_KERNEL);

	if (!pipe)
		return NULL;
	mutex_init(&pipe->lock);
	pipe->head = pipe->tail = 0;
	pipe->ring_size = PIPE_DEF_PAGES;
	pipe->readers = pipe->writers = 0;
	pipe->r_counter = pipe->w_counter = 0;
	pipe->users = 1;
	pipe->spare = NULL;
	pipe->bufs = pipe->inline_bufs;
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	return pipe;
}

static void pipe_free(struct pipe_inode_info *pipe)
{
	while (!pipe_empty(pipe))
		put_page(pipe_buf(pipe, pipe->tail++)->page);
	if (pipe->spare)
		put_page(pipe->spare);
	if (pipe->bufs != pipe->inline_bufs)
		kfree(pipe->bufs);
	kmem_cache_free(pipe_cache, pipe);
}

void pipe_put(struct inode *inode, struct pipe_inode_info *pipe)
{
	bool last;

	mutex_lock(&inode->i_lock);
	last = --pipe->users == 0;
	if (last)
		inode->i_private = NULL;
	mutex_unlock(&inode->i_lock);
	if (last)
		pipe_free(pipe);
}

void pipe_add_ends(struct pipe_inode_info *pipe, const struct file *file)
{
	if (file->f_mode & FMODE_READ) {
		pipe->readers++;
		pipe->r_counter++;
	}
	if (file->f_mode & FMODE_WRITE) {
		pipe->writers++;
		pipe->w_counter++;
	}
}

void pipe_remove_ends(struct pipe_inode_info *pipe, const struct file *file)
{
	if (file->f_mode & FMODE_READ)
		pipe->readers--;
	if (file->f_mode & FMODE_WRITE)
		pipe->writers--;
}

static void pipe_release(struct inode *inode, struct file *file)
{
	struct pipe_inode_info *pipe = file->private_data;

	mutex_lock(&pipe->lock);
	pipe_remove_ends(pipe, file);
	if (!pipe->readers != !pipe->writers) {
		wake_up_all(&pipe->rd_wait);
		wake_up_all(&pipe->wr_wait);
	}
	mutex_unlock(&pipe->lock);
	pipe_put(inode, pipe);
}

/* ---- reading and writing ---- */

void pipe_sleep(struct pipe_inode_info *pipe, wait_queue_head_t *wq)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE);
	mutex_unlock(&pipe->lock);
	if (!signal_pending(current))
		schedule();
	finish_wait(wq, &wait);
	mutex_lock(&pipe->lock);
}

/* The ring has changed. The barrier is for polls, which look at the ring without the mutex. */
static void pipe_wake(wait_queue_head_t *wq)
{
	smp_mb();
	if (waitqueue_active(wq))
		wake_up(wq);
}

/* The frame at tail is empty. (p) held. */
static void pipe_retire(struct pipe_inode_info *pipe, struct page *page)
{
	pipe->tail++;
	if (!pipe->spare && page_count(page) == 1)
		pipe->spare = page;
	else
		put_page(page);
}

/* An empty frame; NULL without memory. Whether the spare is there must not matter to fault injection. */
static struct page *pipe_new_page(struct pipe_inode_info *pipe)
{
	struct page *page = pipe->spare;

	if (should_fail(FAIL_FRAME))
		return NULL;
	if (!page)
		return alloc_page(GFP_KERNEL | __GFP_NOFAULT, FRAME_PIPE);
	pipe->spare = NULL;
	return page;
}

/* Copy out what is there, up to @count bytes. (p) held, the ring is not empty. */
static ssize_t pipe_drain(struct pipe_inode_info *pipe, char __user *to, size_t count)
{
	size_t done = 0;

	while (done < count && !pipe_empty(pipe)) {
		struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);
		unsigned int n = (unsigned int)min_t(size_t, count - done, buf->len);
		unsigned long left = copy_to_user(to + done, (char *)page_address(buf->page) + buf->offset, n);

		if (unlikely(left))
			return done ? (ssize_t)done : -EFAULT;
		buf->offset += n;
		buf->len -= n;
		done += n;
		if (!buf->len)
			pipe_retire(pipe, buf->page);
	}
	return (ssize_t)done;
}

/* Sleep until there is something: 1; no writers any more: 0; or -errno. (p) held. */
static int pipe_wait_data(struct pipe_inode_info *pipe, const struct file *file)
{
	while (pipe_empty(pipe)) {
		if (!pipe->writers)
			return 0;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (signal_pending(current))
			return -ERESTARTSYS;
		pipe_sleep(pipe, &pipe->rd_wait);
	}
	return 1;
}

static ssize_t pipe_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct pipe_inode_info *pipe = file->private_data;
	bool wake = false;
	ssize_t ret;

	mutex_lock(&pipe->lock);
	ret = pipe_wait_data(pipe, file);
	if (ret > 0) {
		wake = pipe_full(pipe);
		ret = pipe_drain(pipe, to, count);
		wake = wake && !pipe_full(pipe);
	}
	mutex_unlock(&pipe->lock);
	if (wake)
		pipe_wake(&pipe->wr_wait);
	return ret;
}

/* Append to the last frame if all of @n fits there: true. -EFAULT in *err takes nothing. (p) held. */
static bool pipe_append(struct pipe_inode_info *pipe, struct io_source *from, size_t n, int *err)
{
	struct pipe_buffer *buf;
	unsigned int end;

	if (pipe_empty(pipe))
		return false;
	buf = pipe_buf(pipe, pipe->head - 1);
	end = buf->offset + buf->len;
	if (n > PAGE_SIZE - end)
		return false;
	if (io_copy_from((char *)page_address(buf->page) + end, from, n))
		*err = -EFAULT;
	else
		buf->len += (unsigned int)n;
	return true;
}

/* One more frame with @n bytes. (p) held, the ring is not full. */
static int pipe_push(struct pipe_inode_info *pipe, struct io_source *from, size_t n)
{
	struct page *page = pipe_new_page(pipe);

	if (!page)
		return -ENOMEM;
	if (io_copy_from(page_address(page), from, n)) {
		put_page(page);
		return -EFAULT;
	}
	*pipe_buf(pipe, pipe->head) = (struct pipe_buffer){ page, 0, (unsigned int)n };
	WRITE_ONCE(pipe->head, pipe->head + 1);
	return 0;
}

/* Put in what fits now: bytes done, or -errno if none. (p) held. */
static ssize_t pipe_fill(struct pipe_inode_info *pipe, struct io_source *from, size_t count)
{
	size_t odd = count & (PAGE_SIZE - 1), done = 0;
	int err = 0;

	if (odd && pipe_append(pipe, from, odd, &err))
		done = err ? 0 : odd;
	while (!err && done < count && !pipe_full(pipe)) {
		size_t n = min(count - done, PAGE_SIZE);

		err = pipe_push(pipe, from, n);
		if (!err)
			done += n;
	}
	return done ? (ssize_t)done : err;
}

/* Nobody reads: the signal, and the error unless some bytes have gone. pipe(7) */
static ssize_t pipe_broken(ssize_t done)
{
	send_sig(SIGPIPE, current, 0);
	return done ? done : -EPIPE;
}

static ssize_t pipe_write_from(struct file *file, struct io_source *from, size_t count)
{
	struct pipe_inode_info *pipe = file->private_data;
	size_t done = 0;
	ssize_t ret;
	bool wake = false;

	mutex_lock(&pipe->lock);
	for (;;) {
		bool was_empty = pipe_empty(pipe);

		if (unlikely(!pipe->readers)) {
			ret = pipe_broken((ssize_t)done);
			break;
		}
		ret = pipe_fill(pipe, from, count - done);
		if (ret > 0) {
			done += (size_t)ret;
			wake = wake || was_empty;
		}
		/* Stopped before the ring was full: something went wrong after some bytes. */
		if (ret < 0 || done == count || !pipe_full(pipe)) {
			ret = done ? (ssize_t)done : ret;
			break;
		}
		if ((file->f_flags & O_NONBLOCK) || signal_pending(current)) {
			ret = (file->f_flags & O_NONBLOCK) ? -EAGAIN : -ERESTARTSYS;
			ret = done ? (ssize_t)done : ret;
			break;
		}
		if (wake)
			pipe_wake(&pipe->rd_wait);
		wake = false;
		pipe_sleep(pipe, &pipe->wr_wait);
	}
	mutex_unlock(&pipe->lock);
	if (wake)
		pipe_wake(&pipe->rd_wait);
	return ret;
}

static ssize_t pipe_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct io_source from = { .user = buf };

	return pipe_write_from(file, &from, count);
}

static ssize_t pipe_write_kernel(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	struct io_source from = { .kernel = buf };

	return pipe_write_from(file, &from, count);
}

static unsigned int pipe_poll(struct file *file, struct poll_table *pt)
{
	struct pipe_inode_info *pipe = file->private_data;
	unsigned int mask = 0;

	if (file->f_mode & FMODE_READ) {
		poll_wait(file, &pipe->rd_wait, pt);
		if (!pipe_empty(pipe))
			mask |= POLLIN | POLLRDNORM;
		/* A FIFO is not hung up before somebody has written; see fifo_open(). */
		if (!READ_ONCE(pipe->writers) && READ_ONCE(pipe->w_counter) != (unsigned int)file->f_pos)
			mask |= POLLHUP;
	}
	if (file->f_mode & FMODE_WRITE) {
		poll_wait(file, &pipe->wr_wait, pt);
		if (!pipe_full(pipe))
			mask |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			mask |= POLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = file->private_data;
	unsigned int bytes = 0;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	mutex_lock(&pipe->lock);
	for (unsigned int n = pipe->tail; n != pipe->head; n++)
		bytes += pipe_buf(pipe, n)->len;
	mutex_unlock(&pipe->lock);
	return put_user((int)bytes, (int __user *)arg);
}

const struct file_operations fifo_file_operations = {
	.read = pipe_read,
	.write = pipe_write,
	.write_kernel = pipe_write_kernel,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.open = fifo_open,
	.release = pipe_release,
};

/* ---- capacity: fcntl(2) F_GETPIPE_SZ, F_SETPIPE_SZ ---- */

int pipe_get_size(struct file *file)
{
	struct pipe_inode_info *pipe = file->private_data;

	if (file->f_op != &fifo_file_operations)
		return -EBADF;
	return (int)(READ_ONCE(pipe->ring_size) << PAGE_SHIFT);
}

/* Swap in a ring of @n buffers; -EBUSY if the contents do not fit. Takes @bufs if it succeeds. */
static int pipe_resize(struct pipe_inode_info *pipe, struct pipe_buffer *bufs, unsigned int n)
{
	struct pipe_buffer *old = NULL;
	unsigned int used, i;

	mutex_lock(&pipe->lock);
	used = pipe->head - pipe->tail;
	if (used > n) {
		mutex_unlock(&pipe->lock);
		return -EBUSY;
	}
	for (i = 0; i < used; i++)
		bufs[i] = *pipe_buf(pipe, pipe->tail + i);
	if (pipe->bufs != pipe->inline_bufs)
		old = pipe->bufs;
	pipe->bufs = bufs;
	pipe->ring_size = n;
	pipe->tail = 0;
	pipe->head = used;
	mutex_unlock(&pipe->lock);
	pipe_wake(&pipe->wr_wait);
	kfree(old);
	return 0;
}

int pipe_set_size(struct file *file, unsigned long size)
{
	struct pipe_buffer *bufs;
	unsigned int n = 1;
	int err;

	if (file->f_op != &fifo_file_operations)
		return -EBADF;
	if (size > (1UL << 31))
		return -EINVAL;
	while (n << PAGE_SHIFT < size)
		n *= 2;
	if (n > PIPE_MAX_PAGES && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	bufs = kcalloc(n, sizeof(*bufs), GFP_KERNEL);
	if (!bufs)
		return -ENOMEM;
	err = pipe_resize(file->private_data, bufs, n);
	if (err)
		kfree(bufs);
	return err ? err : (int)(n << PAGE_SHIFT);
}

/* ---- pipe(2) ---- */

/* The open file of one end. */
static struct file *pipe_end(struct pipe_inode_info *pipe, const struct path *path, unsigned int flags)
{
	struct file *file = alloc_file(path, flags, &fifo_file_operations);

	if (IS_ERR(file))
		return file;
	file->private_data = pipe;
	pipe_add_ends(pipe, file);
	pipe->users++;
	return file;
}

static int pipe_files(struct file *ends[2], const struct path *path, unsigned int flags)
{
	struct inode *inode = path->dentry->d_inode;
	struct pipe_inode_info *pipe = inode->i_private;
	int err = 0;

	ends[0] = pipe_end(pipe, path, O_RDONLY | flags);
	if (IS_ERR(ends[0])) {
		err = (int)PTR_ERR(ends[0]);
	} else {
		ends[1] = pipe_end(pipe, path, O_WRONLY | flags);
		if (IS_ERR(ends[1])) {
			err = (int)PTR_ERR(ends[1]);
			fput(ends[0]);
		}
	}
	pipe_put(inode, pipe);
	return err;
}

static int create_pipe(struct file *ends[2], unsigned int flags)
{
	struct path path = { pipe_mnt, NULL };
	struct inode *inode = new_inode(pipe_mnt->mnt_sb, S_IFIFO | S_IRUSR | S_IWUSR);
	int err;

	if (!inode)
		return -ENOMEM;
	inode->i_private = pipe_alloc();
	if (inode->i_private)
		path.dentry = d_make_root(inode, pipe_mnt->mnt_sb);
	if (!path.dentry) {
		if (inode->i_private)
			pipe_free(inode->i_private);
		iput(inode);
		return -ENOMEM;
	}
	err = pipe_files(ends, &path, flags);
	dput(path.dentry);
	return err;
}

/* Two descriptors for the ends, told to user space before anything becomes visible. */
static int install_pipe(struct file *ends[2], int __user *user, unsigned int flags)
{
	int fds[2], err = 0;

	fds[0] = get_unused_fd_flags(flags);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = get_unused_fd_flags(flags);
	if (fds[1] < 0) {
		err = fds[1];
	} else if (copy_to_user(user, fds, sizeof(fds))) {
		err = -EFAULT;
		put_unused_fd((unsigned int)fds[1]);
	}
	if (err) {
		put_unused_fd((unsigned int)fds[0]);
		return err;
	}
	fd_install((unsigned int)fds[0], ends[0]);
	fd_install((unsigned int)fds[1], ends[1]);
	return 0;
}

long sys_pipe2(int __user *user, int flags)
{
	struct file *ends[2] = { NULL, NULL };
	int err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = create_pipe(ends, (unsigned int)flags & O_NONBLOCK);
	if (err)
		return err;
	err = install_pipe(ends, user, (unsigned int)flags);
	if (err) {
		fput(ends[0]);
		fput(ends[1]);
	}
	return err;
}

long sys_pipe(int __user *user)
{
	return sys_pipe2(user, 0);
}

/* ---- pipefs: gives pipes a device and inode number ---- */

static void pipe_dname(const struct dentry *dentry, char *buf, size_t size)
{
	snprintf(buf, size, "pipe:[%llu]", (unsigned long long)dentry->d_inode->i_ino);
}

static int pipefs_mount(const struct file_system_type *type, const char *options, struct super_block **out)
{
	struct super_block *sb = sget_new(type);
	struct inode *root = sb ? new_inode(sb, S_IFDIR | S_IRUSR | S_IXUSR) : NULL;

	if (root)
		sb->s_root = d_make_root(root, sb);
	if (!root || !sb->s_root) {
		iput(root);
		kfree(sb);
		return -ENOMEM;
	}
	*out = sb;
	return 0;
}

static struct file_system_type pipefs_type = {
	.name = "pipefs", .nodev = true, .mount = pipefs_mount, .magic = PIPEFS_MAGIC, .dname = pipe_dname,
};

void pipefs_init(void)
{
	pipe_cache = kmem_cache_create("pipe", sizeof(struct pipe_inode_info), 0);
	pipe_mnt = kern_mount(&pipefs_type);
}
