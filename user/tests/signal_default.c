/* What each of the 64 signals does to a process that has done nothing about it. */
#include "ktap.h"

static const char *fate(int sig)
{
	struct gate ready = gate_new(), end = gate_new();
	pid_t pid = must_fork();
	int status;

	if (pid == 0) {
		setpgid(0, 0);
		gate_open(&ready);
		gate_wait(&end);
		_exit(0);
	}
	gate_wait(&ready);
	kill(pid, sig);
	gate_open(&end);		/* if it still can it goes */
	need(waitpid(pid, &status, WUNTRACED) == pid);
	close(ready.fd[0]);
	close(ready.fd[1]);
	close(end.fd[0]);
	close(end.fd[1]);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == sig ? "ends it" : "ends it otherwise";
	if (WIFEXITED(status))
		return "is ignored";
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return WSTOPSIG(status) == sig ? "stops it" : "does something else";
}

int main(void)
{
	static const int stops[] = { SIGSTOP }, ignored[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
	/* the test is in another group of the session, so theirs is not orphaned */
	static const int terminal[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	const char *expected[65];
	char what[64];

	plan(64);
	for (int sig = 1; sig <= 64; sig++)
		expected[sig] = "ends it";
	for (int i = 0; i < 4; i++)
		expected[ignored[i]] = "is ignored";
	for (int i = 0; i < 3; i++)
		expected[terminal[i]] = "stops it";
	expected[stops[0]] = "stops it";
	for (int sig = 1; sig <= 64; sig++) {
		const char *got = fate(sig);

		snprintf(what, sizeof(what), "signal %d %s", sig, expected[sig]);
		if (!ok(strcmp(got, expected[sig]) == 0, what))
			say("# it %s", got);
	}
	return done();
}
