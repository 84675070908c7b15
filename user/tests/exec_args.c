/* execve(2) hands over arguments, environment and auxiliary vector on an aligned stack. Runs itself as "show". */
#include "ktap.h"
#include <elf.h>
#include <sys/auxv.h>

static char long_arg[100001];

static int show(int argc, char **argv, char **envp)
{
	const char *random = (const char *)getauxval(AT_RANDOM);

	if (argc != 5 || strcmp(argv[1], "show") || strcmp(argv[2], "") || strcmp(argv[3], "a b"))
		return 1;
	if (strlen(argv[4]) != 100000 || argv[4][99999] != 'z' || argv[5])
		return 2;
	if (!envp[0] || strcmp(envp[0], "ONE=1") || strcmp(envp[1], "TWO=") || envp[2])
		return 3;
	if (getauxval(AT_PAGESZ) != PAGE || getauxval(AT_UID) != getuid() || getauxval(AT_SECURE))
		return 4;
	if (!getauxval(AT_PHDR) || getauxval(AT_PHENT) != sizeof(Elf64_Phdr) || !getauxval(AT_PHNUM))
		return 5;
	if (!getauxval(AT_ENTRY) || getauxval(AT_CLKTCK) != 100 || !random || !getauxval(AT_HWCAP))
		return 6;
	if (strcmp((char *)getauxval(AT_EXECFN), argv[0]) || strcmp((char *)getauxval(AT_PLATFORM), "x86_64"))
		return 7;
	return 0;
}

static int run(const char *path)
{
	char *argv[] = { (char *)path, "show", "", "a b", long_arg, NULL };
	char *envp[] = { "ONE=1", "TWO=", NULL };
	pid_t pid = must_fork();

	if (pid == 0) {
		execve(path, argv, envp);
		_exit(200);
	}
	return outcome(pid);
}

/* At entry the stack pointer is a multiple of 16 and argc lies there: seen through argv, which follows argc. */
static int stack_aligned(char **argv)
{
	return ((unsigned long)(argv - 1) & 15) == 0;
}

int main(int argc, char **argv, char **envp)
{
	pid_t pid;

	memset(long_arg, 'z', 100000);
	if (argc > 1 && !strcmp(argv[1], "show"))
		return show(argc, argv, envp) ?: !stack_aligned(argv);
	plan(4);
	ok(stack_aligned(argv), "the stack is aligned");
	same(run(argv[0]), 0, "arguments, environment and auxiliary vector arrive");
	pid = must_fork();
	if (pid == 0) {
		execl("/bin/busybox", "sh", "-c", "exit 42", NULL);
		_exit(200);
	}
	same(outcome(pid), 42, "a shell runs");
	pid = must_fork();
	if (pid == 0) {
		execve("/bin/busybox", (char *[]){ "true", NULL }, NULL);
		_exit(200);
	}
	same(outcome(pid), 0, "no environment at all is allowed");
	return done();
}
