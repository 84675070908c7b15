/* Pseudo-terminals hold back who is too fast, wake who waits, and are as many as somebody wants. */
#include <poll.h>

#include "session.h"

#define MANY 40

static char block[512];

/* Write until it would block; how many bytes that took, -1 if it never would. */
static long fill(int fd)
{
	long total = 0;

	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	for (int i = 0; i < 4096; i++) {
		ssize_t n = write(fd, block, sizeof(block));

		if (n < 0) {
			fcntl(fd, F_SETFL, O_RDWR);
			return errno == EAGAIN ? total : -1;
		}
		total += n;
	}
	return -1;
}

static long drain(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[1000];
	long total = 0;
	ssize_t n;

	while (poll(&p, 1, 20) == 1 && (p.revents & POLLIN) && (n = read(fd, buf, sizeof(buf))) > 0)
		total += n;
	return total;
}

static int can_write(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

static void make_raw(int fd)
{
	struct termios t;

	need(tcgetattr(fd, &t) == 0);
	cfmakeraw(&t);
	need(tcsetattr(fd, TCSANOW, &t) == 0);
}

static int slave;

/* One end is full and a child waits to write: reading at the other end lets it go on. */
static int blocked_writer(int full, int other)
{
	pid_t pid;
	long took;

	/* what has moved on inside makes room again: until nothing moves */
	while ((took = fill(full)) > 0)
		sleep_ms(3);
	need(took == 0);
	pid = must_fork();
	if (pid == 0)
		_exit(write(full, block, sizeof(block)) != sizeof(block));
	sleep_ms(10);
	if (waitpid(pid, NULL, WNOHANG) != 0)
		return -1;
	drain(other);
	return outcome(pid);
}

/* A child that waits in the slave while the last master is closed. */
static int hung_up(int writing)
{
	pid_t pid;

	new_master();
	slave = open_slave(O_RDWR | O_NOCTTY);
	make_raw(slave);
	if (writing)
		fill(slave);
	pid = must_fork();
	if (pid == 0) {
		ssize_t n;

		close(master);
		do	/* Linux may find a little room still */
			n = writing ? write(slave, block, sizeof(block)) : read(slave, block, sizeof(block));
		while (writing && n > 0);
		_exit(n < 0 ? errno : n);
	}
	sleep_ms(10);
	close(master);
	close(slave);
	return outcome(pid);
}

/* A child that waits in the master while the last slave is closed. */
static int left_alone(void)
{
	pid_t pid;

	new_master();
	slave = open_slave(O_RDWR | O_NOCTTY);
	pid = must_fork();
	if (pid == 0) {
		ssize_t n;

		close(slave);
		n = read(master, block, sizeof(block));
		_exit(n < 0 ? errno : n);
	}
	sleep_ms(10);
	close(slave);
	close(master);
	return outcome(pid);
}

static int many(void)
{
	int fd[MANY], nr[MANY], good = 1;

	for (int i = 0; i < MANY; i++) {
		fd[i] = open("/dev/ptmx", O_RDWR | O_NOCTTY);
		good &= fd[i] >= 0 && ioctl(fd[i], TIOCGPTN, &nr[i]) == 0;
		for (int j = 0; j < i; j++)
			good &= nr[i] != nr[j];
	}
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	return good;
}

static int packet(int on)
{
	return ioctl(master, TIOCPKT, &on) && errno != EINVAL;
}

int main(void)
{
	long took;
	int off = 0;

	plan(15);
	memset(block, 'x', sizeof(block));
	new_master();
	slave = open_slave(O_RDWR | O_NOCTTY);
	make_raw(slave);
	took = fill(slave);
	ok(took >= 4096 && took < 1 << 20, "a master that does not read holds the slave back");
	ok(!can_write(slave), "poll says so");
	same(drain(master), took, "nothing of what was written is lost");
	ok(can_write(slave), "then there is room again");
	took = fill(master);
	ok(took >= 4000 && took < 1 << 20, "a slave that does not read holds the master back");
	same(drain(slave), took, "nothing of what was typed is lost");
	ok(can_write(master), "then there is room again");
	same(blocked_writer(slave, master), 0, "a waiting writer of the slave goes on when the master reads");
	drain(master);
	same(blocked_writer(master, slave), 0, "a waiting writer of the master goes on when the slave reads");
	same(packet(off), 0, "packet mode is off");
	close(slave);
	close(master);
	same(hung_up(0), EIO, "a waiting reader of the slave gets EIO when the master is closed");
	same(hung_up(1), EIO, "so does a waiting writer");
	same(left_alone(), EIO, "and a waiting reader of the master when the slave is closed");
	ok(many(), "many pairs at a time, all with numbers of their own");
	ok(many(), "and again");
	return done();
}
