/* Control keys and size changes are signals to every process of the foreground group, and to nobody else. */
#include "session.h"

static int wait_for_signals(int tty)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	__atomic_add_fetch(&found[0], 1, __ATOMIC_SEQ_CST);
	for (;;)
		switch (sigwaitinfo(&set, NULL)) {
		case SIGWINCH:
			__atomic_add_fetch(&found[1], 1, __ATOMIC_SEQ_CST);
			break;
		case SIGINT:
			__atomic_add_fetch(&found[2], 1, __ATOMIC_SEQ_CST);
			break;
		case SIGUSR1:
			return 0;
		}
}

static int sleeper(int tty)
{
	__atomic_add_fetch(&found[0], 1, __ATOMIC_SEQ_CST);
	while (found[0])
		pause();
	return 0;
}

static void await(int index, int value)
{
	for (int i = 0; i < 3000 && found[index] != value; i++)
		sleep_ms(1);
}

static pid_t job[3];

/* Three processes of one group into the foreground. */
static void start_pipeline(int tty, int (*fn)(int))
{
	found[0] = 0;
	for (int i = 0; i < 3; i++)
		job[i] = start_job(fn, tty, i ? job[0] : 0);
	need(tcsetpgrp(tty, job[0]) == 0);
	await(0, 3);
}

static void to_front(int tty, pid_t pgrp)
{
	signal(SIGTTOU, SIG_IGN);
	need(tcsetpgrp(tty, pgrp) == 0);
	signal(SIGTTOU, SIG_DFL);
}

/* All three have this fate. */
static int all(int fate)
{
	int good = 1;

	for (int i = 0; i < 3; i++)
		good &= doing(job[i]) == fate;
	return good;
}

static int all_continued(void)
{
	int good = 1, status;

	for (int i = 0; i < 3; i++)
		good &= waitpid(job[i], &status, WCONTINUED) == job[i] && WIFCONTINUED(status);
	return good;
}

/* The master is told by found[9] what to type next. */
static void ask_for(int step)
{
	found[9] = step;
}

static int leader(int tty)
{
	int *r = (int *)found + 20;

	start_pipeline(tty, wait_for_signals);
	ask_for(1);
	await(1, 3);
	await(2, 3);
	kill(-job[0], SIGUSR1);
	all(0);
	to_front(tty, getpgrp());

	start_pipeline(tty, sleeper);
	ask_for(2);
	r[0] = all(STOPPED_BY(SIGTSTP));
	r[1] = tcgetpgrp(tty) == job[0];
	to_front(tty, getpgrp());
	kill(-job[0], SIGCONT);
	r[2] = all_continued();
	r[3] = waitpid(-job[0], NULL, WNOHANG | WUNTRACED | WCONTINUED);
	to_front(tty, job[0]);
	ask_for(3);
	r[4] = all(KILLED_BY(SIGINT));
	r[5] = tcgetpgrp(tty) == job[0];
	to_front(tty, getpgrp());

	start_pipeline(tty, sleeper);
	ask_for(4);
	r[6] = all(KILLED_BY(SIGQUIT)) || all(KILLED_BY(SIGQUIT) + 128);
	to_front(tty, getpgrp());
	return 0;
}

static void until(int step)
{
	while (found[9] < step)
		sleep_ms(1);
}

int main(void)
{
	struct winsize size = { .ws_row = 25, .ws_col = 80 }, seen = { 0 };
	pid_t pid;
	int fd;

	plan(12);
	new_master();
	fd = open_slave(O_RDWR | O_NOCTTY);
	pid = start_session(leader);
	until(1);
	need(ioctl(master, TIOCSWINSZ, &size) == 0);
	ok(ioctl(fd, TIOCGWINSZ, &seen) == 0 && seen.ws_row == 25 && seen.ws_col == 80, "the slave has the new size");
	need(ioctl(master, TIOCSWINSZ, &size) == 0);
	await(1, 3);
	type("\003");
	until(2);
	same(found[1], 3, "each of three has one SIGWINCH for two settings of the same size");
	same(found[2], 3, "and one SIGINT for Ctrl-C");
	type("\032");
	until(3);
	type("\003");
	until(4);
	type("\034");
	same(session_done(pid), 0, "the session has ended");
	same(found[20], 1, "Ctrl-Z stops all of a pipeline");
	same(found[21], 1, "which stays in the foreground until somebody changes that");
	same(found[22], 1, "SIGCONT to the group is reported for each (WCONTINUED)");
	same(found[23], 0, "once");
	same(found[24], 1, "Ctrl-C ends all of it");
	same(found[25], 1, "and the terminal still names the group");
	same(found[26], 1, "Ctrl-\\ as well");
	same(read(fd, &pid, 1), 0, "the slave is at its end when the master is closed");
	return done();
}
