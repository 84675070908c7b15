/* Processes that never call the kernel take turns: parent and children all get on. */
#include "ktap.h"

#define SPINNERS 3

int main(void)
{
	volatile long *count = map_shared(PAGE);
	struct timespec start, now;
	pid_t pids[SPINNERS];
	int moving = 0;

	plan(3);
	for (int i = 0; i < SPINNERS; i++) {
		pids[i] = must_fork();
		if (pids[i] == 0)
			for (;;)
				count[i * 8]++;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	/* The parent spins as well; a second is many turns, ten are the limit. */
	do {
		moving = 0;
		for (int i = 0; i < SPINNERS; i++)
			moving += count[i * 8] > 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (moving < SPINNERS && now.tv_sec - start.tv_sec < 10);
	same(moving, SPINNERS, "every spinning child runs beside a spinning parent");
	sleep_ms(30);
	ok(1, "a parent that sleeps is woken in spite of them");
	moving = 0;
	for (int i = 0; i < SPINNERS; i++) {
		kill(pids[i], SIGKILL);
		moving += outcome(pids[i]) == KILLED_BY(SIGKILL);
	}
	same(moving, SPINNERS, "SIGKILL reaches each of them");
	return done();
}
