/*
 * uid.c - changing who a task is: setuid(2), setreuid(2), setresuid(2), setfsuid(2), and the same
 * for groups.
 *
 * Each call prepares a copy of the credentials, edits it and commits it.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/syscalls.h>

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

	if issecure(new, SECURE_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		if (!issecure(new, SECURE_KEEP_CAPS))
			new->cap_permitted = new->cap_effective = 0;
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

/* Capabilities about files, which follow the file system user: setfsuid(2). */
#define CAP_FS_SET (BIT(CAP_CHOWN) | BIT(CAP_MKNOD) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | \
		    BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_MAC_OVERRIDE))

static void fix_fs_caps(struct cred *new, uid_t before)
{
	if (issecure(new, SECURE_NO_SETUID_FIXUP))
		return;
	if (before == 0 && new->fsuid != 0)
		new->cap_effective &= ~CAP_FS_SET;
	if (before != 0 && new->fsuid == 0)
		new->cap_effective |= new->cap_permitted & CAP_FS_SET;
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
	/*
	 * Programs that give up root do not look whether that succeeded: going over the limit is
	 * remembered and refused at the next execve(2), setuid(2) "EAGAIN".
	 */
	if (new->uid != 0 && over_nproc_limit(new))
		current->flags |= PF_NPROC_EXCEEDED;
	else
		current->flags &= ~PF_NPROC_EXCEEDED;
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
		fix_fs_caps(new, before);
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
