/* pipe(2) between parent and child: bytes in order, end of file, capacity, O_NONBLOCK, blocking both ways. */
#include "ktap.h"
#include <sys/stat.h>

#define TOTAL (1 << 20)

static unsigned char byte_at(size_t i)
{
	return i * 7 + (i >> 8);
}

static int send_all(int fd)
{
	static unsigned char buf[5000];

	for (size_t at = 0; at < TOTAL; ) {
		size_t n = TOTAL - at < sizeof(buf) ? TOTAL - at : sizeof(buf);

		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(at + i);
		if (write(fd, buf, n) != (ssize_t)n)
			return 1;
		at += n;
	}
	return 0;
}

/* How many bytes come, all as sent; -1 if one is wrong. */
static long receive_all(int fd)
{
	static unsigned char buf[3333];
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != byte_at(at++))
				return -1;
	return at;
}

static void check_nonblocking(void)
{
	static char chunk[PAGE];
	int fds[2], pages = 0;

	need(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
	same(fcntl(fds[0], F_GETFD), FD_CLOEXEC, "pipe2 sets close-on-exec");
	fails(read(fds[0], chunk, 1), EAGAIN, "O_NONBLOCK: nothing to read is EAGAIN");
	while (write(fds[1], chunk, PAGE) == (ssize_t)PAGE)
		pages++;
	same(errno, EAGAIN, "O_NONBLOCK: a full pipe is EAGAIN");
	same(pages, 16, "a pipe holds 16 pages");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	struct stat st;
	int fds[2];
	pid_t pid;

	plan(12);
	need(pipe(fds) == 0);
	need(fstat(fds[0], &st) == 0);
	ok(S_ISFIFO(st.st_mode), "fstat says it is a pipe");
	fails(lseek(fds[0], 0, SEEK_SET), ESPIPE, "it cannot seek");
	fails(write(fds[0], "x", 1), EBADF, "the read end cannot be written");
	fails(read(fds[1], &st, 1), EBADF, "the write end cannot be read");
	pid = must_fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(send_all(fds[1]));
	}
	close(fds[1]);
	same(receive_all(fds[0]), TOTAL, "a megabyte comes through in order, then end of file");
	same(outcome(pid), 0, "the writer is done");
	same(read(fds[0], &st, 1), 0, "end of file stays");
	close(fds[0]);
	check_nonblocking();
	fails(pipe2(fds, 0x7000000), EINVAL, "pipe2 with unknown flags: EINVAL");
	return done();
}
