/*
 * SIGCONT against a stop that has begun: whoever stops has none waiting, for sending it cancels every earlier stop.
 * signal(7), kill(2)
 */
#include "procstate.h"

#define ROUNDS 1500

static struct shared {
	volatile int continued;		/* SIGCONTs that its handler has seen */
} *shared;

static void on_cont(int sig)
{
	shared->continued++;
}

/* Asks to be stopped again and again, with a SIGCONT on its way that comes a little sooner or later each time. */
static int stops(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };
	timer_t timer;

	signal(SIGCONT, on_cont);
	need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct itimerspec when = { .it_value.tv_nsec = 1000 + i * 7919L % 60000 };

		need(timer_settime(timer, 0, &when, NULL) == 0);
		raise(SIGTSTP);
	}
	return 0;
}

/* Is it stopped with a SIGCONT pending, and still so after a while? */
static int stuck(pid_t pid)
{
	char path[40], text[4000], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (int i = 0; i < 3; i++) {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, text, sizeof(text) - 1);

		close(fd);
		need(n > 0);
		text[n] = 0;
		at = strstr(text, "\nShdPnd:\t");
		if (!at || !(strtoul(at + 9, NULL, 16) & (1UL << (SIGCONT - 1))) || !strstr(text, "\nState:\tT"))
			return 0;
		sleep_ms(2);
	}
	return 1;
}

int main(void)
{
	int status, stopped = 0, lost = 0;
	pid_t pid;

	plan(4);
	shared = map_shared(PAGE);
	pid = must_fork();
	if (pid == 0) {
		setpgid(0, 0);	/* a group that is not orphaned */
		_exit(stops());
	}
	for (;;) {
		need(waitpid(pid, &status, WUNTRACED) == pid);
		if (!WIFSTOPPED(status))
			break;
		stopped++;
		lost += stuck(pid);
		kill(pid, SIGCONT);
	}
	same(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "it comes to its end");
	ok(stopped > 0, "it was stopped");
	ok(shared->continued > 0, "and continued");
	same(lost, 0, "never stopped with a SIGCONT that came later");
	return done();
}
