/* Stop and continue: who is told and how, what cancels what, stopped processes take SIGKILL only, orphaned groups. */
#include "ktap.h"

#include <sched.h>

static pid_t sleeper(void (*prepare)(void))
{
	struct gate ready = gate_new();
	pid_t pid = must_fork();

	if (pid == 0) {
		setpgid(0, 0);	/* a group that is not orphaned */
		if (prepare)
			prepare();
		gate_open(&ready);
		for (;;)
			pause();
	}
	gate_wait(&ready);
	close(ready.fd[0]);
	close(ready.fd[1]);
	return pid;
}

static volatile int chld_code, chld_status, chld_pid, chlds;

static void on_chld(int sig, siginfo_t *info, void *context)
{
	chlds++;
	chld_code = info->si_code;
	chld_status = info->si_status;
	chld_pid = info->si_pid;
}

static int news(pid_t pid, int options, siginfo_t *info)
{
	memset(info, 0, sizeof(*info));
	need(waitid(P_PID, pid, info, options) == 0);
	return info->si_pid == pid ? info->si_code * 100 + info->si_status : 0;
}

static void told(void)
{
	pid_t pid = sleeper(NULL);
	siginfo_t info;

	sigaction(SIGCHLD, &(struct sigaction){ .sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_RESTART }, NULL);
	kill(pid, SIGTSTP);
	same(news(pid, WSTOPPED | WNOWAIT, &info), CLD_STOPPED * 100 + SIGTSTP, "CLD_STOPPED with the signal");
	same(news(pid, WSTOPPED, &info), CLD_STOPPED * 100 + SIGTSTP, "WNOWAIT left it there");
	same(news(pid, WSTOPPED | WNOHANG, &info), 0, "then it is gone");
	ok(chlds == 1 && chld_code == CLD_STOPPED && chld_status == SIGTSTP && chld_pid == pid, "SIGCHLD said so, too");
	kill(pid, SIGSTOP);
	same(news(pid, WSTOPPED | WNOHANG, &info), 0, "stopping once more is no news");
	kill(pid, SIGUSR1);
	kill(pid, SIGCONT);
	/* SIGUSR1 waited, and now ends it */
	same(outcome(pid), KILLED_BY(SIGUSR1), "a signal to a stopped process waits for SIGCONT");
	pid = sleeper(NULL);
	kill(pid, SIGSTOP);
	news(pid, WSTOPPED, &info);
	kill(pid, SIGCONT);
	same(news(pid, WCONTINUED, &info), CLD_CONTINUED * 100 + SIGCONT, "CLD_CONTINUED");
	for (int i = 0; i < 100 && chld_code != CLD_CONTINUED; i++)
		sleep_ms(1);
	ok(chld_code == CLD_CONTINUED && chld_status == SIGCONT, "SIGCHLD said so, too");
	same(news(pid, WCONTINUED | WNOHANG, &info), 0, "once");
	kill(pid, SIGSTOP);
	news(pid, WSTOPPED, &info);
	kill(pid, SIGKILL);
	same(outcome(pid), KILLED_BY(SIGKILL), "SIGKILL ends what is stopped");
	sigaction(SIGCHLD, &(struct sigaction){ .sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP }, NULL);
	chlds = 0;
	pid = sleeper(NULL);
	kill(pid, SIGSTOP);
	news(pid, WSTOPPED, &info);
	kill(pid, SIGCONT);
	news(pid, WCONTINUED, &info);
	same(chlds, 0, "SA_NOCLDSTOP: no signal");
	kill(pid, SIGKILL);
	status_of(pid);
	signal(SIGCHLD, SIG_DFL);
}

static void block_both(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGTTIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int cancel(void)
{
	sigset_t set;

	block_both();
	raise(SIGTSTP);
	raise(SIGTTIN);
	raise(SIGCONT);
	sigpending(&set);
	if (sigismember(&set, SIGTSTP) || sigismember(&set, SIGTTIN) || !sigismember(&set, SIGCONT))
		return 1;
	raise(SIGTSTP);
	sigpending(&set);
	return sigismember(&set, SIGCONT) || !sigismember(&set, SIGTSTP);
}

static void blocked_continue(void)
{
	pid_t pid = sleeper(block_both);
	siginfo_t info;

	kill(pid, SIGSTOP);
	news(pid, WSTOPPED, &info);
	kill(pid, SIGCONT);
	same(news(pid, WCONTINUED, &info), CLD_CONTINUED * 100 + SIGCONT, "SIGCONT continues even if it is blocked");
	kill(pid, SIGKILL);
	status_of(pid);
}

static volatile int conts;

static void on_cont(int sig)
{
	conts++;
}

static int handled_continue(void)
{
	sigset_t set, old;
	siginfo_t info;
	pid_t pid;

	signal(SIGCONT, on_cont);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = must_fork();
	if (pid == 0) {
		while (!conts)
			sigsuspend(&old);
		_exit(conts + 40);
	}
	kill(pid, SIGSTOP);
	news(pid, WSTOPPED, &info);
	kill(pid, SIGCONT);
	return outcome(pid);
}

/* A group whose only link to the session goes away: stopped members get SIGHUP and SIGCONT. */
static int orphaned_stopped(void)
{
	struct gate g = gate_new();
	pid_t pid, grandchild;
	siginfo_t info;
	int fds[2];
	char byte = 0;

	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0) {
		grandchild = must_fork();
		if (grandchild == 0) {
			setpgid(0, 0);
			close(fds[0]);
			gate_open(&g);
			for (;;)
				pause();
		}
		gate_wait(&g);
		kill(grandchild, SIGSTOP);
		news(grandchild, WSTOPPED | WNOWAIT, &info);
		_exit(0);		/* now nobody could continue it */
	}
	close(fds[1]);
	if (outcome(pid))
		return 1;
	return read(fds[0], &byte, 1);	/* 0: it is dead and has closed its end */
}

static int orphaned_ignores(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();		/* an orphaned group by itself */
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(7);
	}
	return outcome(pid);
}

int main(void)
{
	plan(17);
	told();
	same(in_child(cancel), 0, "SIGCONT drops pending stops, a stop drops a pending SIGCONT");
	blocked_continue();
	same(handled_continue(), 41, "a handler of SIGCONT runs, once");
	same(orphaned_stopped(), 0, "a group that becomes orphaned while stopped is hung up");
	same(orphaned_ignores(), 7, "an orphaned group does not stop for the terminal's signals");
	same(kill(-getpgrp(), 0), 0, "the group of the test is intact");
	return done();
}
