/* Many children of one parent live at the same time; the argument says how many. */
#include "ktap.h"
#include <sys/resource.h>

int main(int argc, char **argv)
{
	long count = argument(argc, argv, 500), made = 0, bad = 0;
	volatile int *started = map_shared(PAGE);
	pid_t *pids = calloc(count, sizeof(*pids));
	int start[2];
	char byte;

	plan(4);
	need(pids && pipe(start) == 0);
	while (made < count && (pids[made] = fork()) > 0)
		made++;
	if (made < count && pids[made] == 0) {
		__atomic_add_fetch(started, 1, __ATOMIC_SEQ_CST);
		close(start[1]);
		_exit(read(start[0], &byte, 1) == 0 ? made & 0x7f : 0x80);	/* until the parent closes it */
	}
	same(made, count, "all children were made");
	while (*started < made)
		sleep_ms(1);
	same(*started, count, "all children run");
	close(start[1]);
	for (long i = 0; i < made; i++)
		bad += outcome(pids[i]) != (i & 0x7f);
	same(bad, 0, "all children ended with their own code");
	fails(wait(NULL), ECHILD, "none is left");
	return done();
}
