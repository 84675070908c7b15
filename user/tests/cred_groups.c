/* Supplementary groups: sorted, many, inherited, refused, and what files they open. */
#include "ktap.h"

#include <grp.h>
#include <sys/stat.h>

static int many(void)
{
	static gid_t list[65537], back[65537];

	for (int i = 0; i < 65537; i++)
		list[i] = (i * 7919) % 100003;
	if (syscall(SYS_setgroups, 65537, list) != -1 || errno != EINVAL)
		return 1;
	if (syscall(SYS_setgroups, 65536, list) || syscall(SYS_getgroups, 0, NULL) != 65536)
		return 2;
	if (syscall(SYS_getgroups, 65535, back) != -1 || errno != EINVAL || syscall(SYS_getgroups, -1, back) != -1 || errno != EINVAL)
		return 3;
	if (syscall(SYS_getgroups, 65537, back) != 65536)
		return 4;
	for (int i = 1; i < 65536; i++)
		if (back[i - 1] > back[i])
			return 5;
	return 0;
}

static int inherited(void)
{
	gid_t list[4] = { 30, 10, 20, 10 }, back[4];
	pid_t pid;

	if (syscall(SYS_setgroups, 4, list))
		return 1;
	pid = fork();
	if (pid == 0) {
		if (syscall(SYS_getgroups, 4, back) != 4 || back[0] != 10 || back[1] != 10 || back[2] != 20 || back[3] != 30)
			_exit(2);
		_exit(syscall(SYS_setgroups, 0, NULL) || syscall(SYS_getgroups, 0, NULL));
	}
	if (outcome(pid))
		return 3;
	return syscall(SYS_getgroups, 4, back) != 4;
}

static const char *path;

static int opens(void)
{
	gid_t list[2] = { 77, 5 };

	if (syscall(SYS_setgroups, 2, list) || syscall(SYS_setgid, 9) || syscall(SYS_setuid, 9))
		return 1;
	if (open(path, O_RDONLY) < 0)
		return 2;
	if (open(path, O_WRONLY) != -1 || errno != EACCES)
		return 3;
	return syscall(SYS_setgroups, 2, list) != -1 || errno != EPERM ? 4 : 0;
}

static int refused(void)
{
	if (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setgid, 9) || syscall(SYS_setuid, 9))
		return 1;
	return open(path, O_RDONLY) != -1 || errno != EACCES ? 2 : 0;
}

static int owner_first(void)
{
	gid_t list[1] = { 77 };

	/* the owner's bits count for the owner, even if the group's would give more */
	if (syscall(SYS_setgroups, 1, list) || syscall(SYS_setgid, 77) || syscall(SYS_setuid, 8))
		return 1;
	return open(path, O_RDONLY) != -1 || errno != EACCES ? 2 : 0;
}

int main(void)
{
	plan(8);
	path = tmp_name("");
	close(tmp_file(path, "x", 1));
	need(chown(path, 8, 77) == 0 && chmod(path, 0040) == 0);
	fails(syscall(SYS_setgroups, 2, 1), EFAULT, "bad list");
	fails(syscall(SYS_setgroups, -1, 1), EINVAL, "negative size");
	same(in_child(many), 0, "65,536 groups, sorted");
	same(in_child(inherited), 0, "a child has its parent's, and changes its own");
	same(in_child(opens), 0, "a group's file opens for who is in the group");
	same(in_child(refused), 0, "and not for others");
	same(in_child(owner_first), 0, "the owner's bits count for the owner");
	same(open(path, O_RDWR) >= 0, 1, "nothing counts for root");
	unlink(path);
	return done();
}
