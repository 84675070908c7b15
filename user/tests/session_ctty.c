/* How a session gets its terminal, loses it, and has it stolen. ioctl_tty(2), tcsetpgrp(3), tty(4) */
#include "session.h"

static struct gate go, ready, born;

static int has_tty(void)
{
	int fd = open("/dev/tty", O_RDWR);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 1 : errno == ENXIO ? 0 : -1;
}

/* What opening the slave does for a leader without terminal. */
static int by_opening(int flags)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		setsid();
		need(open(slave_name, flags) >= 0);
		_exit(has_tty());
	}
	return outcome(pid);
}

/* A member of the session that does not lead it. */
static int member(int tty)
{
	int *r = (int *)found + 20;

	r[10] = has_tty();
	r[11] = ioctl(tty, TIOCSCTTY, 0) ? errno : 0;
	r[12] = ioctl(tty, TIOCNOTTY) ? errno : 0;
	r[13] = has_tty();
	r[14] = ioctl(tty, TIOCNOTTY) ? errno : 0;
	r[15] = tcgetpgrp(tty) < 0 ? errno : 0;
	r[16] = tcsetpgrp(tty, getpgrp()) ? errno : 0;
	return 0;
}

static int new_session(int tty)
{
	setsid();
	return has_tty();
}

static int other_leader(int tty)
{
	setsid();
	gate_open(&born);
	pause();
	return 0;
}

static int front_sets(int tty, pid_t pgrp)
{
	return tcsetpgrp(tty, pgrp) ? errno : 0;
}

static int leader(int tty)
{
	int *r = (int *)found + 20, other = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	pid_t stranger = start_job(other_leader, tty, getpgrp());

	gate_wait(&born);
	r[0] = has_tty();
	r[1] = tcgetsid(tty) == getpid() && tcgetpgrp(tty) == getpid();
	r[2] = ioctl(tty, TIOCSCTTY, 0) ? errno : 0;
	r[3] = ioctl(other, TIOCSCTTY, 0) ? errno : 0;
	close(other);
	outcome(start_job(member, tty, getpgrp()));
	r[4] = has_tty();
	r[5] = outcome(start_job(new_session, tty, getpgrp()));
	r[6] = front_sets(tty, stranger);
	r[7] = front_sets(tty, 999999);
	r[8] = front_sets(tty, -1);
	put_down(stranger);
	gate_open(&ready);
	gate_wait(&go);
	r[9] = has_tty();
	return 0;
}

/* Another session, while the first one has the terminal. */
static int thief(void)
{
	int *r = (int *)found + 40, fd, plain;
	pid_t pid;

	setsid();
	fd = open_slave(O_RDWR);
	plain = open_slave(O_WRONLY);
	r[0] = has_tty();
	r[1] = ioctl(fd, TIOCSCTTY, 0) ? errno : 0;
	pid = fork();
	if (pid == 0) {
		setsid();
		if (setuid(1000))
			_exit(1);
		_exit(ioctl(fd, TIOCSCTTY, 1) ? errno : 0);
	}
	r[2] = outcome(pid);
	r[3] = ioctl(plain, TIOCSCTTY, 1) ? errno : 0;
	r[4] = has_tty();
	return 0;
}

/* The leader lets go: everybody in front is told, everybody loses it. */
static int nobody(int tty)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	gate_open(&ready);
	found[60] = sigwaitinfo(&set, NULL);
	found[61] = sigwaitinfo(&set, NULL);
	found[62] = has_tty();
	return 0;
}

static int quitter(int tty)
{
	pid_t pid = start_job(nobody, tty, 0);
	int result;

	gate_wait(&ready);
	need(tcsetpgrp(tty, pid) == 0);
	result = ioctl(tty, TIOCNOTTY);
	outcome(pid);
	found[63] = has_tty();
	return result;
}

struct check {
	int at, want;
	const char *what;
};

static const struct check checks[] = {
	{ 20, 1, "a leader that opens a free slave has it as terminal" },
	{ 21, 1, "of its session, itself in front" },
	{ 22, 0, "TIOCSCTTY once more changes nothing" },
	{ 23, EPERM, "a second terminal: EPERM" },
	{ 24, 1, "(the leader has kept it)" },
	{ 25, 0, "a new session begins without it" },
	{ 26, EPERM, "a group of another session in front: EPERM" },
	{ 27, ESRCH, "a group that does not exist: ESRCH" },
	{ 28, EINVAL, "group -1: EINVAL" },
	{ 30, 1, "children inherit it" },
	{ 31, EPERM, "TIOCSCTTY is for leaders only: EPERM" },
	{ 32, 0, "TIOCNOTTY by a member" },
	{ 33, 0, "loses it for that one" },
	{ 34, ENOTTY, "a second time: ENOTTY" },
	{ 35, ENOTTY, "who has no terminal cannot ask who is in front: ENOTTY" },
	{ 36, ENOTTY, "or change that: ENOTTY" },
	{ 40, 0, "another session's terminal does not come by opening" },
	{ 41, EPERM, "nor by TIOCSCTTY: EPERM" },
	{ 42, EPERM, "nor by force for an ordinary user: EPERM" },
	{ 43, 0, "but root may steal it, even with a file only for writing" },
	{ 44, 1, "and has it" },
	{ 29, 0, "the first session has lost it" },
	{ 60, SIGHUP, "TIOCNOTTY by the leader: SIGHUP to who is in front" },
	{ 61, SIGCONT, "and SIGCONT" },
	{ 62, 0, "they have lost it" },
	{ 63, 0, "so has the leader" },
};

int main(void)
{
	const int nr = sizeof(checks) / sizeof(checks[0]);
	pid_t pid;

	plan(nr + 5);
	go = gate_new();
	ready = gate_new();
	born = gate_new();
	new_master();
	same(by_opening(O_RDWR | O_NOCTTY), 0, "O_NOCTTY: no terminal by opening");
	same(by_opening(O_WRONLY), 0, "nor by opening only for writing");
	pid = start_session(leader);
	gate_wait(&ready);
	same(in_child(thief), 0, "the thief has ended");
	gate_open(&go);
	same(session_done(pid), 0, "the session has ended");
	new_master();
	same(session_done(start_session(quitter)), 0, "TIOCNOTTY by the leader");
	for (int i = 0; i < nr; i++)
		same(found[checks[i].at], checks[i].want, checks[i].what);
	return done();
}
