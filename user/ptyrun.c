/*
 * ptyrun.c - runs a program on a pseudo-terminal of its own and relays what is typed and shown.
 *
 * Usage: ptyrun PROGRAM [ARGUMENT...]
 *
 * The program leads a new session. Our own terminal, if there is one, is raw meanwhile: control keys reach
 * the inner terminal, which makes signals of them. Exits with the program's status, or 128 + its signal.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master;

static void resize(int sig)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(master, TIOCSWINSZ, &size);
}

/* Move what is there; 0 at the end or on an error. */
static int copy(int from, int to)
{
	char buf[1024];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return 1;
	for (ssize_t at = 0, m; at < n; at += m) {
		m = write(to, buf + at, n - at);
		if (m < 0)
			return 0;
	}
	return n > 0;
}

/* Until the last program has closed the inner terminal. The end of our input is no end of the program's. */
static void relay(void)
{
	struct pollfd p[2] = { { .fd = master, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents && !copy(master, STDOUT_FILENO))
			return;
		if (p[1].revents && !copy(STDIN_FILENO, master))
			p[1].fd = -1;
		p[0].revents = p[1].revents = 0;
	}
}

int main(int argc, char **argv)
{
	struct termios outer, raw;
	struct winsize size;
	int is_terminal = tcgetattr(STDIN_FILENO, &outer) == 0, status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: ptyrun PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (!is_terminal || ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		memset(&size, 0, sizeof(size));
	pid = forkpty(&master, NULL, is_terminal ? &outer : NULL, &size);
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		fprintf(stderr, "ptyrun: %s: %s\n", argv[1], strerror(errno));
		_exit(127);
	}
	if (pid < 0) {
		perror("ptyrun");
		return 1;
	}
	signal(SIGWINCH, resize);
	raw = outer;
	cfmakeraw(&raw);
	if (is_terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	relay();
	close(master);
	waitpid(pid, &status, 0);
	if (is_terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &outer);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
