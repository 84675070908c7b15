/* SIGSEGV with si_code and si_addr for unmapped, read-only, PROT_NONE and non-executable memory, in a child of fork. */
#include "ktap.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile int code;
static void *volatile addr;

static void handler(int sig, siginfo_t *info, void *context)
{
	code = info->si_code;
	addr = info->si_addr;
	siglongjmp(back, 1);
}

enum act { LOAD, STORE, CALL };

/* Does doing @what at @where give SIGSEGV with this code and address? */
static int faults(enum act what, void *where, int want_code)
{
	code = 0;
	if (sigsetjmp(back, 1) == 0) {
		if (what == LOAD)
			(void)*(volatile char *)where;
		else if (what == STORE)
			*(volatile char *)where = 1;
		else
			((void (*)(void))where)();
		return 0;
	}
	return code == want_code && addr == where;
}

static char *mem;

static int all_faults(void)
{
	int bad = 0;

	bad |= !faults(STORE, mem, SEGV_ACCERR) << 0;
	bad |= !faults(LOAD, mem + PAGE + 7, SEGV_ACCERR) << 1;
	bad |= !faults(LOAD, mem + 2 * PAGE, SEGV_MAPERR) << 2;
	bad |= !faults(STORE, mem + 2 * PAGE + 9, SEGV_MAPERR) << 3;
	bad |= !faults(CALL, mem + 3 * PAGE, SEGV_ACCERR) << 4;
	bad |= !faults(LOAD, NULL, SEGV_MAPERR) << 5;
	return bad;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	char *text = (char *)main;

	need(sigaction(SIGSEGV, &act, NULL) == 0);
	mem = map_private(4 * PAGE);
	memset(mem, 0xc3, 4 * PAGE);
	need(mprotect(mem, PAGE, PROT_READ) == 0);
	need(mprotect(mem + PAGE, PAGE, PROT_NONE) == 0);
	need(munmap(mem + 2 * PAGE, PAGE) == 0);
	plan(9);
	ok(faults(STORE, mem, SEGV_ACCERR), "write to a read-only page: SEGV_ACCERR");
	ok(faults(LOAD, mem + PAGE, SEGV_ACCERR), "read of PROT_NONE: SEGV_ACCERR");
	ok(faults(LOAD, mem + 2 * PAGE, SEGV_MAPERR), "read of nothing: SEGV_MAPERR");
	ok(faults(CALL, mem + 3 * PAGE, SEGV_ACCERR), "execution of data: SEGV_ACCERR");
	ok(faults(STORE, text, SEGV_ACCERR), "write to program text: SEGV_ACCERR");
	ok(faults(LOAD, (void *)0xffffffff80000000UL, SEGV_MAPERR), "read of the kernel's half: SEGV_MAPERR");
	same(in_child(all_faults), 0, "all the same in a child");
	need(mprotect(mem, PAGE, PROT_READ | PROT_WRITE) == 0);
	*mem = 5;
	same(*mem, 5, "mprotect allows writing again");
	same(in_child(all_faults), 1, "in children too");
	return done();
}
