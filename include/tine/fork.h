/*
 * fork.h - how tasks are made and how they end.
 */
#pragma once

#include <tine/types.h>

struct rusage;
struct siginfo;
struct task_struct;

/* Wishes that no system call can express: LegoOS's kernel-only flags. */
#define KCLONE_IDLE_THREAD	0x1	/* the idle task of another CPU: pid 0 */
#define KCLONE_GLOBAL_THREAD	0x2	/* a new process: tell the monitor (p2m_fork) */
#define KCLONE_TLS_DESC		0x4	/* CLONE_SETTLS through int 0x80: tls points to a struct user_desc */

/* Everything that the entries fork, vfork, clone, clone3 and kernel_thread may ask for. */
struct kernel_clone_args {
	u64 flags;			/* CLONE_*, without the exit signal */
	u32 kernel_flags;		/* KCLONE_* */
	int exit_signal;		/* to the parent when the child exits; 0: none */
	int __user *pidfd;		/* CLONE_PIDFD */
	int __user *child_tid;
	int __user *parent_tid;
	unsigned long stack;		/* the child's user stack pointer; 0: the parent's */
	unsigned long tls;
	pid_t set_tid;			/* the number wanted, if set_tid_size is not 0 ... */
	unsigned int set_tid_size;	/* ... on how many levels of pid namespaces */
	int (*fn)(void *);		/* kernel thread: what it runs ... */
	void *fn_arg;			/* ... with which argument */
};

/*
 * Make a task as @args say and let it run. Returns the child's pid in the parent, or a negative
 * errno with nothing left behind. See the top of kernel/fork.c. clone(2).
 */
pid_t do_fork(struct kernel_clone_args *args);
/* clone(2) with its arguments in 64-bit order and KCLONE_* wishes of the entry. kernel/clone.c */
long do_clone(unsigned long flags, unsigned long stack, int __user *parent_tid, int __user *child_tid,
	      unsigned long tls, u32 kernel_flags);
/* A task of the kernel's own that runs fn(arg); if fn returns, its result is the exit code. */
pid_t kernel_thread(int (*fn)(void *), void *arg, unsigned long flags);
void fork_init(void);

/* ---- kernel/exit.c ---- */
void do_exit(long code) __attribute__((noreturn));
/* Take all threads of the group along. @code as wait(2) shows it: exit code << 8, or the signal. */
void do_group_exit(int code) __attribute__((noreturn));
/* Free what a zombie still holds; tasklist_lock not held. */
void release_task(struct task_struct *p);
/* Leave the old address space: robust locks first, then the thread id in user memory, then the vfork parent. */
void mm_release(struct task_struct *p);
/* Would SIGTSTP, SIGTTIN, SIGTTOU stop the caller's process group for ever? */
bool is_current_pgrp_orphaned(void);
/* ---- kernel/wait.c ---- */
/* wait4(2); *@ru is what the child has used if the result is a pid. */
long kernel_wait4(pid_t pid, int __user *status, int options, struct rusage *ru);
/* Resources of @p's process (RUSAGE_SELF), its waited-for children, or both. tasklist_lock held. */
void getrusage_locked(struct task_struct *p, int who, struct rusage *ru);
