/*
 * cred.c - who a task is. credentials(7), capabilities(7), setuid(2), setresuid(2), capset(2).
 *
 * A struct cred is shared (fork takes a reference) and never changes while it is: to change, a
 * task prepares a copy, edits it and commits it. Only the task itself commits, so it reads its
 * own without a lock; others take its alloc_lock (get_task_cred).
 *
 * user_struct counts the threads of one real uid, for RLIMIT_NPROC. users_lock guards the list.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fault_inject.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#define SECURE_NO_SETUID_FIXUP	BIT(2)
#define SECURE_KEEP_CAPS	BIT(4)

static struct kmem_cache *cred_cachep, *user_cachep;
static DEFINE_SPINLOCK(users_lock);
static LIST_HEAD(users);
static struct user_struct root_user = { .count = REFCOUNT_INIT(1), .processes = ATOMIC_INIT(1) };

struct cred init_cred = {
	.usage = REFCOUNT_INIT(2),
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user = &root_user,
};

void cred_init(void)
{
	cred_cachep = kmem_cache_create("cred", sizeof(struct cred), 0);
	user_cachep = kmem_cache_create("user_struct", sizeof(struct user_struct), 0);
	list_add(&root_user.link, &users);
}

/* ---- users -------------------------------------------------------------------------------- */

/* The record of @uid with a reference; NULL without memory. */
static struct user_struct *alloc_uid(uid_t uid)
{
	struct user_struct *new = kmem_cache_alloc(user_cachep, GFP_KERNEL), *user;

	if (!new)
		return NULL;
	spin_lock(&users_lock);
	list_for_each_entry(user, &users, link) {
		if (user->uid == uid && refcount_inc_not_zero(&user->count))
			goto found;
	}
	user = new;
	new = NULL;
	refcount_set(&user->count, 1);
	user->uid = uid;
	atomic_set(&user->processes, 0);
	list_add(&user->link, &users);
found:
	spin_unlock(&users_lock);
	if (new)
		kmem_cache_free(user_cachep, new);
	return user;
}

static void free_uid(struct user_struct *user)
{
	if (!refcount_dec_and_test(&user->count))
		return;
	spin_lock(&users_lock);
	list_del_init(&user->link);
	spin_unlock(&users_lock);
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
	kmem_cache_free(cred_cachep, c);
}

const struct cred *get_task_cred(struct task_struct *p)
{
	const struct cred *cred;

	task_lock(p);
	cred = get_cred(p->cred);
	task_unlock(p);
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
	return new;
}

int commit_creds(struct cred *new)
{
	const struct cred *old = current_cred();

	if (new->user != old->user) {
		atomic_inc(&new->user->processes);
		atomic_dec(&old->user->processes);
	}
	if (new->euid != old->euid || new->egid != old->egid)
		current->pdeath_signal = 0;
	task_lock(current);
	current->cred = new;
	task_unlock(current);
	put_cred(old);
	return 0;
}

/* ---- stage of copy_process ----------------------------------------------------------------- */

/*
 * The child has its parent's credentials: one reference. Counts the child against RLIMIT_NPROC of
 * the real user; root and who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN are exempt.
 */
fork_path int copy_creds(struct task_struct *p, const struct kernel_clone_args *args)
{
	const struct cred *cred = current_cred();
	u64 limit = READ_ONCE(current->signal->rlim[RLIMIT_NPROC].rlim_cur);
	bool over = should_fail(FAIL_LIMIT);

	if ((u64)atomic_read(&cred->user->processes) >= limit && cred->user != &root_user &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		over = true;
	if (over)
		return -EAGAIN;
	p->cred = get_cred(cred);
	atomic_inc(&cred->user->processes);
	return 0;
}

void exit_creds(struct task_struct *p)
{
	const struct cred *cred = p->cred;

	p->cred = NULL;
	atomic_dec(&cred->user->processes);
	put_cred(cred);
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

	if (gid == cred->fsgid)
		return true;
	for (unsigned int i = 0; i < cred->ngroups; i++) {
		if (cred->groups[i] == gid)
			return true;
	}
	return false;
}

bool kill_ok_by_cred(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *theirs = get_task_cred(p);
	bool ok = mine->euid == theirs->suid || mine->euid == theirs->uid || mine->uid == theirs->suid ||
		  mine->uid == theirs->uid;

	put_cred(theirs);
	return ok || capable(CAP_KILL);
}

/* ---- user ids ----------------------------------------------------------------------------- */

long sys_getuid(void)  { return current_cred()->uid; }
long sys_geteuid(void) { return current_cred()->euid; }
long sys_getgid(void)  { return current_cred()->gid; }
long sys_getegid(void) { return current_cred()->egid; }

/* capabilities(7), "Effect of user ID changes on capabilities". */
static void fix_caps(struct cred *new, const struct cred *old)
{
	bool had_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool has_root = new->uid == 0 || new->euid == 0 || new->suid == 0;

	if (new->securebits & SECURE_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		if (!(new->securebits & SECURE_KEEP_CAPS))
			new->cap_permitted = new->cap_effective = 0;
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

#define KEEP ((uid_t)-1)

/* Set the three ids of the user (KEEP: as it is), with rights checked by the caller. Consumes @new. */
static long set_uids(struct cred *new, uid_t ruid, uid_t euid, uid_t suid)
{
	const struct cred *old = current_cred();

	if (ruid != KEEP && ruid != old->uid) {
		struct user_struct *user = alloc_uid(ruid);

		if (!user) {
			put_cred(new);
			return -EAGAIN;
		}
		free_uid(new->user);
		new->user = user;
		new->uid = ruid;
	}
	if (euid != KEEP)
		new->euid = euid;
	if (suid != KEEP)
		new->suid = suid;
	new->fsuid = new->euid;
	fix_caps(new, old);
	return commit_creds(new);
}

static bool one_of(uid_t id, uid_t a, uid_t b, uid_t c)
{
	return id == KEEP || id == a || id == b || id == c;
}

long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (!capable(CAP_SETUID) &&
	    !(one_of(ruid, old->uid, old->euid, old->suid) && one_of(euid, old->uid, old->euid, old->suid) &&
	      one_of(suid, old->uid, old->euid, old->suid)))
		return -EPERM;
	new = prepare_creds();
	return new ? set_uids(new, ruid, euid, suid) : -ENOMEM;
}

long sys_setreuid(uid_t ruid, uid_t euid)
{
	const struct cred *old = current_cred();
	uid_t suid = KEEP;
	struct cred *new;

	if (!capable(CAP_SETUID) && !(one_of(ruid, old->uid, old->euid, old->uid) &&
				      one_of(euid, old->uid, old->euid, old->suid)))
		return -EPERM;
	if (ruid != KEEP || (euid != KEEP && euid != old->uid))
		suid = euid != KEEP ? euid : old->euid;
	new = prepare_creds();
	return new ? set_uids(new, ruid, euid, suid) : -ENOMEM;
}

long sys_setuid(uid_t uid)
{
	const struct cred *old = current_cred();
	bool all = capable(CAP_SETUID);
	struct cred *new;

	if (uid == KEEP)
		return -EINVAL;
	if (!all && uid != old->uid && uid != old->suid)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	return all ? set_uids(new, uid, uid, uid) : set_uids(new, KEEP, uid, KEEP);
}

long sys_setfsuid(uid_t uid)
{
	const struct cred *old = current_cred();
	uid_t before = old->fsuid;
	struct cred *new;

	if (uid == before || !(one_of(uid, old->uid, old->euid, old->suid) || capable(CAP_SETUID)) || uid == KEEP)
		return before;
	new = prepare_creds();
	if (new) {
		new->fsuid = uid;
		commit_creds(new);
	}
	return before;
}

long sys_getresuid(uid_t __user *ruid, uid_t __user *euid, uid_t __user *suid)
{
	const struct cred *cred = current_cred();

	return put_user(cred->uid, ruid) || put_user(cred->euid, euid) || put_user(cred->suid, suid) ? -EFAULT : 0;
}

/* ---- group ids ---------------------------------------------------------------------------- */

static long set_gids(gid_t rgid, gid_t egid, gid_t sgid)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	if (rgid != KEEP)
		new->gid = rgid;
	if (egid != KEEP)
		new->egid = egid;
	if (sgid != KEEP)
		new->sgid = sgid;
	new->fsgid = new->egid;
	return commit_creds(new);
}

long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	const struct cred *old = current_cred();

	if (!capable(CAP_SETGID) &&
	    !(one_of(rgid, old->gid, old->egid, old->sgid) && one_of(egid, old->gid, old->egid, old->sgid) &&
	      one_of(sgid, old->gid, old->egid, old->sgid)))
		return -EPERM;
	return set_gids(rgid, egid, sgid);
}

long sys_setregid(gid_t rgid, gid_t egid)
{
	const struct cred *old = current_cred();
	gid_t sgid = KEEP;

	if (!capable(CAP_SETGID) && !(one_of(rgid, old->gid, old->egid, old->gid) &&
				      one_of(egid, old->gid, old->egid, old->sgid)))
		return -EPERM;
	if (rgid != KEEP || (egid != KEEP && egid != old->gid))
		sgid = egid != KEEP ? egid : old->egid;
	return set_gids(rgid, egid, sgid);
}

long sys_setgid(gid_t gid)
{
	const struct cred *old = current_cred();

	if (gid == KEEP)
		return -EINVAL;
	if (capable(CAP_SETGID))
		return set_gids(gid, gid, gid);
	if (gid != old->gid && gid != old->sgid)
		return -EPERM;
	return set_gids(KEEP, gid, KEEP);
}

long sys_setfsgid(gid_t gid)
{
	const struct cred *old = current_cred();
	gid_t before = old->fsgid;
	struct cred *new;

	if (gid == before || !(one_of(gid, old->gid, old->egid, old->sgid) || capable(CAP_SETGID)) || gid == KEEP)
		return before;
	new = prepare_creds();
	if (new) {
		new->fsgid = gid;
		commit_creds(new);
	}
	return before;
}

long sys_getresgid(gid_t __user *rgid, gid_t __user *egid, gid_t __user *sgid)
{
	const struct cred *cred = current_cred();

	return put_user(cred->gid, rgid) || put_user(cred->egid, egid) || put_user(cred->sgid, sgid) ? -EFAULT : 0;
}

long sys_getgroups(int size, gid_t __user *list)
{
	const struct cred *cred = current_cred();

	if (size < 0 || (size && size < (int)cred->ngroups))
		return -EINVAL;
	if (size && copy_to_user(list, cred->groups, cred->ngroups * sizeof(gid_t)))
		return -EFAULT;
	return cred->ngroups;
}

long sys_setgroups(int size, const gid_t __user *list)
{
	struct cred *new;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > NGROUPS_MAX_SMALL)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (copy_from_user(new->groups, list, size * sizeof(gid_t))) {
		put_cred(new);
		return -EFAULT;
	}
	new->ngroups = size;
	return commit_creds(new);
}
