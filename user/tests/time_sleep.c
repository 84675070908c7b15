/* Sleeping takes at least as long as asked; clocks go forward, also across fork; interval timers. */
#include "ktap.h"
#include <sys/time.h>

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	need(clock_gettime(clock, &ts) == 0);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static volatile int alarms;

static void handler(int sig)
{
	alarms++;
}

static int sleeps_enough(void)
{
	struct timespec ts = { .tv_nsec = 25 * 1000000 };
	long long start = now_ns(CLOCK_MONOTONIC);

	return nanosleep(&ts, NULL) || now_ns(CLOCK_MONOTONIC) - start < 25 * 1000000;
}

static int is_monotonic(void)
{
	long long last = now_ns(CLOCK_MONOTONIC);

	for (int i = 0; i < 10000; i++) {
		long long now = now_ns(CLOCK_MONOTONIC);

		if (now < last)
			return 1;
		last = now;
	}
	return 0;
}

static void check_interrupted(void)
{
	struct itimerval timer = { .it_value.tv_usec = 20000 };
	struct timespec ts = { .tv_sec = 100 }, left = { 0 };

	need(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	fails(nanosleep(&ts, &left), EINTR, "a signal ends the sleep: EINTR");
	ok(left.tv_sec >= 98 && left.tv_sec <= 99, "with the time that is left");
	same(alarms, 1, "the timer has run once");
}

static void check_interval(void)
{
	struct itimerval timer = { .it_value.tv_usec = 5000, .it_interval.tv_usec = 5000 }, off;

	memset(&off, 0, sizeof(off));
	need(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	while (alarms < 5)
		pause();
	need(setitimer(ITIMER_REAL, &off, &timer) == 0);
	ok(timer.it_interval.tv_usec == 5000, "an interval timer goes on until it is stopped");
}

int main(void)
{
	volatile long long *shared = map_shared(PAGE);
	struct timespec bad = { .tv_nsec = 1000000000 };
	struct timespec past = { .tv_sec = 1 };
	pid_t pid;

	signal(SIGALRM, handler);
	plan(13);
	same(sleeps_enough(), 0, "nanosleep sleeps long enough");
	same(in_child(sleeps_enough), 0, "in a child as well");
	same(is_monotonic(), 0, "the monotonic clock never goes back");
	shared[0] = now_ns(CLOCK_MONOTONIC);
	pid = must_fork();
	if (pid == 0) {
		shared[1] = now_ns(CLOCK_MONOTONIC);
		_exit(0);
	}
	same(outcome(pid), 0, "a child reads it");
	ok(shared[0] <= shared[1] && shared[1] <= now_ns(CLOCK_MONOTONIC), "between the parent's readings");
	ok(now_ns(CLOCK_REALTIME) > 1577836800LL * 1000000000, "the calendar is later than 2020");
	fails(nanosleep(&bad, NULL), EINVAL, "a billion nanoseconds: EINVAL");
	same(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL), 0, "a time in the past returns at once");
	fails(clock_gettime(999, &past), EINVAL, "an unknown clock: EINVAL");
	check_interrupted();
	check_interval();
	return done();
}
