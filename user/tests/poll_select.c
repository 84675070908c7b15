/* poll(2) and select(2) on pipes: ready, not ready, hung up, timeouts, woken by another process. */
#include "ktap.h"
#include <poll.h>
#include <sys/select.h>

static long elapsed_ms(struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void check_select(int fds[2])
{
	struct timeval tv = { .tv_usec = 20000 };
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fds[0], &in);
	same(select(fds[0] + 1, &in, NULL, NULL, &tv), 0, "select: nothing within the time");
	ok(!FD_ISSET(fds[0], &in), "the set is empty then");
	need(write(fds[1], "x", 1) == 1);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	same(select(FD_SETSIZE, &in, &out, NULL, NULL), 2, "select: both ends ready");
	ok(FD_ISSET(fds[0], &in) && FD_ISSET(fds[1], &out), "both are in their sets");
	close(fds[0]);
	FD_SET(fds[0], &in);
	fails(select(fds[0] + 1, &in, NULL, NULL, NULL), EBADF, "select: a closed descriptor is EBADF");
	fails(select(-1, NULL, NULL, NULL, NULL), EINVAL, "select: -1 descriptors are EINVAL");
}

int main(void)
{
	struct timespec start;
	struct pollfd p[2];
	int fds[2];
	pid_t pid;

	plan(16);
	need(pipe(fds) == 0);
	p[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fds[1], .events = POLLOUT };
	same(poll(p, 1, 0), 0, "poll: an empty pipe has nothing to read");
	clock_gettime(CLOCK_MONOTONIC, &start);
	same(poll(p, 1, 30), 0, "poll: nothing within the time");
	ok(elapsed_ms(&start) >= 30, "which has passed");
	same(poll(p, 2, -1), 1, "poll: it can be written");
	ok(p[1].revents == POLLOUT && p[0].revents == 0, "and says so");
	pid = must_fork();
	if (pid == 0) {
		sleep_ms(20);
		_exit(write(fds[1], "x", 1) != 1);
	}
	same(poll(p, 1, 5000), 1, "poll: woken by a child's write");
	same(p[0].revents, POLLIN, "there is something to read");
	outcome(pid);
	need(read(fds[0], &pid, 1) == 1);
	p[1].fd = -1;
	same(poll(p, 2, 0), 0, "poll: negative descriptors are passed over");
	p[1].fd = 99;
	same(poll(p + 1, 1, 0), 1, "poll: a closed descriptor counts");
	same(p[1].revents, POLLNVAL, "as POLLNVAL");
	check_select(fds);
	return done();
}
