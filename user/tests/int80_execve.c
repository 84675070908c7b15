/* execve(2) by int 0x80: the lists are arrays of 32-bit pointers, and the new program is a 64-bit one again. */
#include "int80.h"

#define LIST_MAX 8

static char self[] = "/proc/self/exe", missing[] = "/no/such/program";
static char one[] = "first", two[] = "", three[] = "third one", var_a[] = "A=1", var_b[] = "B=two";
static unsigned int argv32[LIST_MAX], envp32[LIST_MAX];

static unsigned int low(const void *p)
{
	need(!((unsigned long)p >> 32));
	return (unsigned int)(unsigned long)p;
}

/* What the new program sees of its arguments and its environment. */
static int judge(int argc, char **argv, char **envp)
{
	unsigned long gs = 1;

	if (strcmp(argv[0], "none") == 0)
		return argc == 1 && !envp[0] ? 20 : 21;
	if (argc != 3 || strcmp(argv[0], one) || strcmp(argv[1], two) || strcmp(argv[2], three))
		return 2;
	if (!envp[0] || strcmp(envp[0], var_a) || !envp[1] || strcmp(envp[1], var_b) || envp[2])
		return 3;
	__asm__("mov %%cs, %0" : "=r"(gs));
	return gs == 0x33 ? 10 : 4;
}

static long exec_with(const char *path, const void *argv, const void *envp)
{
	long pid = int80(vfork);

	if (pid == 0) {
		long ret = int80(execve, path, argv, envp);

		int80(exit, ret == -ENOENT ? 30 : ret == -EFAULT ? 31 : ret == -E2BIG ? 32 : 33);
	}
	return int80_outcome(pid);
}

int main(int argc, char **argv, char **envp)
{
	static char none[] = "none";
	char *big;

	if (argv[0][0] != '/')
		return judge(argc, argv, envp);
	plan(8);
	argv32[0] = low(one);
	argv32[1] = low(two);
	argv32[2] = low(three);
	envp32[0] = low(var_a);
	envp32[1] = low(var_b);
	same(exec_with(self, argv32, envp32), 10, "arguments and environment arrive");
	same(exec_with(missing, argv32, envp32), 30, "no such program: ENOENT");
	argv32[1] = NOWHERE;
	same(exec_with(self, argv32, envp32), 31, "a string that is not there: EFAULT");
	argv32[1] = low(two);
	same(exec_with(self, (void *)NOWHERE, envp32), 31, "a list that is not there: EFAULT");
	same(exec_with(self, argv32, (void *)NOWHERE), 31, "an environment that is not there: EFAULT");
	same(exec_with((void *)NOWHERE, argv32, envp32), 31, "a name that is not there: EFAULT");
	argv32[0] = low(none);
	argv32[1] = 0;
	same(exec_with(self, argv32, NULL), 20, "NULL is an empty environment");
	big = mmap((void *)0x10000000, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	need(big != MAP_FAILED);
	memset(big, 'x', 33 * PAGE);
	argv32[1] = low(big);
	same(exec_with(self, argv32, envp32), 32, "a string of more than 128 KiB: E2BIG");
	return done();
}
