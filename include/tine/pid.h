/*
 * pid.h - process identifiers.
 *
 * A struct pid is one number in use, be it as a thread, a thread group, a process group or a
 * session. It stays allocated while anything uses it, so a number that names a living group is
 * never given to a new task.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/list.h>
#include <tine/types.h>
#include <tine/wait.h>

struct task_struct;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };

#define PID_MAX_LIMIT	4194304		/* what pid_max may be raised to */
#define PID_MAX_DEFAULT	32768
#define RESERVED_PIDS	300		/* after wrap-around the search starts here */

struct pid {
	refcount_t count;
	pid_t nr;				/* constant */
	struct list_head tasks[PIDTYPE_MAX];	/* tasklist_lock: through task_struct.pid_links */
	wait_queue_head_t wait_pidfd;		/* woken when the thread group has exited */
};

void pid_init(void);
/* A fresh number with one reference, findable at once; ERR_PTR(-EAGAIN) if all are taken, -ENOMEM. */
struct pid *alloc_pid(void);
/*
 * The same with the number @nr, for clone3's set_tid. -EINVAL: @levels is more than the one level of
 * pid namespaces, or no number below pid_max; -EPERM without CAP_SYS_ADMIN or
 * CAP_CHECKPOINT_RESTORE; -EEXIST: it is in use.
 */
struct pid *alloc_pid_at(pid_t nr, unsigned int levels);
/* Undo alloc_pid() of a number that no task was attached to; else detach_pid() frees it. */
void free_pid(struct pid *pid);
static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		refcount_inc(&pid->count);
	return pid;
}
void put_pid(struct pid *pid);			/* NULL is allowed */
static inline pid_t pid_nr(const struct pid *pid)
{
	return pid ? pid->nr : 0;
}

/* The smallest number in use that is at least @nr, or -1. For listing /proc. */
pid_t next_pid(pid_t nr);
/* The number given last. For /proc/loadavg. */
pid_t last_pid_get(void);
/* Numbers given are below this. Setting it may fail with -EINVAL or -ENOMEM. */
pid_t pid_max_get(void);
int pid_max_set(pid_t max);

/* All below: tasklist_lock held. */
struct pid *find_pid(pid_t nr);			/* no reference taken; also under no lock if only compared */
void attach_pid(struct task_struct *p, enum pid_type type, struct pid *pid);
void detach_pid(struct task_struct *p, enum pid_type type);
void change_pid(struct task_struct *p, enum pid_type type, struct pid *pid);
struct task_struct *pid_task(struct pid *pid, enum pid_type type);
/* The thread with this number, or NULL. */
struct task_struct *find_task_by_vpid(pid_t nr);
/* The same with a reference, locking by itself. */
struct task_struct *find_get_task_by_vpid(pid_t nr);
#define pid_for_each_task(pid, type, p) \
	list_for_each_entry(p, &(pid)->tasks[type], pid_links[type])
