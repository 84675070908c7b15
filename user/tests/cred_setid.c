/* set*id: which ids may become which, for root and for others; what becomes of the saved and file system ids and of capabilities. */
#include "ktap.h"

#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

static int ids(uid_t r, uid_t e, uid_t s)
{
	uid_t a, b, c;

	return getresuid(&a, &b, &c) == 0 && a == r && b == e && c == s && (uid_t)setfsuid(-1) == e;
}

static int gids(gid_t r, gid_t e, gid_t s)
{
	gid_t a, b, c;

	return getresgid(&a, &b, &c) == 0 && a == r && b == e && c == s && (gid_t)setfsgid(-1) == e;
}

static unsigned long effective(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	need(syscall(SYS_capget, &head, data) == 0);
	return data[0].effective | (unsigned long)data[1].effective << 32;
}

/* musl sets the ids of all threads through a detour; these are the bare calls. */
static long call3(long nr, long a, long b, long c)
{
	return syscall(nr, a, b, c);
}

static int root_setuid(void)
{
	return call3(SYS_setuid, 5, 0, 0) || !ids(5, 5, 5) || effective() || call3(SYS_setuid, 0, 0, 0) != -1 || errno != EPERM;
}

static int root_setreuid(void)
{
	if (call3(SYS_setreuid, 5, 6, 0) || !ids(5, 6, 6))
		return 1;
	if (call3(SYS_setreuid, 6, 5, 0) || !ids(6, 5, 5))	/* exchange */
		return 2;
	return call3(SYS_setreuid, 7, -1, 0) != -1 || errno != EPERM ? 3 : 0;
}

static int saved_id(void)
{
	if (call3(SYS_setresuid, 5, 6, 0) || !ids(5, 6, 0) || effective())
		return 1;
	if (call3(SYS_setresuid, -1, 7, -1) != -1 || errno != EPERM)
		return 2;
	if (call3(SYS_setresuid, -1, 0, -1) || !ids(5, 0, 0) || !effective())	/* back: and the capabilities, too */
		return 3;
	return 0;
}

static int setreuid_saved(void)
{
	if (call3(SYS_setresuid, 5, 6, 7))
		return 1;
	if (call3(SYS_setreuid, -1, 5, 0) || !ids(5, 5, 7))	/* to the real id: the saved one stays */
		return 2;
	if (call3(SYS_setreuid, -1, 7, 0) || !ids(5, 7, 7))
		return 3;
	if (call3(SYS_setreuid, 7, -1, 0) || !ids(7, 7, 7))
		return 4;
	return 0;
}

static int ordinary_setuid(void)
{
	if (call3(SYS_setresuid, 5, 6, 7))
		return 1;
	if (call3(SYS_setuid, 6, 0, 0) != -1 || errno != EPERM)	/* the effective id is no choice */
		return 2;
	if (call3(SYS_setuid, 7, 0, 0) || !ids(5, 7, 7))
		return 3;
	if (call3(SYS_setuid, -1, 0, 0) != -1 || errno != EINVAL)
		return 4;
	return call3(SYS_setuid, 5, 0, 0) || !ids(5, 5, 7) ? 5 : 0;
}

static int groups(void)
{
	if (call3(SYS_setresgid, 5, 6, 7) || !gids(5, 6, 7) || !effective())
		return 1;
	if (call3(SYS_setregid, -1, 5, 0) || !gids(5, 5, 7))
		return 2;
	if (call3(SYS_setgid, 9, 0, 0) || !gids(9, 9, 9))
		return 3;
	if (call3(SYS_setuid, 5, 0, 0) || call3(SYS_setgid, 8, 0, 0) != -1 || errno != EPERM)
		return 4;
	if (call3(SYS_setregid, 9, 8, 0) != -1 || errno != EPERM)
		return 5;
	return call3(SYS_setresgid, 9, 9, -1) ? 6 : 0;
}

static int fs_ids(void)
{
	unsigned long all = effective();

	if (setfsuid(5) != 0 || setfsuid(-1) != 5)
		return 1;
	if ((effective() & 0x1f) || effective() == 0)	/* those about files go, others stay */
		return 2;
	if (setfsuid(0) != 5 || effective() != all)
		return 3;
	if (call3(SYS_setresuid, 5, 6, 7) || setfsuid(9) != 6 || setfsuid(-1) != 6)
		return 4;
	return setfsuid(7) != 6 || setfsuid(-1) != 7;
}

static int keep_caps(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || prctl(PR_GET_KEEPCAPS) != 1)
		return 1;
	if (call3(SYS_setuid, 5, 0, 0) || effective())	/* effective ones go, permitted ones stay */
		return 2;
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) || !(data[0].permitted & 1 << CAP_SETUID))
		return 3;
	data[0].effective = 1 << CAP_SETUID;
	data[1].effective = 0;
	if (syscall(SYS_capset, &head, data) || call3(SYS_setuid, 0, 0, 0))
		return 4;
	if (prctl(PR_SET_KEEPCAPS, 2) != -1 || errno != EINVAL)
		return 5;
	return 0;
}

static int no_fixup(void)
{
	unsigned long all = effective();

	if (prctl(PR_SET_SECUREBITS, 1 << 2 | 1 << 3))
		return 1;
	if (prctl(PR_SET_SECUREBITS, 0) != -1 || errno != EPERM)	/* locked */
		return 2;
	if (prctl(PR_SET_SECUREBITS, 1 << 9 | 3 << 2) != -1 || errno != EPERM)
		return 3;
	return call3(SYS_setuid, 5, 0, 0) || effective() != all || prctl(PR_GET_SECUREBITS) != 3 << 2;
}

static int bounds(void)
{
	struct __user_cap_header_struct head = { 0x1234, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, NULL) || head.version != _LINUX_CAPABILITY_VERSION_3)
		return 1;
	head.version = 0x1234;
	if (syscall(SYS_capget, &head, data) != -1 || errno != EINVAL)
		return 2;
	head.version = _LINUX_CAPABILITY_VERSION_3;
	head.pid = 1;
	if (syscall(SYS_capget, &head, data))
		return 3;
	if (syscall(SYS_capset, &head, data) != -1 || errno != EPERM)	/* only one's own */
		return 4;
	head.pid = 0;
	data[0].effective = data[0].permitted = 1 << CAP_KILL | 1 << CAP_SETPCAP;
	data[0].inheritable = 1 << CAP_KILL;
	data[1].effective = data[1].permitted = data[1].inheritable = 0;
	if (prctl(PR_CAPBSET_DROP, CAP_CHOWN) || prctl(PR_CAPBSET_READ, CAP_CHOWN) != 0 || syscall(SYS_capset, &head, data))
		return 5;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) != 1)
		return 6;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETPCAP, 0, 0) != -1 || errno != EPERM)
		return 7;
	data[0].inheritable = 1 << CAP_CHOWN;		/* not in the bounding set any more */
	if (syscall(SYS_capset, &head, data) != -1 || errno != EPERM)
		return 8;
	data[0].inheritable = 0;
	if (syscall(SYS_capset, &head, data) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) != 0)
		return 9;
	data[0].permitted |= 1;				/* never more */
	if (syscall(SYS_capset, &head, data) != -1 || errno != EPERM)
		return 10;
	if (prctl(PR_CAPBSET_READ, 63) != -1 || errno != EINVAL)
		return 11;
	return 0;
}

int main(void)
{
	plan(10);
	same(in_child(root_setuid), 0, "setuid by root sets all and gives up the capabilities");
	same(in_child(root_setreuid), 0, "setreuid");
	same(in_child(saved_id), 0, "setresuid; root from the saved id has its capabilities again");
	same(in_child(setreuid_saved), 0, "setreuid and the saved id");
	same(in_child(ordinary_setuid), 0, "setuid by others");
	same(in_child(groups), 0, "group ids");
	same(in_child(fs_ids), 0, "setfsuid and the capabilities about files");
	same(in_child(keep_caps), 0, "PR_SET_KEEPCAPS");
	same(in_child(no_fixup), 0, "securebits");
	same(in_child(bounds), 0, "capset, bounding and ambient set");
	return done();
}
