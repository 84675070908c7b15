/* Options of prctl that programs use, what they refuse, and what a child inherits. */
#include "ktap.h"

#include <sys/prctl.h>

static int inherited(void)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	if (strcmp(name, "a name longer t") != 0)
		return 1;
	if (prctl(PR_GET_TIMERSLACK) != 12345 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE) != 0)
		return 2;
	return prctl(PR_GET_KEEPCAPS) != 1 || prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != 1 ? 3 : 0;
}

int main(void)
{
	char name[16] = "";
	int value = -1;

	plan(26);
	same(prctl(PR_SET_NAME, "a name longer than there is room for"), 0, "PR_SET_NAME");
	prctl(PR_GET_NAME, name);
	ok(strcmp(name, "a name longer t") == 0, "keeps 15 bytes");
	fails(prctl(PR_SET_NAME, 1), EFAULT, "bad name");
	fails(prctl(PR_GET_NAME, 1), EFAULT, "nowhere to put the name");
	same(prctl(PR_GET_DUMPABLE), 1, "PR_GET_DUMPABLE");
	fails(prctl(PR_SET_DUMPABLE, 2), EINVAL, "2 is not for programs");
	same(prctl(PR_SET_DUMPABLE, 0), 0, "PR_SET_DUMPABLE");
	same(prctl(PR_GET_TIMERSLACK), 50000, "PR_GET_TIMERSLACK");
	same(prctl(PR_SET_TIMERSLACK, 12345), 0, "PR_SET_TIMERSLACK");
	same(prctl(PR_GET_TIMERSLACK), 12345, "reads back");
	same(prctl(PR_GET_TIMING), PR_TIMING_STATISTICAL, "PR_GET_TIMING");
	fails(prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP), EINVAL, "no other timing");
	same(prctl(PR_GET_TSC, &value) == 0 && value == PR_TSC_ENABLE, 1, "PR_GET_TSC");
	same(prctl(PR_GET_KEEPCAPS), 0, "PR_GET_KEEPCAPS");
	same(prctl(PR_SET_KEEPCAPS, 1), 0, "PR_SET_KEEPCAPS");
	same(prctl(PR_GET_SECUREBITS), 1 << 4, "is one of the securebits");
	fails(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL, "PR_SET_NO_NEW_PRIVS takes no more arguments");
	fails(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL, "nor does PR_GET_NO_NEW_PRIVS");
	same(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0, "PR_SET_NO_NEW_PRIVS");
	same(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0, "PR_SET_THP_DISABLE");
	fails(prctl(PR_SET_PDEATHSIG, 65), EINVAL, "no signal 65");
	fails(prctl(PR_CAPBSET_READ, 64), EINVAL, "no capability 64");
	same(prctl(PR_CAPBSET_READ, 0), 1, "PR_CAPBSET_READ");
	fails(prctl(9999), EINVAL, "unknown option");
	fails(prctl(PR_SET_SECUREBITS, 1 << 20), EPERM, "unknown securebits");
	same(in_child(inherited), 0, "a child inherits them");
	return done();
}
