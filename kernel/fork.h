/*
 * fork.h - what fork.c shows to the other files about the life of tasks in this folder.
 */
#pragma once

struct kernel_clone_args;
struct task_struct;

/* When the part of a task that a stage copied is given back by a task that lived. */
enum put_when {
	PUT_NEVER,		/* nothing to give back, or given back otherwise */
	PUT_AT_EXIT,		/* by the task itself, in do_exit() */
	PUT_AT_REAP,		/* with the zombie, in release_task() */
};

/* Call put() of every stage marked @when, in reverse order of copying. */
void put_stages(struct task_struct *p, enum put_when when);

/* ---- kernel/signal_send.c ---- */
struct multiprocess_signals;
/* From now on what is sent to several processes, the running one among them, is collected for its child. */
void collect_signals(struct multiprocess_signals *delayed);
/* No more: there will be no child. */
void forget_signals(struct multiprocess_signals *delayed);

/* ---- kernel/copy_none.c: stages ---- */
int copy_semundo(struct task_struct *p, const struct kernel_clone_args *args);
int copy_keys(struct task_struct *p, const struct kernel_clone_args *args);
int copy_namespaces(struct task_struct *p, const struct kernel_clone_args *args);
int copy_io(struct task_struct *p, const struct kernel_clone_args *args);
