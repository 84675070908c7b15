/*
 * fifo.c - opening a pipe by name. fifo(7): each end waits until the other is open as well.
 *
 * "The other end" means one that is opened now or later, even if it is closed again at once: the
 * waiter therefore looks at the count of ends ever opened, not at the ends that are open.
 */
#include "internal.h"
#include "pipe.h"

/* The pipe behind the FIFO, made by the first who opens it. */
static struct pipe_inode_info *fifo_get(struct inode *inode)
{
	struct pipe_inode_info *pipe;

	mutex_lock(&inode->i_lock);
	pipe = inode->i_private;
	if (pipe)
		pipe->users++;
	else
		pipe = inode->i_private = pipe_alloc();
	mutex_unlock(&inode->i_lock);
	return pipe;
}

/* Sleep until *counter moves; -ERESTARTSYS for a signal. (p) held. */
static int wait_for_partner(struct pipe_inode_info *pipe, const unsigned int *counter, wait_queue_head_t *wq)
{
	unsigned int before = *counter;

	while (*counter == before) {
		if (signal_pending(current))
			return -ERESTARTSYS;
		pipe_sleep(pipe, wq);
	}
	return 0;
}

/* The ends of @file are counted; wait for the other side as its flags say. (p) held. */
static int fifo_rendezvous(struct pipe_inode_info *pipe, struct file *file)
{
	bool nonblock = file->f_flags & O_NONBLOCK;

	switch (file->f_mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		if (pipe->writers)
			return 0;
		/* For pipe_poll(): no hang-up is reported before a writer has come. */
		file->f_pos = pipe->w_counter;
		return nonblock ? 0 : wait_for_partner(pipe, &pipe->w_counter, &pipe->rd_wait);
	case FMODE_WRITE:
		if (pipe->readers)
			return 0;
		return nonblock ? -ENXIO : wait_for_partner(pipe, &pipe->r_counter, &pipe->wr_wait);
	default:
		return 0;
	}
}

int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe_inode_info *pipe = fifo_get(inode);
	int err;

	if (!pipe)
		return -ENOMEM;
	file->private_data = pipe;
	mutex_lock(&pipe->lock);
	if (file->f_mode == FMODE_WRITE && (file->f_flags & O_NONBLOCK) && !pipe->readers) {
		err = -ENXIO;
	} else {
		pipe_add_ends(pipe, file);
		wake_up_all(&pipe->rd_wait);
		wake_up_all(&pipe->wr_wait);
		err = fifo_rendezvous(pipe, file);
		if (err) {
			pipe_remove_ends(pipe, file);
			wake_up_all(&pipe->rd_wait);
			wake_up_all(&pipe->wr_wait);
		}
	}
	mutex_unlock(&pipe->lock);
	if (err)
		pipe_put(inode, pipe);
	return err;
}
