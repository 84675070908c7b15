/*
 * prctl_cred.c - prctl(2) about privileges: bounding and ambient sets, securebits, no_new_privs.
 * capabilities(7).
 */
#include <tine/cred.h>
#include <tine/sched.h>

#include "prctl.h"

static long drop_bounding(unsigned long cap)
{
	struct cred *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_bset &= ~BIT(cap);
	return commit_creds(new);
}

static long set_securebits(unsigned long bits)
{
	unsigned int old = current_cred()->securebits;
	struct cred *new;

	/* a lock forbids to change the bit below it, and to be taken off */
	if ((((old & SECURE_ALL_LOCKS) >> 1) & (old ^ bits)) || (old & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) || !capable(CAP_SETPCAP))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = bits;
	return commit_creds(new);
}

static long set_keepcaps(unsigned long on)
{
	struct cred *new;

	if (on > 1)
		return -EINVAL;
	if (issecure(current_cred(), SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits &= ~BIT(SECURE_KEEP_CAPS);
	if (on)
		new->securebits |= BIT(SECURE_KEEP_CAPS);
	return commit_creds(new);
}

/* @caps: those to have afterwards. */
static long set_ambient(u64 caps)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	new->cap_ambient = caps;
	return commit_creds(new);
}

static long cap_ambient(unsigned long op, unsigned long cap, unsigned long a4, unsigned long a5)
{
	const struct cred *cred = current_cred();

	if (op == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap || a4 || a5 ? -EINVAL : set_ambient(0);
	if (cap > CAP_LAST_CAP || a4 || a5)
		return -EINVAL;
	switch (op) {
	case PR_CAP_AMBIENT_IS_SET:
		return !!(cred->cap_ambient & BIT(cap));
	case PR_CAP_AMBIENT_LOWER:
		return set_ambient(cred->cap_ambient & ~BIT(cap));
	case PR_CAP_AMBIENT_RAISE:
		if (!(cred->cap_permitted & cred->cap_inheritable & BIT(cap)) ||
		    issecure(cred, SECURE_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		return set_ambient(cred->cap_ambient | BIT(cap));
	default:
		return -EINVAL;
	}
}

long prctl_cred(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	const struct cred *cred = current_cred();

	switch (option) {
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : !!(cred->cap_bset & BIT(a2));
	case PR_CAPBSET_DROP:
		return drop_bounding(a2);
	case PR_GET_SECUREBITS:
		return cred->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(a2);
	case PR_GET_KEEPCAPS:
		return !!issecure(cred, SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(a2);
	case PR_CAP_AMBIENT:
		return cap_ambient(a2, a3, a4, a5);
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : current->no_new_privs;
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		current->no_new_privs = true;
		return 0;
	default:
		return -ENOSYS;
	}
}
