/* The number of a system call is the lower half of rax; what is no number gives ENOSYS. */
#include "ktap.h"

static long call(unsigned long nr)
{
	__asm__ volatile("syscall" : "+a"(nr) : "D"(0L), "S"(0L), "d"(0L) : "rcx", "r11", "memory");
	return (long)nr;
}

int main(void)
{
	plan(7);
	same(call(0xabcdef0100000000 | SYS_getpid), getpid(), "the upper half is ignored");
	same(call(0xffffffff00000000 | SYS_getppid), getppid(), "all of its bits set");
	same(call(-1), -ENOSYS, "-1");
	same(call(0x80000000), -ENOSYS, "2^31");
	same(call(0x40000000 | SYS_getpid), -ENOSYS, "the bit of the x32 calls");
	same(call(5000), -ENOSYS, "5000");
	same(call(400), -ENOSYS, "a hole in the table");
	return done();
}
