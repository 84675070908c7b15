/* int80.h - system calls by int 0x80. Pointers must lie below 4 GiB: static data do, the stack does not. */
#pragma once
#include "ktap.h"
#include <unistd_ia32.h>

/* Result or -errno, as the kernel leaves it in rax. Every other register keeps its value. */
static __unused_fn long int80_6(long nr, long bx, long cx, long dx, long si, long di, long bp)
{
	__asm__ volatile("xchg %%rbp, %1\n	int $0x80\n	xchg %%rbp, %1"
			 : "+&a"(nr), "+&r"(bp) : "b"(bx), "c"(cx), "d"(dx), "S"(si), "D"(di) : "memory", "cc");
	return nr;
}

#define INT80_ARGS(nr, a, b, c, d, e, f, ...) \
	int80_6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* int80(name, up to six arguments) */
#define int80(name, ...) INT80_ARGS(__NR_ia32_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* An address that has no memory: the page below the program. */
#define NOWHERE 0x1000L

/* The child's wait status by way of int 0x80. */
static __unused_fn int int80_outcome(long pid)
{
	static int status;
	long got;

	while ((got = int80(waitpid, pid, &status, 0)) == -EINTR)
		;
	if (got != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : -1;
}
