/* SIGSTOP and SIGCONT as wait4(2) shows them with WUNTRACED and WCONTINUED. */
#include "ktap.h"

int main(void)
{
	int status = 0;
	pid_t pid;

	plan(9);
	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	need(kill(pid, SIGSTOP) == 0);
	same(waitpid(pid, &status, WUNTRACED), pid, "WUNTRACED reports a stopped child");
	ok(WIFSTOPPED(status) && !WIFEXITED(status) && !WIFSIGNALED(status), "its status says stopped");
	same(WSTOPSIG(status), SIGSTOP, "by SIGSTOP");
	same(waitpid(pid, &status, WUNTRACED | WNOHANG), 0, "each stop is reported once");
	need(kill(pid, SIGCONT) == 0);
	same(waitpid(pid, &status, WCONTINUED), pid, "WCONTINUED reports that it continues");
	ok(WIFCONTINUED(status), "its status says continued");
	same(waitpid(pid, &status, WCONTINUED | WNOHANG), 0, "that is reported once as well");
	need(kill(pid, SIGSTOP) == 0);
	same(waitpid(pid, &status, WUNTRACED), pid, "it can be stopped again");
	need(kill(pid, SIGKILL) == 0);
	same(outcome(pid), KILLED_BY(SIGKILL), "SIGKILL ends a stopped child");
	return done();
}
