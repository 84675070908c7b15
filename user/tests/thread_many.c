/* Threads made and joined one after the other, as many as the first argument says; nothing is left. */
#include "futex.h"

static void *add(void *arg)
{
	++*(long *)arg;
	return NULL;
}

int main(int argc, char **argv)
{
	long n = argument(argc, argv, 200), sum = 0;

	plan(1);
	for (long i = 0; i < n; i++) {
		pthread_t t;

		need(pthread_create(&t, NULL, add, &sum) == 0);
		need(pthread_join(t, NULL) == 0);
	}
	same(sum, n, "all of them ran");
	return done();
}
