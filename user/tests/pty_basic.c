/* A pseudo-terminal: made, named, unlocked, written to at both ends, hung up at both ends. pty(7) */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "ktap.h"

static int master, slave;
static char name[64];

static int events(int fd, int want)
{
	struct pollfd p = { .fd = fd, .events = want };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static int waiting(int fd)
{
	int n = -1;

	ioctl(fd, FIONREAD, &n);
	return n;
}

static int got(int fd, const char *want)
{
	char buf[128];
	ssize_t n = read(fd, buf, sizeof(buf));

	return n == (ssize_t)strlen(want) && memcmp(buf, want, n) == 0;
}

static void make(void)
{
	struct stat st;
	int nr = -1, locked = -1;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	need(master >= 0);
	ok(ioctl(master, TIOCGPTN, &nr) == 0 && nr >= 0, "/dev/ptmx gives a master with a number");
	snprintf(name, sizeof(name), "/dev/pts/%d", nr);
	ok(strcmp(ptsname(master), name) == 0, "ptsname knows it");
	ok(stat(name, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(136, nr), "its slave is in /dev/pts");
	ok((st.st_mode & 0777) == 0600 && st.st_uid == 0, "and belongs to who opened the master");
	ok(ioctl(master, TIOCGPTLCK, &locked) == 0 && locked == 1, "it is locked");
	fails(open(name, O_RDWR | O_NOCTTY), EIO, "a locked slave cannot be opened");
	ok(grantpt(master) == 0 && unlockpt(master) == 0, "grantpt and unlockpt");
	slave = open(name, O_RDWR | O_NOCTTY);
	ok(slave >= 0 && isatty(slave) && isatty(master), "now it opens, and both ends are terminals");
	ok(ttyname(slave) && strcmp(ttyname(slave), name) == 0, "ttyname knows the slave");
	fails(unlink(name), EPERM, "nobody can remove it");
	fails(open("/dev/pts/x", O_RDWR | O_CREAT, 0600), EACCES, "or make another file there");
}

static void both_ways(void)
{
	need(write(slave, "one\n", 4) == 4);
	same(waiting(master), 5, "the slave's output waits at the master, line end and all");
	same(events(master, POLLIN | POLLOUT), POLLIN | POLLOUT, "poll sees it");
	ok(got(master, "one\r\n"), "and the master reads it");
	same(events(master, POLLIN | POLLOUT), POLLOUT, "then there is nothing to read");
	same(events(slave, POLLIN | POLLOUT), POLLOUT, "nor at the slave");
	need(write(master, "two", 3) == 3);
	ok(got(master, "two"), "what the master writes is echoed");
	same(events(slave, POLLIN), 0, "but is no line yet");
	need(write(master, "x\177\r", 3) == 3);
	same(events(slave, POLLIN), POLLIN, "until it is ended");
	same(waiting(slave), 4, "it has so many bytes");
	ok(got(slave, "two\n"), "edited");
	ok(got(master, "x\b \b\r\n"), "the editing was shown");
	need(write(master, "\004", 1) == 1);
	ok(got(slave, ""), "^D is the end of file");
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	fails(read(master, name, 1), EAGAIN, "a non-blocking master has nothing: EAGAIN");
	fails(read(slave, name, 1), EAGAIN, "a non-blocking slave has nothing: EAGAIN");
}

static void raw(void)
{
	struct termios t;

	need(tcgetattr(master, &t) == 0);
	ok((t.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG) && (t.c_oflag & OPOST) &&
	   t.c_cc[VINTR] == 3 && !(t.c_cflag & HUPCL), "the master shows the slave's modes");
	cfmakeraw(&t);
	need(tcsetattr(master, TCSANOW, &t) == 0);
	need(tcgetattr(slave, &t) == 0);
	ok(!(t.c_lflag & ICANON) && !(t.c_oflag & OPOST), "and sets them");
	need(write(master, "\003a\r", 3) == 3);
	ok(got(slave, "\003a\r"), "raw: everything comes as it was typed");
	need(write(slave, "b\n", 2) == 2);
	ok(got(master, "b\n"), "and as it was written");
}

static void hang_up(void)
{
	int again;

	need(write(slave, "left", 4) == 4);
	need(write(master, "early", 5) == 5);
	close(slave);
	same(events(master, POLLIN), POLLIN | POLLHUP, "without a slave: POLLHUP, and what is left");
	ok(got(master, "left"), "which is read first");
	fails(read(master, name, 1), EIO, "then EIO");
	again = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ok(again >= 0, "TIOCGPTPEER opens a new slave");
	same(events(master, POLLIN), 0, "then the master is alive again");
	ok(got(again, "early"), "input has waited");
	close(master);
	same(events(again, POLLIN), POLLIN | POLLHUP | POLLERR, "without a master: POLLHUP and POLLERR");
	ok(got(again, ""), "the slave reads end of file");
	fails(write(again, "x", 1), EIO, "and cannot write");
	fails(ioctl(again, FIONREAD, &master), EIO, "nor ask");
	fails(open(name, O_RDWR | O_NOCTTY), ENOENT, "its name is gone");
	close(again);
}

int main(void)
{
	plan(40);
	make();
	both_ways();
	raw();
	hang_up();
	return done();
}
