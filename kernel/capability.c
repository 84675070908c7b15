/*
 * capability.c - capget(2), capset(2): the sets of the running task, and reading others'.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/string.h>
#include <tine/syscalls.h>

/* How many 32-bit words of each set this version of the header speaks of; 0: unknown version. */
static unsigned int words_of(u32 version)
{
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return _LINUX_CAPABILITY_U32S_1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return _LINUX_CAPABILITY_U32S_3;
	default:
		return 0;
	}
}

/* Read the header; an unknown version is answered with the one we know and -EINVAL. */
static int read_header(struct __user_cap_header_struct __user *uheader, struct __user_cap_header_struct *header,
		       unsigned int *words)
{
	if (copy_from_user(header, uheader, sizeof(*header)))
		return -EFAULT;
	*words = words_of(header->version);
	if (*words)
		return 0;
	if (put_user((u32)_LINUX_CAPABILITY_VERSION_3, &uheader->version))
		return -EFAULT;
	return -EINVAL;
}

long sys_capget(void __user *uheader, void __user *udata)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
	const struct cred *cred;
	struct task_struct *p;
	unsigned int words;
	int err = read_header(uheader, &header, &words);

	if (err)
		return err == -EINVAL && !udata ? 0 : err;
	if (header.pid < 0)
		return -EINVAL;
	p = find_get_task_by_vpid(header.pid ? header.pid : current->pid);
	if (!p)
		return -ESRCH;
	cred = get_task_cred(p);
	put_task_struct(p);
	for (unsigned int i = 0; i < 2; i++) {
		data[i].effective = (u32)(cred->cap_effective >> (32 * i));
		data[i].permitted = (u32)(cred->cap_permitted >> (32 * i));
		data[i].inheritable = (u32)(cred->cap_inheritable >> (32 * i));
	}
	put_cred(cred);
	return udata && copy_to_user(udata, data, words * sizeof(data[0])) ? -EFAULT : 0;
}

long sys_capset(void __user *uheader, const void __user *udata)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
	u64 effective, permitted, inheritable;
	const struct cred *old = current_cred();
	struct cred *new;
	unsigned int words;
	int err = read_header(uheader, &header, &words);

	if (err)
		return err;
	if (header.pid && header.pid != current->pid)
		return -EPERM;
	memset(data, 0, sizeof(data));
	if (copy_from_user(data, udata, words * sizeof(data[0])))
		return -EFAULT;
	effective = (data[0].effective | (u64)data[1].effective << 32) & CAP_FULL_SET;
	permitted = (data[0].permitted | (u64)data[1].permitted << 32) & CAP_FULL_SET;
	inheritable = (data[0].inheritable | (u64)data[1].inheritable << 32) & CAP_FULL_SET;
	if ((permitted & ~old->cap_permitted) || (effective & ~permitted) ||
	    (inheritable & ~(old->cap_inheritable | old->cap_bset)) ||
	    ((inheritable & ~(old->cap_inheritable | old->cap_permitted)) && !capable(CAP_SETPCAP)))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_effective = effective;
	new->cap_permitted = permitted;
	new->cap_inheritable = inheritable;
	new->cap_ambient &= permitted & inheritable;
	return commit_creds(new);
}
