/* With four levels of tables user space ends a page below 2^47: no base of FS or GS may lie beyond. */
#include "../ktap.h"
#include <asm/prctl.h>
#include <sched.h>

static const unsigned long bad[] = { 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 1UL << 55 };

int main(void)
{
	plan(3 * 4);
	for (int i = 0; i < 4; i++) {
		fails(syscall(SYS_arch_prctl, ARCH_SET_FS, bad[i]), EPERM, "ARCH_SET_FS");
		fails(syscall(SYS_arch_prctl, ARCH_SET_GS, bad[i]), EPERM, "ARCH_SET_GS");
		fails(syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, bad[i]), EPERM, "CLONE_SETTLS");
	}
	return done();
}
