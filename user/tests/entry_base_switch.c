/* Eight processes and eight threads, each with its own FS and GS bases, keep them over switches and over fork. */
#include "ktap.h"
#include <asm/prctl.h>
#include <sched.h>

#define COUNT	8
#define ROUNDS	40
#define FS_MARK	0xf5f5f5f500000000UL
#define GS_MARK	0x6565656500000000UL

/* What the bases of number i point to. */
static unsigned long fs_word[2 * COUNT], gs_word[2 * COUNT];
static volatile int live[COUNT], wrong[COUNT];
static char stacks[COUNT][4096] __attribute__((aligned(16)));

/* No errno: FS base does not lead to the C library's data in here. Arguments 3 and 4 are 0. */
static inline long raw(long nr, long a, long b)
{
	register long fourth __asm__("r10") = 0;

	__asm__ volatile("syscall" : "+a"(nr) : "D"(a), "S"(b), "d"(0L), "r"(fourth) : "rcx", "r11", "memory");
	return nr;
}

static inline int bases_are(int i)
{
	unsigned long fs, gs;

	__asm__ volatile("mov %%fs:0, %0\n	mov %%gs:0, %1" : "=r"(fs), "=r"(gs));
	return fs == FS_MARK + i && gs == GS_MARK + i;
}

/* Number of rounds in which number @i did not find its bases. */
static int watch(int i)
{
	int lost = 0;

	raw(SYS_arch_prctl, ARCH_SET_GS, (long)&gs_word[i]);
	for (int n = 0; n < ROUNDS; n++) {
		raw(SYS_sched_yield, 0, 0);
		lost += !bases_are(i);
	}
	return lost;
}

/* A process; in the end its own child looks whether it has inherited the bases. */
static int process(int i)
{
	int status = -1;
	long pid;

	raw(SYS_arch_prctl, ARCH_SET_FS, (long)&fs_word[i]);
	if (watch(i))
		return 1;
	pid = raw(SYS_fork, 0, 0);
	if (pid == 0)
		raw(SYS_exit_group, bases_are(i) ? 0 : 2, 0);
	return raw(SYS_wait4, pid, (long)&status) != pid || status != 0;
}

static void __attribute__((noinline, used)) thread_main(long i)
{
	wrong[i] = watch((int)(COUNT + i));
	raw(SYS_exit, 0, 0);
}

static long start_thread(long i)
{
	register long tls __asm__("r8") = (long)&fs_word[COUNT + i];
	register volatile int *tid __asm__("r10") = &live[i];
	long ret = SYS_clone;

	live[i] = 1;
	__asm__ volatile("syscall\n	test %%rax, %%rax\n	jnz 1f\n	mov %5, %%rdi\n	call thread_main\n1:"
			 : "+a"(ret)
			 : "D"(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			       CLONE_SETTLS | CLONE_CHILD_CLEARTID),
			   "S"(stacks[i] + sizeof(stacks[i])), "r"(tid), "r"(tls), "b"(i)
			 : "rcx", "r11", "rdx", "memory", "cc");
	return ret;
}

int main(void)
{
	pid_t pid[COUNT];

	plan(2 * COUNT + 1);
	for (int i = 0; i < 2 * COUNT; i++) {
		fs_word[i] = FS_MARK + i;
		gs_word[i] = GS_MARK + i;
	}
	for (int i = 0; i < COUNT; i++) {
		pid[i] = must_fork();
		if (pid[i] == 0)
			raw(SYS_exit_group, process(i), 0);
	}
	for (long i = 0; i < COUNT; i++)
		need(start_thread(i) > 0);
	for (int i = 0; i < COUNT; i++)
		same(outcome(pid[i]), 0, "a process and its child");
	for (int i = 0; i < COUNT; i++) {
		while (live[i])
			sched_yield();
		same(wrong[i], 0, "a thread");
	}
	raw(SYS_arch_prctl, ARCH_SET_GS, (long)&gs_word[3]);
	same(gs_word[3] == GS_MARK + 3 && in_child(getppid) >= 0, 1, "this process still has the C library's data");
	return done();
}
