/*
 * cred.h - who a task is: user, groups, capabilities. credentials(7), capabilities(7).
 *
 * A struct cred never changes once a task uses it; to change, copy, edit the copy, commit.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/sched.h>

/* What one user has in use, over all of its processes. */
struct user_struct {
	refcount_t count;
	uid_t uid;			/* constant */
	atomic_t processes;		/* threads, for RLIMIT_NPROC */
	atomic_t sigpending;		/* queued signals, for RLIMIT_SIGPENDING */
	struct list_head link;		/* lock of kernel/cred.c */
};

/* Supplementary groups, in ascending order; shared, and never changed. */
struct group_info {
	refcount_t usage;
	unsigned int ngroups;
	gid_t gid[];
};

struct cred {
	refcount_t usage;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	unsigned int securebits;
	struct group_info *group_info;	/* counted */
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
/* The record of @uid with a reference; NULL without memory. */
struct user_struct *alloc_uid(uid_t uid);
void free_uid(struct user_struct *user);		/* drop a reference; from any context */
void put_group_info(struct group_info *groups);
/* Is @gid in @groups? */
bool groups_search(const struct group_info *groups, gid_t gid);
/* Does the user of @cred have more threads than the running task's RLIMIT_NPROC allows? */
bool over_nproc_limit(const struct cred *cred);

/* securebits: capabilities(7), "The securebits flags" */
#define issecure(cred, bit)	((cred)->securebits & BIT(bit))

struct kernel_clone_args;
int copy_creds(struct task_struct *p, const struct kernel_clone_args *args);	/* RLIMIT_NPROC is checked here */
void exit_creds(struct task_struct *p);
