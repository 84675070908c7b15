/*
 * What the kernel writes for a program holds nothing of its own: no address of the kernel's half and no pattern with
 * which a kernel for tests fills memory, in no padding and no unused field.
 */
#include "ktap.h"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <termios.h>
#include <ucontext.h>

#define SIZE 4096

static unsigned char buf[SIZE] __attribute__((aligned(64)));
static unsigned char alt_stack[65536] __attribute__((aligned(64)));

/* Four equal bytes of a pattern, or a word from the upper half that is no small negative number. */
static int leaks(const unsigned char *at, size_t size)
{
	static const unsigned char patterns[] = { 0x6b, 0x5a, 0xa5, 0xac, 0xfe };

	for (size_t i = 0; i + 8 <= size; i += 4) {
		unsigned long word;

		memcpy(&word, at + i, 8);
		if (i % 8 == 0 && word >= 0xffff800000000000 && word < 0xffffffffffff0000)
			return 1;
		for (size_t p = 0; p < sizeof(patterns); p++)
			if ((unsigned int)word == patterns[p] * 0x01010101U)
				return 1;
	}
	return 0;
}

static void fresh(void)
{
	memset(buf, 0, SIZE);
}

static void clean(long result, const char *what)
{
	ok(result >= 0 && !leaks(buf, SIZE), what);
}

/* @call with buf as the place to write to. */
#define check(call, what) do { fresh(); clean((call), what); } while (0)

static int frame_leaks = -1;

static void handler(int sig, siginfo_t *info, void *context)
{
	unsigned char *frame = (unsigned char *)context, *top = alt_stack + sizeof(alt_stack);

	/* the frame begins with the return address below the context, and ends with the registers of the FPU */
	frame_leaks = leaks((unsigned char *)info, sizeof(*info)) || leaks(frame, (size_t)(top - frame));
}

static void signal_frame(void)
{
	stack_t stack = { .ss_sp = alt_stack, .ss_size = sizeof(alt_stack) };

	need(sigaltstack(&stack, NULL) == 0);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK }, NULL);
	raise(SIGUSR1);
	same(frame_leaks, 0, "a signal's frame");
}

static pid_t dead_child(void)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(3);
	return pid;
}

static long wait_info(void)
{
	return syscall(SYS_waitid, P_PID, dead_child(), buf, WEXITED, buf + 1024);
}

static long wait_usage(void)
{
	return syscall(SYS_wait4, dead_child(), buf, 0, buf + 1024);
}

/* SIGCHLD of a child, with all that is known about it. */
static long take_signal(void)
{
	sigset_t set;
	long ret;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (syscall(SYS_rt_sigtimedwait, &set, buf, &(struct timespec){ 0 }, 8) > 0)
		;
	need(outcome(dead_child()) == 3);
	ret = syscall(SYS_rt_sigtimedwait, &set, buf, NULL, 8);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return ret;
}

static long names(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	long ret = syscall(SYS_getdents64, fd, buf, SIZE);

	close(fd);
	return ret;
}

static long terminal(unsigned long request)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	long ret = ioctl(fd, request, buf);

	close(fd);
	return ret;
}

int main(void)
{
	plan(27);
	check(wait_info(), "waitid");
	check(wait_usage(), "wait4");
	check(take_signal(), "rt_sigtimedwait");
	signal_frame();
	check(syscall(SYS_rt_sigaction, SIGUSR1, NULL, buf, 8), "rt_sigaction");
	check(syscall(SYS_sigaltstack, NULL, buf), "sigaltstack");
	check(syscall(SYS_getrusage, RUSAGE_CHILDREN, buf), "getrusage");
	check(syscall(SYS_times, buf), "times");
	check(syscall(SYS_sysinfo, buf), "sysinfo");
	check(syscall(SYS_uname, buf), "uname");
	check(syscall(SYS_stat, "/proc/self/status", buf), "stat in /proc");
	check(syscall(SYS_stat, "/tmp", buf), "stat of a folder");
	check(syscall(SYS_fstat, 1, buf), "stat of a pipe");
	check(syscall(SYS_statx, AT_FDCWD, "/tmp", 0, 0xfff, buf), "statx");
	check(syscall(SYS_statfs, "/tmp", buf), "statfs");
	check(names("/"), "getdents64");
	check(names("/proc/self"), "getdents64 of /proc");
	check(syscall(SYS_getitimer, ITIMER_PROF, buf), "getitimer");
	check(syscall(SYS_clock_gettime, CLOCK_REALTIME, buf), "clock_gettime");
	check(syscall(SYS_gettimeofday, buf, buf + 64), "gettimeofday");
	check(syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, buf), "prlimit64");
	check(syscall(SYS_sched_getattr, 0, buf, 56, 0), "sched_getattr");
	check(syscall(SYS_sched_getaffinity, 0, 128, buf), "sched_getaffinity");
	check(syscall(SYS_capget, &(unsigned int [2]){ 0x20080522 }, buf), "capget");
	check(terminal(TCGETS), "TCGETS");
	check(terminal(TIOCGWINSZ), "TIOCGWINSZ");
	check(syscall(SYS_readlink, "/proc/self/exe", buf, SIZE), "readlink");
	return done();
}
