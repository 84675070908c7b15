/*
 * exec_creds.c - what a program may do: set-id bits, root, PR_SET_NO_NEW_PRIVS.
 * capabilities(7), "Transformation of capabilities during execve()"; execve(2).
 *
 * There are no file capabilities: a file's sets are all or nothing, by whether root runs it.
 */
#include <tine/cred.h>
#include <tine/fs.h>
#include <tine/sched.h>

#include "exec.h"

static void fill_ids(struct linux_binprm *bprm)
{
	struct inode *inode = bprm->file->f_inode;
	struct cred *new = bprm->cred;

	new->euid = current_cred()->euid;
	new->egid = current_cred()->egid;
	if ((bprm->file->f_path.mnt->mnt_flags & MS_NOSUID) || current->no_new_privs)
		return;
	if (inode->i_mode & S_ISUID)
		new->euid = inode->i_uid;
	/* without the group's x it asks for mandatory locks */
	if ((inode->i_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		new->egid = inode->i_gid;
}

/*
 * Does somebody outside of our thread group share the file system context, and could change it under us? If not,
 * nobody will before this exec is over.
 */
static bool shares_fs(void)
{
	unsigned int threads = 0;
	struct task_struct *t;

	spin_lock_irq(&tasklist_lock);
	for_each_thread(current, t) {
		if (t->fs == current->fs)
			threads++;
	}
	spin_unlock_irq(&tasklist_lock);
	return !fs_exec_begin(threads);
}

/* A gain that @bprm may not have: take it back, and no more than was there remains. */
static void refuse_gain(struct cred *new, const struct cred *old)
{
	if (!capable(CAP_SETUID) || current->no_new_privs) {
		new->euid = new->uid;
		new->egid = new->gid;
	}
	new->cap_permitted &= old->cap_permitted;
}

void bprm_creds_from_file(struct linux_binprm *bprm)
{
	const struct cred *old = current_cred();
	struct cred *new = bprm->cred;
	bool effective = false, setid;

	fill_ids(bprm);
	new->cap_permitted = 0;
	new->cap_ambient = old->cap_ambient;
	if (!issecure(new, SECURE_NOROOT)) {
		if (new->euid == 0 || new->uid == 0)
			new->cap_permitted = old->cap_bset | old->cap_inheritable;
		effective = new->euid == 0;
	}
	setid = new->euid != old->uid || new->egid != old->gid;
	if ((setid || (new->cap_permitted & ~old->cap_permitted)) && (current->no_new_privs || shares_fs()))
		refuse_gain(new, old);
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (setid)
		new->cap_ambient = 0;
	new->cap_permitted |= new->cap_ambient;
	new->cap_effective = effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~BIT(SECURE_KEEP_CAPS);
	bprm->secure = setid || (new->uid != 0 && (effective || (new->cap_permitted & ~new->cap_ambient)));
}
