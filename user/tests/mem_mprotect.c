/* mprotect(2) after a fork acts on one side only; its errors; copy on write still works under it. */
#include "ktap.h"

static char *mem;

static int write_first(void)
{
	*(volatile char *)mem = 'c';
	return *mem != 'c';
}

static int protect_and_open(void)
{
	if (mprotect(mem, PAGE, PROT_READ) || mprotect(mem, PAGE, PROT_READ | PROT_WRITE))
		return 1;
	mem[1] = 'q';
	return mem[0] != 'p';
}

int main(void)
{
	struct gate go = gate_new();
	pid_t pid;

	mem = map_private(3 * PAGE);
	memset(mem, 'p', 3 * PAGE);
	plan(8);
	pid = must_fork();
	if (pid == 0) {
		gate_wait(&go);
		_exit(write_first());
	}
	need(mprotect(mem, PAGE, PROT_READ) == 0);
	gate_open(&go);
	same(outcome(pid), 0, "a child may write what the parent made read-only after the fork");
	same(mem[0], 'p', "without the parent seeing it");
	same(in_child(write_first), KILLED_BY(SIGSEGV), "a child made later may not");
	need(mprotect(mem, PAGE, PROT_READ | PROT_WRITE) == 0);
	same(in_child(protect_and_open), 0, "making a shared page writable does not break the sharing");
	same(mem[1], 'p', "the parent's byte is untouched");
	need(munmap(mem + PAGE, PAGE) == 0);
	fails(mprotect(mem, 3 * PAGE, PROT_READ), ENOMEM, "across a hole: ENOMEM");
	fails(syscall(SYS_mprotect, mem + 1, PAGE, PROT_READ), EINVAL, "not aligned: EINVAL");
	fails(mprotect(mem, PAGE, 0x40), EINVAL, "unknown protection: EINVAL");
	return done();
}
