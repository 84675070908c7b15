/* Descriptors after fork: one open file with one offset and one set of flags, but two tables. */
#include "ktap.h"

int main(void)
{
	const char *path = tmp_name("");
	int fd = tmp_file(path, "0123456789", 10), copy, other;
	char buf[4] = "";
	pid_t pid;

	plan(11);
	pid = must_fork();
	if (pid == 0) {
		if (read(fd, buf, 3) != 3)
			_exit(1);
		fcntl(fd, F_SETFL, O_APPEND);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		open("/dev/null", O_RDONLY);
		_exit(0);
	}
	same(outcome(pid), 0, "the child reads three bytes");
	same(lseek(fd, 0, SEEK_CUR), 3, "the parent's offset has moved");
	ok(fcntl(fd, F_GETFL) & O_APPEND, "file status flags are shared");
	same(fcntl(fd, F_GETFD), 0, "descriptor flags are not");
	pid = must_fork();
	if (pid == 0)
		_exit(close(fd) != 0);
	same(outcome(pid), 0, "the child closes its descriptor");
	same(read(fd, buf, 1), 1, "the parent's is still open");
	same(buf[0], '3', "where both left it");

	copy = dup(fd);
	other = open(path, O_RDONLY);
	lseek(copy, 8, SEEK_SET);
	same(lseek(fd, 0, SEEK_CUR), 8, "dup shares the offset");
	same(lseek(other, 0, SEEK_CUR), 0, "open does not");
	same(dup2(fd, 50), 50, "dup2 takes the number it is told");
	same(fcntl(fd, F_DUPFD, 60), 60, "F_DUPFD the lowest one from there");
	unlink(path);
	return done();
}
