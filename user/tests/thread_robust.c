/* The C library's robust mutexes, process-shared semaphores and timed waits. */
#include "ktap.h"
#include <pthread.h>
#include <semaphore.h>

static struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	sem_t sem;
	volatile int flag;
} *s;

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void setup(void)
{
	pthread_mutexattr_t attr;
	pthread_condattr_t cattr;

	need(pthread_mutexattr_init(&attr) == 0);
	need(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	need(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
	need(pthread_mutex_init(&s->mutex, &attr) == 0);
	need(pthread_condattr_init(&cattr) == 0);
	need(pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED) == 0);
	need(pthread_cond_init(&s->cond, &cattr) == 0);
	need(sem_init(&s->sem, 1, 0) == 0);
}

static void *locks(void *arg)
{
	return (void *)(long)pthread_mutex_lock(&s->mutex);
}

static int child_locks_and_dies(void)
{
	need(pthread_mutex_lock(&s->mutex) == 0);
	s->flag = 1;
	sleep_ms(10);
	kill(getpid(), SIGKILL);
	return 0;
}

static int child_waits_for_condition(void)
{
	need(pthread_mutex_lock(&s->mutex) == 0);
	while (s->flag != 2)
		need(pthread_cond_wait(&s->cond, &s->mutex) == 0);
	pthread_mutex_unlock(&s->mutex);
	return 6;
}

static int child_waits_for_semaphore(void)
{
	return sem_wait(&s->sem) ? 1 : 7;
}

static pid_t start(int (*fn)(void))
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(fn());
	return pid;
}

static void dead_owners(void)
{
	pthread_t t;
	void *result;
	pid_t pid;

	need(pthread_create(&t, NULL, locks, NULL) == 0 && pthread_join(t, &result) == 0);
	same((long)result, 0, "a thread locks and ends");
	same(pthread_mutex_lock(&s->mutex), EOWNERDEAD, "the next owner is told");
	same(pthread_mutex_consistent(&s->mutex), 0, "makes it consistent");
	same(pthread_mutex_unlock(&s->mutex), 0, "and releases it");
	s->flag = 0;
	pid = start(child_locks_and_dies);
	while (!s->flag)
		sleep_ms(1);
	same(pthread_mutex_lock(&s->mutex), EOWNERDEAD, "one who waits while a process dies with the lock is woken");
	same(outcome(pid), KILLED_BY(SIGKILL), "by SIGKILL");
	same(pthread_mutex_consistent(&s->mutex), 0, "consistent again");
	same(pthread_mutex_unlock(&s->mutex), 0, "and released");
	same(pthread_mutex_lock(&s->mutex), 0, "the next finds nothing special");
	pthread_mutex_unlock(&s->mutex);
}

static void between_processes(void)
{
	pid_t a, b;

	a = start(child_waits_for_condition);
	b = start(child_waits_for_condition);
	sleep_ms(5);
	need(pthread_mutex_lock(&s->mutex) == 0);
	s->flag = 2;
	need(pthread_cond_broadcast(&s->cond) == 0);
	pthread_mutex_unlock(&s->mutex);
	ok(outcome(a) == 6 && outcome(b) == 6, "a condition between processes");
	a = start(child_waits_for_semaphore);
	sleep_ms(2);
	need(sem_post(&s->sem) == 0);
	same(outcome(a), 7, "a semaphore between processes");
}

static void timed(void)
{
	struct timespec ts = in_ms(CLOCK_REALTIME, 5);

	fails(sem_timedwait(&s->sem, &ts), ETIMEDOUT, "a semaphore until a real time");
	need(pthread_mutex_lock(&s->mutex) == 0);
	ts = in_ms(CLOCK_REALTIME, 5);
	same(pthread_cond_timedwait(&s->cond, &s->mutex, &ts), ETIMEDOUT, "a condition until a real time");
	pthread_mutex_unlock(&s->mutex);
}

int main(void)
{
	plan(13);
	s = map_shared(PAGE);
	setup();
	dead_owners();
	between_processes();
	timed();
	return done();
}
