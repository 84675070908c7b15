/*
 * Bases of FS and GS beyond user space are refused with EPERM by arch_prctl and clone, and nothing changes.
 * (Where user space ends depends on the CPU: 2^47 or, on Linux with five levels of tables, 2^56.)
 */
#include "ktap.h"
#include <asm/prctl.h>
#include <sched.h>

static const unsigned long bad[] = {
	1UL << 56, 1UL << 57, 1UL << 62, 1UL << 63, 0xffff800000000000, 0xffffffff81000000, 0xffffffffffffffff,
};

static unsigned long base(int code)
{
	unsigned long value = -1UL;

	need(syscall(SYS_arch_prctl, code, &value) == 0);
	return value;
}

int main(void)
{
	unsigned long fs = base(ARCH_GET_FS);
	char what[64];

	plan(3 * 7 + 9);
	need(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x1234560) == 0);
	for (int i = 0; i < 7; i++) {
		sprintf(what, "ARCH_SET_FS to %#lx", bad[i]);
		fails(syscall(SYS_arch_prctl, ARCH_SET_FS, bad[i]), EPERM, what);
		sprintf(what, "ARCH_SET_GS to %#lx", bad[i]);
		fails(syscall(SYS_arch_prctl, ARCH_SET_GS, bad[i]), EPERM, what);
		sprintf(what, "CLONE_SETTLS with %#lx", bad[i]);
		fails(syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, bad[i]), EPERM, what);
	}
	same(base(ARCH_GET_FS), fs, "FS base is as before");
	same(base(ARCH_GET_GS), 0x1234560, "GS base is as before");
	fails(waitpid(-1, NULL, 0), ECHILD, "no child has come of it");
	same(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x7fffffffefff), 0, "the last byte of user space");
	same(base(ARCH_GET_GS), 0x7fffffffefff, "is a base");
	same(syscall(SYS_arch_prctl, ARCH_SET_GS, 0), 0, "so is 0");
	same(base(ARCH_GET_GS), 0, "as it was at the start");
	fails(syscall(SYS_arch_prctl, ARCH_GET_FS, 8), EFAULT, "ARCH_GET_FS with a bad pointer");
	fails(syscall(SYS_arch_prctl, 0x1000, 0), EINVAL, "an unknown code");
	return done();
}
