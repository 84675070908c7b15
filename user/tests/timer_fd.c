/* timerfd: reading, periods, poll, blocking, absolute times, TFD_TIMER_CANCEL_ON_SET, errors. */
#include "ktap.h"

#include <poll.h>
#include <stdint.h>
#include <sys/timerfd.h>

static int set(int fd, int flags, long value_ns, long interval_ns, struct itimerspec *old)
{
	struct itimerspec spec = {
		.it_value = { value_ns / 1000000000, value_ns % 1000000000 },
		.it_interval = { interval_ns / 1000000000, interval_ns % 1000000000 },
	};

	return timerfd_settime(fd, flags, &spec, old);
}

static long ticks(int fd)
{
	uint64_t n = 0;
	ssize_t got = read(fd, &n, sizeof(n));

	return got == 8 ? (long)n : -errno;
}

static int ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void errors(int fd)
{
	struct itimerspec spec = { .it_value = { 0, 1000000000 } };
	char small[7];

	fails(timerfd_create(77, 0), EINVAL, "no such clock");
	fails(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL, "no CPU clock");
	fails(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL, "unknown flag");
	fails(read(fd, small, 7), EINVAL, "seven bytes are too few");
	fails(write(fd, small, 8), EINVAL, "nothing to write");
	fails(timerfd_settime(fd, 4, &spec, NULL), EINVAL, "unknown flag of settime");
	fails(timerfd_settime(fd, 0, &spec, NULL), EINVAL, "too many nanoseconds");
	fails(timerfd_settime(STDOUT_FILENO, 0, &(struct itimerspec){ .it_value = { 0, 1 } }, NULL), EINVAL, "no timer");
	fails(timerfd_settime(999, 0, &(struct itimerspec){ .it_value = { 0, 1 } }, NULL), EBADF, "no file");
	fails(timerfd_gettime(STDOUT_FILENO, &spec), EINVAL, "no timer to ask");
	same(lseek(fd, 5, SEEK_SET), 0, "seeking does nothing");
}

int main(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), slow = timerfd_create(CLOCK_MONOTONIC, 0);
	int real = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	struct itimerspec old, now;
	struct timespec ts;
	char link[64], name[64];
	long n;

	plan(29);
	need(fd >= 0 && slow >= 0 && real >= 0);
	same(fcntl(fd, F_GETFD), FD_CLOEXEC, "TFD_CLOEXEC");
	same(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK, "TFD_NONBLOCK");
	errors(fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	ok(strcmp(link, "anon_inode:[timerfd]") == 0, "its name in /proc");
	same(ticks(fd), -EAGAIN, "not armed: nothing");
	set(slow, 0, 3000000, 0, NULL);
	same(ticks(slow), 1, "read waits");
	set(fd, 0, 1000000, 1000000, NULL);
	sleep_ms(20);
	same(ready(fd), POLLIN, "poll says so");
	n = ticks(fd);
	ok(n >= 15 && n < 2000, "the periods that passed");
	set(fd, 0, 40000000, 40000000, NULL);
	timerfd_gettime(fd, &now);
	ok(now.it_interval.tv_nsec == 40000000 && now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 40000000, "gettime");
	sleep_ms(41);
	timerfd_gettime(fd, &now);
	ok(now.it_value.tv_nsec > 0, "asking sets it going again");
	set(fd, 0, 5000000000, 7, &old);
	ok(old.it_interval.tv_nsec == 40000000, "the old setting");
	same(ticks(fd), -EAGAIN, "setting forgets what was counted");
	timerfd_gettime(fd, &now);
	ok(now.it_value.tv_sec >= 4 && now.it_interval.tv_nsec == 7, "seconds");
	set(fd, 0, 0, 7, NULL);
	timerfd_gettime(fd, &now);
	ok(now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0, "disarmed");
	clock_gettime(CLOCK_REALTIME, &ts);
	set(real, TFD_TIMER_ABSTIME, ts.tv_sec * 1000000000 + ts.tv_nsec + 3000000, 0, NULL);
	sleep_ms(6);
	same(ticks(real), 1, "an absolute real time");
	set(real, TFD_TIMER_ABSTIME, 1, 0, NULL);
	sleep_ms(1);
	same(ticks(real), 1, "one that has passed");
	set(real, TFD_TIMER_ABSTIME, (ts.tv_sec + 1000) * 1000000000, 0, NULL);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += 2000;
	need(clock_settime(CLOCK_REALTIME, &ts) == 0);
	sleep_ms(1);
	same(ticks(real), 1, "it follows when the clock is set");
	set(real, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, (ts.tv_sec + 1000) * 1000000000, 0, NULL);
	ts.tv_sec -= 2000;
	need(clock_settime(CLOCK_REALTIME, &ts) == 0);
	same(ready(real), POLLIN, "TFD_TIMER_CANCEL_ON_SET: ready");
	same(ticks(real), -ECANCELED, "but cancelled");
	return done();
}
