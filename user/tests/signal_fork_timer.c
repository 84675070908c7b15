/* An interval timer of 100 us does not keep a large process from forking: only signals to a group restart a fork. */
#include "ktap.h"

#include <sys/time.h>

#define PAGES 10000

static volatile int ticks;

static void tick(int sig)
{
	ticks++;
}

int main(int argc, char **argv)
{
	struct itimerval every = { { 0, 100 }, { 0, 100 } }, off = { { 0, 0 }, { 0, 0 } };
	long pages = argument(argc, argv, PAGES);
	char *memory = map_private(pages * PAGE);
	int good = 1;

	plan(3);
	for (long i = 0; i < pages; i++)
		memory[i * PAGE] = i;
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = tick }, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (!ticks)
		;
	for (int i = 0; i < 2 || ticks < 4; i++) {	/* however fast a fork is */
		pid_t pid = fork();

		if (pid == 0) {
			for (long j = 0; j < pages; j += 997)
				if (memory[j * PAGE] != (char)j)
					_exit(1);
			_exit(0);
		}
		good &= pid > 0 && outcome(pid) == 0;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	ok(good, "forks of 10,000 pages succeed, and the child has its pages");
	ok(ticks >= 4, "while the timer ticks");
	same(getitimer(ITIMER_REAL, &every) == 0 && every.it_value.tv_usec == 0, 1, "and is off again");
	return done();
}
