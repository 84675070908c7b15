/*
 * cred.h - who a task is: user, groups, capabilities. credentials(7), capabilities(7).
 *
 * A struct cred never changes once a task uses it; to change, copy, edit the copy, commit.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/sched.h>

#define NGROUPS_MAX_SMALL 32

/* What one user has in use, over all of its processes. */
struct user_struct {
	refcount_t count;
	uid_t uid;			/* constant */
	atomic_t processes;		/* threads, for RLIMIT_NPROC */
	struct list_head link;		/* lock of kernel/cred.c */
};

struct cred {
	refcount_t usage;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	unsigned int securebits;
	unsigned int ngroups;
	gid_t groups[NGROUPS_MAX_SMALL];
	struct user_struct *user;	/* of uid; counted */
};

#define CAP_FULL_SET	((1UL << (CAP_LAST_CAP + 1)) - 1)

extern struct cred init_cred;			/* of the kernel itself: root, all capabilities */

void cred_init(void);
/* May the running task send a signal to @p (kill(2))? */
bool kill_ok_by_cred(struct task_struct *p);
#define current_cred()	(current->cred)
#define current_uid()	(current_cred()->uid)
#define current_euid()	(current_cred()->euid)
bool capable(int cap);
const struct cred *get_cred(const struct cred *cred);
void put_cred(const struct cred *cred);
const struct cred *get_task_cred(struct task_struct *p);	/* with a reference */
/* A private copy of the running task's, to be edited; NULL without memory. */
struct cred *prepare_creds(void);
int commit_creds(struct cred *new);	/* takes the reference over */
bool in_group_p(gid_t gid);

struct kernel_clone_args;
int copy_creds(struct task_struct *p, const struct kernel_clone_args *args);	/* RLIMIT_NPROC is checked here */
void exit_creds(struct task_struct *p);
