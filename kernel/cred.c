/*
 * cred.c - who a task is: the objects, and questions about them. credentials(7), capabilities(7).
 *
 * A struct cred is shared (fork takes a reference) and never changes while it is: to change, a
 * task prepares a copy, edits it and commits it. Only the task itself commits, so it reads its
 * own without a lock; others read real_cred, under its cred_lock (get_task_cred) or its siglock.
 * A task keeps its credentials until the structure goes: whoever holds a reference may ask.
 *
 * user_struct counts the threads of one real uid, for RLIMIT_NPROC, and its queued signals.
 * users_lock guards the list.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fault_inject.h>
#include <tine/printk.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>

static struct kmem_cache *cred_cachep, *user_cachep;
static DEFINE_SPINLOCK(users_lock);
static LIST_HEAD(users);
static struct user_struct root_user = { .count = REFCOUNT_INIT(1), .processes = ATOMIC_INIT(1) };

static struct group_info no_groups = { .usage = REFCOUNT_INIT(2) };

struct cred init_cred = {
	.usage = REFCOUNT_INIT(2),
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user = &root_user,
	.group_info = &no_groups,
};

void cred_init(void)
{
	cred_cachep = kmem_cache_create("cred", sizeof(struct cred), 0);
	user_cachep = kmem_cache_create("user_struct", sizeof(struct user_struct), 0);
	list_add(&root_user.link, &users);
}

/* ---- users -------------------------------------------------------------------------------- */

struct user_struct *alloc_uid(uid_t uid)
{
	struct user_struct *new = kmem_cache_alloc(user_cachep, GFP_KERNEL), *user;

	if (!new)
		return NULL;
	spin_lock_irq(&users_lock);
	list_for_each_entry(user, &users, link) {
		if (user->uid == uid && refcount_inc_not_zero(&user->count))
			goto found;
	}
	user = new;
	new = NULL;
	refcount_set(&user->count, 1);
	user->uid = uid;
	atomic_set(&user->processes, 0);
	atomic_set(&user->sigpending, 0);
	list_add(&user->link, &users);
found:
	spin_unlock_irq(&users_lock);
	if (new)
		kmem_cache_free(user_cachep, new);
	return user;
}

void free_uid(struct user_struct *user)
{
	unsigned long flags;

	if (!refcount_dec_and_test(&user->count))
		return;
	flags = spin_lock_irqsave(&users_lock);
	list_del_init(&user->link);
	spin_unlock_irqrestore(&users_lock, flags);
	kmem_cache_free(user_cachep, user);
}

/* ---- references and copies ---------------------------------------------------------------- */

const struct cred *get_cred(const struct cred *cred)
{
	refcount_inc(&((struct cred *)cred)->usage);
	return cred;
}

void put_cred(const struct cred *cred)
{
	struct cred *c = (struct cred *)cred;

	if (!c || !refcount_dec_and_test(&c->usage))
		return;
	free_uid(c->user);
	put_group_info(c->group_info);
	kmem_cache_free(cred_cachep, c);
}

const struct cred *get_task_cred(struct task_struct *p)
{
	unsigned long flags = spin_lock_irqsave(&p->cred_lock);
	const struct cred *cred = get_cred(p->real_cred);

	spin_unlock_irqrestore(&p->cred_lock, flags);
	return cred;
}

struct cred *prepare_creds(void)
{
	struct cred *new = kmem_cache_alloc(cred_cachep, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *current_cred();
	refcount_set(&new->usage, 1);
	refcount_inc(&new->user->count);
	refcount_inc(&new->group_info->usage);
	return new;
}

int commit_creds(struct cred *new)
{
	const struct cred *old = current_cred();

	if (new->user != old->user) {
		atomic_inc(&new->user->processes);
		atomic_dec(&old->user->processes);
	}
	/* what the old user set up must not reach the new one: prctl(2), PR_SET_PDEATHSIG, PR_SET_DUMPABLE */
	if (new->euid != old->euid || new->egid != old->egid || new->fsuid != old->fsuid ||
	    new->fsgid != old->fsgid || (new->cap_permitted & ~old->cap_permitted)) {
		current->pdeath_signal = 0;
		current->signal->dumpable = 0;
	}
	assert(current->real_cred == old);
	spin_lock_irq(&current->sighand->siglock);
	spin_lock(&current->cred_lock);
	current->cred = current->real_cred = new;
	spin_unlock(&current->cred_lock);
	spin_unlock_irq(&current->sighand->siglock);
	put_cred(old);
	return 0;
}

/* ---- stage of copy_process ----------------------------------------------------------------- */

bool over_nproc_limit(const struct cred *cred)
{
	u64 limit = READ_ONCE(current->signal->rlim[RLIMIT_NPROC].rlim_cur);

	return (u64)atomic_read(&cred->user->processes) > limit;
}

/*
 * The child has its parent's credentials: one reference. Counts the child against RLIMIT_NPROC of
 * the real user; who has CAP_SYS_ADMIN or CAP_SYS_RESOURCE is exempt, and so is root.
 */
fork_path int copy_creds(struct task_struct *p, const struct kernel_clone_args *args)
{
	const struct cred *cred = current_cred();
	bool over = should_fail(FAIL_LIMIT);

	atomic_inc(&cred->user->processes);
	if (unlikely(over_nproc_limit(cred)) && !capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_RESOURCE) &&
	    cred->user != &root_user)
		over = true;
	if (over) {
		atomic_dec(&cred->user->processes);
		return -EAGAIN;
	}
	current->flags &= ~PF_NPROC_EXCEEDED;
	p->cred = p->real_cred = get_cred(cred);
	return 0;
}

void exit_creds(struct task_struct *p)
{
	atomic_dec(&p->real_cred->user->processes);
}

/* ---- questions ---------------------------------------------------------------------------- */

bool capable(int cap)
{
	if (!(current_cred()->cap_effective & BIT(cap)))
		return false;
	current->flags |= PF_SUPERPRIV;
	return true;
}

bool in_group_p(gid_t gid)
{
	const struct cred *cred = current_cred();

	return gid == cred->fsgid || groups_search(cred->group_info, gid);
}

bool kill_ok_by_cred(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *theirs = get_task_cred(p);
	bool ok = mine->euid == theirs->suid || mine->euid == theirs->uid || mine->uid == theirs->suid ||
		  mine->uid == theirs->uid;

	put_cred(theirs);
	return ok || capable(CAP_KILL);
}
