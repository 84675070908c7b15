/* What wait4(2) tells of a child's end: exit codes modulo 256, or the signal. */
#include "ktap.h"

static int code;
static volatile int *volatile bad_pointer = (int *)8;

static int leave(void)
{
	_exit(code);
}

static void check_code(int exit_with, int want, const char *what)
{
	int status;
	pid_t pid;

	code = exit_with;
	pid = must_fork();
	if (pid == 0)
		leave();
	status = status_of(pid);
	ok(WIFEXITED(status) && !WIFSIGNALED(status) && !WIFSTOPPED(status) && WEXITSTATUS(status) == want, what);
}

static void die(int how)
{
	switch (how) {
	case SIGILL:
		__asm__ volatile("ud2");
		break;
	case SIGFPE:
		__asm__ volatile("xor %%eax, %%eax; xor %%edx, %%edx; idiv %%eax" : : : "eax", "edx");
		break;
	case SIGTRAP:
		__asm__ volatile("int3");
		break;
	case SIGSEGV:
		*bad_pointer = 1;
		break;
	default:
		kill(getpid(), how);
	}
	_exit(77);
}

static void check_signal(int sig, const char *what)
{
	pid_t pid = must_fork();
	int status;

	if (pid == 0)
		die(sig);
	status = status_of(pid);
	ok(WIFSIGNALED(status) && !WIFEXITED(status) && !WIFSTOPPED(status) && WTERMSIG(status) == sig, what);
}

int main(void)
{
	plan(15);
	check_code(0, 0, "exit 0");
	check_code(1, 1, "exit 1");
	check_code(127, 127, "exit 127");
	check_code(128, 128, "exit 128");
	check_code(255, 255, "exit 255");
	check_code(256, 0, "exit 256 is 0");
	check_code(-1, 255, "exit -1 is 255");
	check_signal(SIGKILL, "SIGKILL");
	check_signal(SIGTERM, "SIGTERM");
	check_signal(SIGUSR1, "SIGUSR1");
	check_signal(SIGABRT, "SIGABRT");
	check_signal(SIGILL, "an invalid instruction: SIGILL");
	check_signal(SIGFPE, "division by zero: SIGFPE");
	check_signal(SIGTRAP, "int3: SIGTRAP");
	check_signal(SIGSEGV, "a bad address: SIGSEGV");
	return done();
}
