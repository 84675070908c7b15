/* What execve does to ids and capabilities: set-id files, AT_SECURE, nosuid mounts, no_new_privs, ambient capabilities. */
#include "ktap.h"

#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static char copy[128], nosuid[128], nosuid_copy[160];

/* Run as "report": what the new program finds. */
static int report(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	uid_t r, e, s, gr, ge, gs;
	char line[128];
	int n;

	syscall(SYS_capget, &head, data);
	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	n = snprintf(line, sizeof(line), "u %d %d %d g %d %d %d secure %lu caps %s%s", r, e, s, gr, ge, gs, getauxval(AT_SECURE),
		     data[0].permitted == 0 ? "none" : data[0].permitted == 1 << CAP_KILL ? "kill" : "all",
		     data[0].effective == data[0].permitted ? "" : " ineffective");
	return write(3, line, n) != n;
}

static void copy_self(const char *to, int mode, int uid, int gid)
{
	static char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	need(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		need(write(out, buf, n) == n);
	need(fchown(out, uid, gid) == 0 && fchmod(out, mode) == 0);
	close(in);
	close(out);
}

static int nothing(void)
{
	return 0;
}

static int as_user(void)
{
	return syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, 500, 500, 500) || syscall(SYS_setresuid, 500, 500, 500);
}

static int no_new_privs(void)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) != -1 || errno != EINVAL)
		return 2;
	return as_user();
}

static int with_ambient(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { .permitted = 1 << CAP_KILL, .effective = 1 << CAP_KILL, .inheritable = 1 << CAP_KILL } };

	if (prctl(PR_SET_KEEPCAPS, 1) || as_user() || syscall(SYS_capset, &head, data))
		return 1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) != 0;
}

static int real_user(void)
{
	return syscall(SYS_setresuid, 500, 0, 0) != 0;
}

static int noroot(void)
{
	return prctl(PR_SET_SECUREBITS, 1) != 0;
}

static void run(int (*prepare)(void), const char *program, const char *expected, const char *what)
{
	char got[128] = "";
	int fds[2];
	ssize_t n;
	pid_t pid;

	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0) {
		dup2(fds[1], 3);
		if (prepare())
			_exit(1);
		execl(program, "report", NULL);
		_exit(2);
	}
	close(fds[1]);
	n = read(fds[0], got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = 0;
	close(fds[0]);
	if (!ok(outcome(pid) == 0 && strcmp(got, expected) == 0, what))
		say("# it was: %s", got);
}

static void setid(int mode, int uid, int gid)
{
	need(chown(copy, uid, gid) == 0 && chmod(copy, mode) == 0);
}

int main(int argc, char **argv)
{
	if (strcmp(argv[0], "report") == 0)
		return report();
	plan(14);
	snprintf(copy, sizeof(copy), "%s", tmp_name(".copy"));
	snprintf(nosuid, sizeof(nosuid), "%s", tmp_name(".dir"));
	snprintf(nosuid_copy, sizeof(nosuid_copy), "%s/copy", nosuid);
	copy_self(copy, 0755, 0, 0);

	run(nothing, copy, "u 0 0 0 g 0 0 0 secure 0 caps all", "root");
	run(as_user, copy, "u 500 500 500 g 500 500 500 secure 0 caps none", "an ordinary user");
	setid(04755, 0, 0);
	run(as_user, copy, "u 500 0 0 g 500 500 500 secure 1 caps all", "setuid root");
	run(no_new_privs, copy, "u 500 500 500 g 500 500 500 secure 0 caps none", "setuid root with no_new_privs");
	setid(04755, 77, 0);
	run(as_user, copy, "u 500 77 77 g 500 500 500 secure 1 caps none", "setuid another user");
	run(nothing, copy, "u 0 77 77 g 0 0 0 secure 1 caps all ineffective", "root runs setuid another user");
	setid(02755, 0, 78);
	run(as_user, copy, "u 500 500 500 g 500 78 78 secure 1 caps none", "setgid");
	setid(02745, 0, 78);
	run(as_user, copy, "u 500 500 500 g 500 500 500 secure 0 caps none", "setgid without the group's x means something else");
	setid(0755, 0, 0);
	run(with_ambient, copy, "u 500 500 500 g 500 500 500 secure 0 caps kill", "ambient capabilities stay");
	run(real_user, copy, "u 500 0 0 g 0 0 0 secure 1 caps all", "an effective root that was there before");
	run(noroot, copy, "u 0 0 0 g 0 0 0 secure 0 caps none", "SECBIT_NOROOT");
	setid(04755, 0, 0);
	run(with_ambient, copy, "u 500 0 0 g 500 500 500 secure 1 caps all", "a set-id file ends ambient capabilities");
	need(mkdir(nosuid, 0755) == 0 && mount("none", nosuid, "tmpfs", MS_NOSUID, NULL) == 0);
	need(chmod(nosuid, 0755) == 0);
	copy_self(nosuid_copy, 04755, 0, 0);
	run(as_user, nosuid_copy, "u 500 500 500 g 500 500 500 secure 0 caps none", "MS_NOSUID");
	need(umount(nosuid) == 0 && rmdir(nosuid) == 0);
	ok(prctl(PR_GET_DUMPABLE) == 1 && setresuid(0, 5, 0) == 0 && prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0 &&
	   prctl(PR_GET_DUMPABLE) == 1, "a change of ids takes PR_SET_DUMPABLE away");
	need(setresuid(0, 0, 0) == 0);
	unlink(copy);
	return done();
}
