/* uname, sysinfo, getrandom, getrusage, sched_yield, prctl name, and calls that do not exist. */
#include "ktap.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static int name_inherited(void)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	return strcmp(name, "fifteen-letters");
}

int main(void)
{
	unsigned char a[32] = "", b[32] = "";
	struct utsname u;
	struct sysinfo info;
	struct rusage ru;

	plan(13);
	same(uname(&u), 0, "uname");
	ok(!strcmp(u.machine, "x86_64") && u.release[0] && u.version[0], "says x86_64");
	same(sysinfo(&info), 0, "sysinfo");
	ok(info.totalram > 0 && info.freeram <= info.totalram && info.procs > 0 && info.mem_unit, "is plausible");
	same(getrandom(a, 32, 0), 32, "getrandom");
	same(getrandom(b, 32, GRND_NONBLOCK), 32, "and again");
	ok(memcmp(a, b, 32), "gives something else");
	fails(getrandom(a, 32, 0x80), EINVAL, "unknown flags: EINVAL");
	same(getrusage(RUSAGE_SELF, &ru), 0, "getrusage");
	same(sched_yield(), 0, "sched_yield");
	prctl(PR_SET_NAME, "fifteen-letters-and-more");
	same(in_child(name_inherited), 0, "the name is cut at 15 letters and inherited");
	fails(syscall(1000), ENOSYS, "a call that does not exist: ENOSYS");
	fails(syscall(-1), ENOSYS, "call -1: ENOSYS");
	return done();
}
