/*
 * pipe.h - the inside of pipes, for pipe.c and fifo.c.
 */
#pragma once

#include <tine/mutex.h>
#include <tine/page.h>
#include <tine/wait.h>

#define PIPE_DEF_PAGES	16		/* pipe(7), "Pipe capacity" */
#define PIPE_MAX_PAGES	256		/* without CAP_SYS_RESOURCE */

struct file;
struct inode;

/* Bytes in one frame: [offset, offset + len). */
struct pipe_buffer {
	struct page *page;
	unsigned int offset, len;
};

struct pipe_inode_info {
	struct mutex lock;		/* (p) */
	unsigned int head, tail;	/* (p) buffers ever written, ever read; head - tail are in use */
	unsigned int ring_size;		/* (p) a power of two */
	unsigned int readers, writers;	/* (p) open ends */
	unsigned int r_counter, w_counter; /* (p) ends ever opened: FIFO's rendezvous */
	unsigned int users;		/* (i) open files, and who is about to make one */
	struct page *spare;		/* (p) an empty frame kept for the next write */
	struct pipe_buffer *bufs;	/* (p) ring_size of them */
	wait_queue_head_t rd_wait;	/* readers, and their polls */
	wait_queue_head_t wr_wait;
	struct pipe_buffer inline_bufs[PIPE_DEF_PAGES];
};

struct pipe_inode_info *pipe_alloc(void);	/* one user; NULL without memory */
/* Drop a user; the last one frees the pipe and clears inode->i_private. Takes (i). */
void pipe_put(struct inode *inode, struct pipe_inode_info *pipe);
/* Count the ends that @file has open, or stop counting them. (p) held. */
void pipe_add_ends(struct pipe_inode_info *pipe, const struct file *file);
void pipe_remove_ends(struct pipe_inode_info *pipe, const struct file *file);
/* Sleep on @wq until woken or signalled; (p) is released meanwhile. */
void pipe_sleep(struct pipe_inode_info *pipe, wait_queue_head_t *wq);
int fifo_open(struct inode *inode, struct file *file);
