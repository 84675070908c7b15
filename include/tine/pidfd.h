/*
 * pidfd.h - open files that name a process. pidfd_open(2).
 */
#pragma once

struct kernel_clone_args;
struct pid;
struct task_struct;

/*
 * What @fd names, with a reference, and the flags (O_NONBLOCK) of its open file; ERR_PTR(-EBADF) if
 * it is no pidfd.
 */
struct pid *pidfd_get_pid(unsigned int fd, unsigned int *flags);

/*
 * Stage of copy_process: a descriptor for the child, told to user space, but not yet open: that
 * comes when nothing can fail any more. Errors of get_unused_fd_flags(), -ENOMEM, -EFAULT.
 */
int copy_pidfd(struct task_struct *p, const struct kernel_clone_args *args);
void put_pidfd(struct task_struct *p);
/* The child is published: open the descriptor. */
void install_pidfd(struct task_struct *p);
