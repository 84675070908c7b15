/* CLONE_SETTLS: the child's FS base; one outside of user space is refused and leaves nothing behind. */
#include "ktap.h"
#include <asm/prctl.h>
#include <sched.h>

/* The child looks at its base without the C library, whose thread pointer it no longer has. */
static long clone_tls(unsigned long flags, unsigned long tls)
{
	register long r10 __asm__("r10") = 0;
	register unsigned long r8 __asm__("r8") = tls;
	unsigned long base = 0;
	long ret;

	__asm__ volatile("syscall; test %%rax, %%rax; jnz 1f\n\t"
			 "mov $158, %%eax; mov %[get], %%edi; mov %[where], %%rsi; syscall\n\t"
			 "xor %%edi, %%edi; mov (%[where]), %%rax; cmp %%r8, %%rax; setne %%dil\n\t"
			 "mov $60, %%eax; syscall; 1:"
			 : "=a"(ret) : "0"(SYS_clone), "D"(flags), "S"(0), "d"(0), "r"(r10), "r"(r8),
			   [where] "r"(&base), [get] "i"(ARCH_GET_FS) : "rcx", "r11", "memory", "cc");
	if (ret < 0) {
		errno = -ret;
		ret = -1;
	}
	return ret;
}

int main(void)
{
	static const unsigned long bad[] = {
		0x0100000000000000, 0x8000000000000000, 0xffff800000000000, 0xffffffff80000000, -1UL,
	};
	unsigned long mine, base;
	int refused = 0;
	pid_t pid;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &mine);
	plan(8);
	same(outcome(clone_tls(CLONE_SETTLS | SIGCHLD, 0x123456789000)), 0, "the child has the base that was asked for");
	same(outcome(clone_tls(CLONE_SETTLS | SIGCHLD, 0)), 0, "0 too");
	same(outcome(clone_tls(CLONE_SETTLS | SIGCHLD, 0x7fffffffefff)), 0, "and the last address of user space");
	pid = clone_tls(SIGCHLD, mine);
	same(outcome(pid), 0, "without SETTLS it has its parent's");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused += clone_tls(CLONE_SETTLS | SIGCHLD, bad[i]) == -1 && errno == EPERM;
	same(refused, sizeof(bad) / sizeof(bad[0]), "addresses beyond: EPERM");
	fails(clone_tls(CLONE_SETTLS | CLONE_THREAD | SIGCHLD, -1UL), EINVAL, "flags are checked first");
	fails(waitpid(-1, NULL, __WALL | WNOHANG), ECHILD, "refusals leave no child");
	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	same(base, mine, "the parent has its own base all the time");
	return done();
}
