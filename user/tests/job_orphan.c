/* Orphaned process groups: stopped members are hung up and continued, and terminal stops do nothing. _exit(2), POSIX */
#include "session.h"

static struct gate ready;

static void on_hup(int sig)
{
	found[1]++;
}

static void on_cont(int sig)
{
	found[2]++;
}

/* The member of a group that loses its last link to the session. */
static int member(int stop)
{
	signal(SIGHUP, on_hup);
	signal(SIGCONT, on_cont);
	found[3] = getpid();
	gate_open(&ready);
	if (stop)
		raise(SIGSTOP);
	while (!found[5])
		sleep_ms(1);
	return 0;
}

/* A shell that exits with a job: in a session of its own, with the job in a group of its own. */
static int shell(int stop)
{
	int status;
	pid_t pid;

	setsid();
	pid = start_job(member, stop, 0);
	gate_wait(&ready);
	if (stop)
		need(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	return 0;
}

static void run_shell(int stop)
{
	pid_t pid;

	found[1] = found[2] = found[5] = 0;
	pid = must_fork();
	if (pid == 0)
		_exit(shell(stop));
	need(outcome(pid) == 0);
	sleep_ms(20);
	found[5] = 1;
	need(outcome(found[3]) == 0);
}

/* Is in an orphaned group, since its parent is in another session. */
static int lonely(int sig)
{
	setsid();
	gate_open(&ready);
	raise(sig);
	return 5;
}

static int fate_of_lonely(int sig)
{
	pid_t pid = must_fork();
	int fate;

	if (pid == 0)
		_exit(lonely(sig));
	gate_wait(&ready);
	fate = doing(pid);
	if (fate >= STOPPED_BY(0))
		put_down(pid);
	return fate;
}

int main(void)
{
	plan(8);
	found = map_shared(PAGE);
	ready = gate_new();
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	run_shell(1);
	same(found[1], 1, "the stopped job of a shell that exits gets SIGHUP");
	same(found[2], 1, "and SIGCONT");
	run_shell(0);
	same(found[1], 0, "a running one no SIGHUP");
	same(found[2], 0, "and no SIGCONT");
	same(fate_of_lonely(SIGTSTP), 5, "SIGTSTP does not stop an orphaned group");
	same(fate_of_lonely(SIGTTIN), 5, "nor SIGTTIN");
	same(fate_of_lonely(SIGTTOU), 5, "nor SIGTTOU");
	same(fate_of_lonely(SIGSTOP), STOPPED_BY(SIGSTOP), "SIGSTOP does");
	return done();
}
