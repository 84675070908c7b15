/* Who may use a terminal from the background: SIGTTIN, SIGTTOU, and the exceptions. termios(3), tcsetpgrp(3) */
#include "session.h"

static int try_read(int tty)
{
	char byte;

	return read(tty, &byte, 1) == 1 ? 0 : errno;
}

static int try_write(int tty)
{
	return write(tty, "", 0) == 0 && write(tty, "w", 1) == 1 ? 0 : errno;
}

static int try_modes(int tty)
{
	struct termios t;

	if (tcgetattr(tty, &t))
		return 1;
	return tcsetattr(tty, TCSANOW, &t) ? errno : 0;
}

static int try_flush(int tty)
{
	return tcflush(tty, TCOFLUSH) ? errno : 0;
}

static int try_front(int tty)
{
	return tcsetpgrp(tty, getpgrp()) ? errno : 0;
}

static int try_questions(int tty)
{
	struct termios t;
	struct winsize w;
	int n;

	return tcgetattr(tty, &t) || ioctl(tty, TIOCGWINSZ, &w) || ioctl(tty, FIONREAD, &n) || tcgetpgrp(tty) < 0;
}

static int ignoring(int sig, int (*fn)(int), int tty)
{
	int result;

	signal(sig, SIG_IGN);
	result = in_background(fn, tty);
	signal(sig, SIG_DFL);
	return result;
}

static int blocking(int sig, int (*fn)(int), int tty)
{
	sigset_t set;
	int result;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	result = in_background(fn, tty);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return result;
}

/* Without a parent outside of the group nobody could continue it. */
static int (*orphan_fn)(int);

static int orphaned(int tty)
{
	pid_t pid = fork();

	if (pid == 0) {
		while (getppid() != 1 && getppid() == getpgrp())
			sleep_ms(1);
		found[0] = orphan_fn(tty);
		found[1] = 1;
		_exit(0);
	}
	return 0;
}

static int as_orphan(int (*fn)(int), int tty)
{
	found[1] = 0;
	orphan_fn = fn;
	in_background(orphaned, tty);
	while (!found[1])
		sleep_ms(1);
	return found[0];
}

static void tostop(int tty, int on)
{
	struct termios t;

	need(tcgetattr(tty, &t) == 0);
	t.c_lflag = on ? t.c_lflag | TOSTOP : t.c_lflag & ~TOSTOP;
	need(tcsetattr(tty, TCSANOW, &t) == 0);
}

/* In the background it stops; in the foreground the same read goes on. */
static int read_later(int tty)
{
	pid_t pid = start_job(try_read, tty, 0);
	int fate = doing(pid);

	found[10] = fate;
	need(tcsetpgrp(tty, pid) == 0);
	need(kill(-pid, SIGCONT) == 0);
	found[11] = 1;
	fate = doing(pid);
	signal(SIGTTOU, SIG_IGN);
	need(tcsetpgrp(tty, getpgrp()) == 0);
	signal(SIGTTOU, SIG_DFL);
	return fate;
}

static int leader(int tty)
{
	int *r = (int *)found + 20;

	r[0] = in_background(try_questions, tty);
	r[1] = in_background(try_read, tty);
	r[2] = in_background(try_write, tty);
	r[3] = in_background(try_modes, tty);
	r[4] = in_background(try_flush, tty);
	r[5] = in_background(try_front, tty);
	r[6] = ignoring(SIGTTIN, try_read, tty);
	r[7] = blocking(SIGTTIN, try_read, tty);
	r[8] = ignoring(SIGTTOU, try_modes, tty);
	r[9] = blocking(SIGTTOU, try_flush, tty);
	r[10] = as_orphan(try_read, tty);
	r[11] = as_orphan(try_modes, tty);
	r[12] = as_orphan(try_front, tty);
	tostop(tty, 1);
	r[13] = in_background(try_write, tty);
	r[14] = ignoring(SIGTTOU, try_write, tty);
	r[15] = blocking(SIGTTOU, try_write, tty);
	r[16] = as_orphan(try_write, tty);
	r[17] = try_write(tty);
	tostop(tty, 0);
	r[18] = read_later(tty);
	return 0;
}

int main(void)
{
	static const struct { int want; const char *what; } check[] = {
		{ 0, "questions are free" },
		{ STOPPED_BY(SIGTTIN), "reading: SIGTTIN" },
		{ 0, "writing is free" },
		{ STOPPED_BY(SIGTTOU), "changing modes: SIGTTOU" },
		{ STOPPED_BY(SIGTTOU), "flushing: SIGTTOU" },
		{ STOPPED_BY(SIGTTOU), "taking the foreground: SIGTTOU" },
		{ EIO, "reading with SIGTTIN ignored: EIO" },
		{ EIO, "reading with SIGTTIN blocked: EIO" },
		{ 0, "changing modes with SIGTTOU ignored" },
		{ 0, "flushing with SIGTTOU blocked" },
		{ EIO, "reading in an orphaned group: EIO" },
		{ EIO, "changing modes in an orphaned group: EIO" },
		{ ENOTTY, "taking the foreground in an orphaned group: ENOTTY" },
		{ STOPPED_BY(SIGTTOU), "writing under TOSTOP: SIGTTOU" },
		{ 0, "unless it is ignored" },
		{ 0, "or blocked" },
		{ EIO, "writing under TOSTOP in an orphaned group: EIO" },
		{ 0, "writing under TOSTOP in the foreground" },
		{ 0, "a read that was stopped goes on in the foreground" },
	};
	const int nr = sizeof(check) / sizeof(check[0]);
	pid_t pid;

	plan(nr + 2);
	new_master();
	pid = start_session(leader);
	while (!found[11])
		sleep_ms(1);
	type("x\n");
	same(session_done(pid), 0, "the session has ended");
	for (int i = 0; i < nr; i++)
		same(found[20 + i], check[i].want, check[i].what);
	same(found[10], STOPPED_BY(SIGTTIN), "it had been stopped by SIGTTIN");
	return done();
}
