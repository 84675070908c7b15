/* pthreads of the C library: create, join, mutex, condition, barrier, thread-local storage, 100 at a time. */
#include "ktap.h"
#include <pthread.h>

#define MANY 100
#define ROUNDS 1000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static __thread long mine = 42;
static long counter, turn, serial;

static void *answer(void *arg)
{
	return (void *)((long)arg + 1);
}

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *ping(void *arg)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 100; i++) {
		while (turn % 2 == 0)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_signal(&cond);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *meet(void *arg)
{
	mine += (long)arg;
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
	return (void *)mine;
}

static void *wait_for_ever(void *arg)
{
	while (counter)
		pause();
	return NULL;
}

static void many_at_once(void)
{
	pthread_t threads[MANY];
	long sum = 0, want = 0;
	void *result;

	need(pthread_barrier_init(&barrier, NULL, MANY) == 0);
	for (long i = 0; i < MANY; i++)
		need(pthread_create(&threads[i], NULL, meet, (void *)i) == 0);
	for (long i = 0; i < MANY; i++) {
		need(pthread_join(threads[i], &result) == 0);
		sum += (long)result;
		want += 42 + i;
	}
	same(sum, want, "100 threads have thread-local storage of their own");
	same(serial, 1, "a barrier lets one of them be the last");
	same(mine, 42, "the first thread's is untouched");
}

int main(void)
{
	pthread_t a, b;
	void *result;

	plan(9);
	need(pthread_create(&a, NULL, answer, (void *)6) == 0);
	same(pthread_join(a, &result), 0, "join");
	same(result, 7, "the thread's result");
	need(pthread_create(&a, NULL, count, NULL) == 0 && pthread_create(&b, NULL, count, NULL) == 0);
	count(NULL);
	need(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
	same(counter, 3 * ROUNDS, "a mutex between three");
	need(pthread_create(&a, NULL, ping, NULL) == 0);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 100; i++) {
		turn++;
		pthread_cond_signal(&cond);
		while (turn % 2 == 1)
			pthread_cond_wait(&cond, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	same(pthread_join(a, NULL), 0, "a condition between two");
	same(turn, 200, "they took turns");
	many_at_once();
	need(pthread_create(&a, NULL, wait_for_ever, NULL) == 0);
	need(pthread_cancel(a) == 0 && pthread_join(a, &result) == 0);
	ok(result == PTHREAD_CANCELED, "cancel ends a thread that waits");
	return done();
}
