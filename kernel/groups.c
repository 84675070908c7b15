/*
 * groups.c - supplementary groups: getgroups(2), setgroups(2).
 *
 * A list is sorted when it is made, shared by all who inherit it, and replaced as a whole.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/slab.h>
#include <tine/syscalls.h>

void put_group_info(struct group_info *groups)
{
	if (refcount_dec_and_test(&groups->usage))
		kfree(groups);
}

bool groups_search(const struct group_info *groups, gid_t gid)
{
	unsigned int low = 0, high = groups->ngroups;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (groups->gid[mid] == gid)
			return true;
		if (groups->gid[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static void swap_gids(gid_t *a, gid_t *b)
{
	gid_t gid = *a;

	*a = *b;
	*b = gid;
}

/* Let the element at @top sink in the heap of @n. */
static void sift_down(gid_t *gid, unsigned int top, unsigned int n)
{
	for (unsigned int child; (child = 2 * top + 1) < n; top = child) {
		if (child + 1 < n && gid[child + 1] > gid[child])
			child++;
		if (gid[top] >= gid[child])
			return;
		swap_gids(gid + top, gid + child);
	}
}

/* In place and never slow, whatever the program gives: there may be 65,536. */
static void groups_sort(struct group_info *groups)
{
	gid_t *gid = groups->gid;
	unsigned int n = groups->ngroups;

	for (unsigned int i = n / 2; i--; )
		sift_down(gid, i, n);
	for (; n > 1; n--) {
		swap_gids(gid, gid + n - 1);
		sift_down(gid, 0, n - 1);
	}
}

static int install_groups(struct group_info *groups)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	put_group_info(new->group_info);
	refcount_inc(&groups->usage);
	new->group_info = groups;
	return commit_creds(new);
}

long sys_getgroups(int size, gid_t __user *list)
{
	const struct group_info *groups = current_cred()->group_info;

	if (size < 0 || (size && size < (int)groups->ngroups))
		return -EINVAL;
	if (size && copy_to_user(list, groups->gid, groups->ngroups * sizeof(gid_t)))
		return -EFAULT;
	return groups->ngroups;
}

long sys_setgroups(int size, const gid_t __user *list)
{
	struct group_info *groups;
	int err = -EFAULT;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > NGROUPS_MAX)
		return -EINVAL;
	groups = kmalloc(sizeof(*groups) + (unsigned int)size * sizeof(gid_t), GFP_KERNEL);
	if (!groups)
		return -ENOMEM;
	refcount_set(&groups->usage, 1);
	groups->ngroups = (unsigned int)size;
	if (!copy_from_user(groups->gid, list, (unsigned int)size * sizeof(gid_t))) {
		groups_sort(groups);
		err = install_groups(groups);
	}
	put_group_info(groups);
	return err;
}
