/* Bad pointers to int 0x80 give EFAULT, and pointers are cut to 32 bits before they are used. */
#include "int80.h"

static char word[8] = "abcdefg";
static int fds[2];

int main(void)
{
	char *high = map_private(PAGE);
	pid_t pid;

	plan(11);
	need((unsigned long)high >> 32);
	need(pipe(fds) == 0);
	same(int80(write, fds[1], NOWHERE, 1), -EFAULT, "write from nowhere");
	same(int80(write, fds[1], word, 7), 7, "write");
	same(int80(read, fds[0], NOWHERE, 1), -EFAULT, "read to nowhere");
	same(int80(write, fds[1], (long)word | 1L << 40, 7), 7, "bits above the lower 32 are not looked at");
	same(int80(write, fds[1], 0xffffffffL, 1), -EFAULT, "the last byte of 4 GiB");
	same(int80(write, fds[1], word, 0xffffffffL), -EFAULT, "a count that reaches beyond 4 GiB is not negative");
	same(int80(open, NOWHERE, O_RDONLY), -EFAULT, "open");
	same(int80(pipe, NOWHERE), -EFAULT, "pipe");
	same(int80(execve, NOWHERE, 0, 0), -EFAULT, "execve");
	pid = must_fork();
	if (pid == 0)
		_exit(0);
	same(int80(waitpid, pid, NOWHERE, 0), -EFAULT, "waitpid with a bad place for the status");
	same(int80(waitpid, pid, 0, 0), -ECHILD, "has taken the child all the same");
	return done();
}
