/* The end of a session leader, and the end of the line under a session: who gets SIGHUP. setsid(2), termios(3) */
#include "session.h"

static struct gate ready, up;

/*
 * Counts SIGHUP and SIGCONT at found[at] and found[at + 1] until END. Of several signals sigwaitinfo takes the lowest
 * number first, so those that came before END are counted however late this process runs.
 */
#define END SIGRTMIN
static int witness_at(int at)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	gate_open(&ready);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig == SIGHUP)
			found[at]++;
		else if (sig == SIGCONT)
			found[at + 1]++;
		else if (sig == END)
			return 0;
	}
}

static int front(int tty)
{
	return witness_at(10);
}

static int back(int tty)
{
	return witness_at(12);
}

static pid_t start_both(int tty)
{
	pid_t pid = start_job(front, tty, 0);

	found[1] = start_job(back, tty, 0);
	found[2] = pid;
	gate_wait(&ready);
	gate_wait(&ready);
	need(tcsetpgrp(tty, pid) == 0);
	return pid;
}

static int exits(int tty)
{
	start_both(tty);
	return 0;
}

/* Lives on when the line is dead, and says what it sees. */
static int survives(int tty)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start_both(tty);
	gate_open(&up);
	found[20] = sigwaitinfo(&set, NULL);
	found[21] = sigwaitinfo(&set, NULL);
	found[22] = open("/dev/tty", O_RDWR) == -1 && errno == ENXIO;
	found[23] = read(tty, &set, 1);
	found[24] = write(tty, "x", 1) == -1 && errno == EIO;
	found[25] = tcgetpgrp(tty) == -1 && errno == EIO;
	sleep_ms(20);
	found[26] = found[10];
	return 0;
}

/* The witnesses are orphans now, and ours through PR_SET_CHILD_SUBREAPER: end them. */
static void end_witnesses(void)
{
	sleep_ms(30);
	kill(found[1], END);
	kill(found[2], END);
	need(outcome(found[1]) == 0 && outcome(found[2]) == 0);
}

static void forget(void)
{
	for (int i = 10; i < 14; i++)
		found[i] = 0;
}

/* vhangup(2) by the leader itself. */
static int cuts_off(int tty)
{
	signal(SIGHUP, SIG_IGN);
	found[30] = vhangup();
	found[31] = read(tty, &tty, 1);
	found[32] = open("/dev/tty", O_RDWR) == -1 && errno == ENXIO;
	return 0;
}

int main(void)
{
	pid_t pid;
	int fd;

	plan(21);
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	ready = gate_new();
	up = gate_new();
	new_master();
	fd = open_slave(O_RDWR | O_NOCTTY);
	same(outcome(start_session(exits)), 0, "the leader exits");
	end_witnesses();
	same(found[10], 1, "the foreground group gets SIGHUP");
	same(found[11], 0, "a pseudo-terminal's not SIGCONT");
	same(found[12] + found[13], 0, "who is in the background is not told");
	same(write(fd, "x", 1), 1, "a pseudo-terminal's files live on");
	ok(ioctl(master, TIOCGPGRP, &pid) == 0 && pid == 0, "nobody is in front");
	close(master);
	close(fd);

	forget();
	new_master();
	pid = start_session(survives);
	gate_wait(&up);
	close(master);
	same(outcome(pid), 0, "a session survives the end of its line");
	end_witnesses();
	same(found[20], SIGHUP, "its leader gets SIGHUP");
	same(found[21], SIGCONT, "and SIGCONT");
	ok(found[22], "it has no terminal any more");
	same(found[23], 0, "reads end of file");
	ok(found[24], "cannot write");
	ok(found[25], "nor ask who is in front");
	same(found[26], 0, "the others are not told yet");
	same(found[10], 1, "only when the leader exits: SIGHUP");
	same(found[11], 1, "and SIGCONT to who was in front");
	same(found[12] + found[13], 0, "and not to the background");

	new_master();
	fd = open_slave(O_RDWR | O_NOCTTY);
	same(outcome(start_session(cuts_off)), 0, "vhangup ends");
	ok(found[30] == 0 && found[31] == 0, "vhangup cuts off the caller's terminal");
	ok(found[32], "which it has no more");
	same(read(fd, &pid, 1), 0, "and everybody else's files on it");
	close(fd);
	close(master);
	return done();
}
