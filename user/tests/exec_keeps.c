/*
 * What execve(2) keeps (pid, parent, group, mask, ignored signals, pending, folder, umask, plain descriptors)
 * and what it resets (handlers, close-on-exec descriptors, memory). Runs itself as "after".
 */
#include "ktap.h"
#include <sys/stat.h>

static void handler(int sig)
{
}

static int after(char **argv)
{
	struct sigaction act;
	sigset_t set;
	char cwd[100] = "";

	if (getpid() != atoi(argv[2]) || getppid() != atoi(argv[3]))
		return 1;
	sigaction(SIGUSR1, NULL, &act);
	if (act.sa_handler != SIG_DFL)
		return 2;
	sigaction(SIGUSR2, NULL, &act);
	if (act.sa_handler != SIG_IGN)
		return 3;
	sigprocmask(SIG_BLOCK, NULL, &set);
	if (!sigismember(&set, SIGHUP))
		return 4;
	sigpending(&set);
	if (!sigismember(&set, SIGHUP))
		return 5;
	if (fcntl(40, F_GETFD) != 0 || fcntl(41, F_GETFD) != -1)
		return 6;
	if (strcmp(getcwd(cwd, sizeof(cwd)), "/proc") || umask(0) != 0123)
		return 7;
	return 0;
}

static int before(const char *self)
{
	char pid[20], parent[20];
	sigset_t set;

	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGHUP);
	dup2(1, 40);
	dup3(1, 41, O_CLOEXEC);
	if (chdir("/proc"))
		return 100;
	umask(0123);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(parent, sizeof(parent), "%d", getppid());
	execl(self, self, "after", pid, parent, NULL);
	return 101;
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc > 1)
		return after(argv);
	plan(1);
	pid = must_fork();
	if (pid == 0)
		_exit(before(argv[0]));
	same(outcome(pid), 0, "the new program finds what it should");
	return done();
}
