/* The exit signal of clone(2): any of 0 to 255 is taken; what is no signal is not sent; a parent that has executed
 * another program gets SIGCHLD. Runs itself with the descriptor to close as what the parent executes. */
#include "ktap.h"
#include <sched.h>

static volatile sig_atomic_t seen[65];

static void count(int sig)
{
	seen[sig]++;
}

/* Not to be caught, or not in this C library. */
static int kept(int sig)
{
	return sig == SIGKILL || sig == SIGSTOP || (sig >= 32 && sig <= 34);
}

static pid_t child_with(int signal)
{
	pid_t pid = syscall(SYS_clone, signal, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(3);
	return pid;
}

/* Was exactly @signal sent, and the child waited for as it must be? */
static int check(int signal)
{
	int status, sent = 0, want = signal >= 1 && signal <= 64;
	pid_t pid, got;

	memset((void *)seen, 0, sizeof(seen));
	pid = child_with(signal);
	if (pid < 0)
		return 0;
	do {
		got = waitpid(pid, &status, signal == SIGCHLD ? 0 : __WCLONE);
	} while (got == -1 && errno == EINTR);
	for (int i = 1; i <= 64; i++)
		sent += seen[i];
	return got == pid && WIFEXITED(status) && sent == want && (!want || seen[signal] == 1);
}

/* The program that a parent has become: only SIGCHLD may come from its child. */
static int after_exec(int fd)
{
	sigset_t all;
	siginfo_t info;
	int first;

	close(fd);
	sigfillset(&all);
	first = sigwaitinfo(&all, &info);
	if (first != SIGCHLD || info.si_status != 3)
		return 1;
	return waitpid(-1, NULL, __WALL) <= 0;
}

static int exec_then_child(const char *self, int signal)
{
	struct gate g = gate_new();
	char fd[16], byte;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (syscall(SYS_clone, signal, NULL, NULL, NULL, NULL) == 0) {
		close(g.fd[1]);
		read(g.fd[0], &byte, 1);	/* until the new program closes it */
		_exit(3);
	}
	snprintf(fd, sizeof(fd), "%d", g.fd[1]);
	execl(self, self, fd, NULL);
	return 99;
}

int main(int argc, char **argv)
{
	static const int chosen[] = { SIGKILL, SIGUSR1, SIGSTOP, SIGSEGV, 35, 64, SIGCHLD };
	int good = 0, only_chld = 0, harmless = 0;
	pid_t pid;

	if (argc > 1)
		return after_exec(atoi(argv[1]));
	plan(4);
	for (int i = 1; i <= 64; i++)
		if (!kept(i))
			signal(i, count);
	for (int i = 0; i <= 64; i++)
		good += kept(i) || check(i);
	same(good, 65, "0 to 64: this signal and no other, for waits with __WCLONE");
	for (int i = 65; i < 256; i++)
		harmless += check(i);
	same(harmless, 191, "65 to 255: none");
	pid = must_fork();
	if (pid == 0) {
		child_with(SIGKILL);
		pause();
		_exit(1);
	}
	same(outcome(pid), KILLED_BY(SIGKILL), "a child may kill its parent, which asked for it");
	for (int i = 1; i <= 64; i++)
		signal(i, SIG_DFL);
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		pid = must_fork();
		if (pid == 0)
			_exit(exec_then_child(argv[0], chosen[i]));
		only_chld += outcome(pid) == 0;
	}
	same(only_chld, sizeof(chosen) / sizeof(chosen[0]), "but not the program that follows in its place: SIGCHLD");
	return done();
}
