/*
 * fork_demo.c - fork(2) shown: one call, two returns.
 *
 * After the call there are two processes, both inside the same if statement. Each evaluates it once, with
 * its own value of pid, so each takes one branch; together they print both. Memory is a copy: what the
 * child changes, the parent does not see.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int value = 1;

static void in_child(void)
{
	printf("child:  fork returned 0 here; I am process %d, my parent is %d\n", getpid(), getppid());
	value = 2;
	printf("child:  I set value to %d\n", value);
	exit(7);
}

static void in_parent(pid_t pid)
{
	int status;

	printf("parent: fork returned %d here; that is my child\n", pid);
	waitpid(pid, &status, 0);
	printf("parent: process %d has exited with %d\n", pid, WEXITSTATUS(status));
	printf("parent: my value is still %d\n", value);
}

int main(void)
{
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);	/* so that fork does not duplicate buffered text */
	printf("before: I am process %d, and value is %d\n", getpid(), value);
	pid = fork();
	if (pid < 0)
		perror("fork");
	else if (pid == 0)
		in_child();
	else
		in_parent(pid);
	return pid < 0;
}
