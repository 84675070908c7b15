/* eventfd: counting, semaphore, blocking on both ends, poll, errors. */
#include "ktap.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>

static long get(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, 8) == 8 ? (long)n : -errno;
}

static long put(int fd, uint64_t n)
{
	return write(fd, &n, 8) == 8 ? 0 : -errno;
}

static int ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

int main(void)
{
	int fd = eventfd(3, EFD_NONBLOCK), sem = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE | EFD_CLOEXEC), slow = eventfd(0, 0);
	char link[64], name[64];
	pid_t pid;
	long n;

	plan(28);
	need(fd >= 0 && sem >= 0 && slow >= 0);
	fails(eventfd(0, 4), EINVAL, "unknown flag");
	same(fcntl(sem, F_GETFD), FD_CLOEXEC, "EFD_CLOEXEC");
	same(fcntl(sem, F_GETFL), O_RDWR | O_NONBLOCK, "EFD_NONBLOCK");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	ok(strcmp(link, "anon_inode:[eventfd]") == 0, "its name in /proc");
	same(ready(fd), POLLIN | POLLOUT, "3: ready for both");
	same(get(fd), 3, "read takes all");
	same(ready(fd), POLLOUT, "0: ready for writing");
	same(get(fd), -EAGAIN, "nothing is left");
	same(put(fd, 5) + put(fd, 6), 0, "writes");
	same(get(fd), 11, "add up");
	same(put(fd, UINT64_MAX), -EINVAL, "the largest number is none");
	same(put(fd, UINT64_MAX - 1), 0, "one less is the most");
	same(put(fd, 1), -EAGAIN, "full");
	same(put(fd, 0), 0, "0 always fits");
	same(ready(fd), POLLIN, "full: ready for reading");
	get(fd);
	fails(read(fd, &n, 7), EINVAL, "seven bytes are too few to read");
	fails(write(fd, &n, 7), EINVAL, "and to write");
	fails(read(fd, (void *)1, 8), EAGAIN, "nothing is there before the address counts");
	put(fd, 1);
	fails(read(fd, (void *)1, 8), EFAULT, "bad address to read to");
	fails(write(fd, (void *)1, 8), EFAULT, "bad address to write from");
	same(lseek(fd, 5, SEEK_SET), 0, "seeking does nothing");
	same(get(sem), 1, "a semaphore gives one");
	same(get(sem), 1, "and one more");
	same(get(sem), -EAGAIN, "and no more");
	pid = must_fork();
	if (pid == 0)
		_exit(get(slow) == 7 ? 0 : 1);
	sleep_ms(2);
	put(slow, 7);
	same(outcome(pid), 0, "read waits for a write");
	need(put(slow, UINT64_MAX - 1) == 0);
	pid = must_fork();
	if (pid == 0)
		_exit(put(slow, 9) == 0 ? 0 : 1);
	sleep_ms(2);
	same(get(slow), (long)(UINT64_MAX - 1), "write waits");
	same(outcome(pid), 0, "for a read");
	same(get(slow), 9, "and then adds");
	return done();
}
