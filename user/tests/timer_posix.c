/* timer_create: what is told, periods and overrun, who gets it, time left, absolute times, CPU clocks, fork and exec. */
#include "ktap.h"

#include <pthread.h>

static timer_t make(clockid_t clock, int notify, int sig, int value)
{
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = sig, .sigev_value.sival_int = value };
	int id;

	need(syscall(SYS_timer_create, clock, &event, &id) == 0);
	return (timer_t)(long)id;
}

static int set_full(timer_t id, int flags, long value_ns, long interval_ns, struct itimerspec *old)
{
	struct itimerspec spec = {
		.it_value = { value_ns / 1000000000, value_ns % 1000000000 },
		.it_interval = { interval_ns / 1000000000, interval_ns % 1000000000 },
	};

	return syscall(SYS_timer_settime, id, flags, &spec, old);
}

static int set(timer_t id, long value_ns, long interval_ns)
{
	return set_full(id, 0, value_ns, interval_ns, NULL);
}

static long left(timer_t id, long *interval)
{
	struct itimerspec now;

	if (syscall(SYS_timer_gettime, id, &now))
		return -1;
	if (interval)
		*interval = now.it_interval.tv_sec * 1000000000 + now.it_interval.tv_nsec;
	return now.it_value.tv_sec * 1000000000 + now.it_value.tv_nsec;
}

static int wait_signal(siginfo_t *info, long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	sigaddset(&set, SIGALRM);
	memset(info, 0x55, sizeof(*info));
	return syscall(SYS_rt_sigtimedwait, &set, info, &ts, 8);
}

static void errors(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	struct itimerspec spec = { .it_value = { 0, 1000000000 } };
	timer_t id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
	int raw;

	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &raw), EINVAL, "no signal 65");
	event.sigev_notify = 9;
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &raw), EINVAL, "unknown notification");
	event.sigev_notify = SIGEV_THREAD_ID | SIGEV_SIGNAL;
	event.sigev_signo = SIGUSR1;
	event.sigev_notify_thread_id = 1;
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &raw), EINVAL, "a stranger's thread");
	fails(syscall(SYS_timer_create, 99, NULL, &raw), EINVAL, "no such clock");
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &raw), EOPNOTSUPP, "a clock without timers");
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC, 1, &raw), EFAULT, "bad event");
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 1), EFAULT, "nowhere to put the id");
	fails(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL, "no new value");
	fails(syscall(SYS_timer_settime, id, 0, &spec, NULL), EINVAL, "too many nanoseconds");
	fails(syscall(SYS_timer_settime, id, 0, 1, NULL), EFAULT, "bad new value");
	fails(syscall(SYS_timer_settime, 77777, 0, &spec, NULL), EINVAL, "bad value and id");
	fails(syscall(SYS_timer_gettime, 77777, &spec), EINVAL, "no such timer to ask");
	fails(syscall(SYS_timer_gettime, id, 1), EFAULT, "nowhere to put the time left");
	fails(syscall(SYS_timer_getoverrun, 77777), EINVAL, "no such timer to count");
	same(syscall(SYS_timer_delete, id), 0, "delete");
	fails(syscall(SYS_timer_delete, id), EINVAL, "delete twice");
}

static void one_shot(void)
{
	timer_t id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 1234);
	siginfo_t info;
	long interval;
	int other;

	same(left(id, &interval), 0, "not armed: nothing left");
	same(interval, 0, "and no interval");
	set(id, 20000000, 0);
	ok(left(id, NULL) > 0 && left(id, NULL) <= 20000000, "armed: some is left");
	same(wait_signal(&info, 1000), SIGUSR1, "it fires");
	ok(info.si_code == SI_TIMER && info.si_value.sival_int == 1234 && info.si_errno == 0, "SI_TIMER with the value");
	ok(info.si_timerid == (int)(long)id && info.si_overrun == 0, "its id, no overrun");
	same(left(id, NULL), 0, "then it is disarmed");
	same(syscall(SYS_timer_getoverrun, id), 0, "and has no overrun");
	set(id, 20000000, 0);
	set(id, 0, 0);
	sleep_ms(21);
	same(wait_signal(&info, 0), -1, "disarmed in time it does not fire");
	syscall(SYS_timer_delete, id);
	need(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &other) == 0);
	set((timer_t)(long)other, 1000, 0);
	ok(wait_signal(&info, 1000) == SIGALRM && info.si_value.sival_int == other, "without an event: SIGALRM with the id");
	syscall(SYS_timer_delete, other);
}

static void periodic(void)
{
	timer_t id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 3, 5);
	struct itimerspec old;
	siginfo_t info;
	long interval;
	int overrun;

	set(id, 1000000, 1000000);
	sleep_ms(20);
	ok(wait_signal(&info, 1000) == SIGRTMIN + 3 && info.si_overrun >= 15, "blocked for long: one signal, the rest is overrun");
	overrun = info.si_overrun;
	same(syscall(SYS_timer_getoverrun, id), overrun, "timer_getoverrun says the same");
	ok(wait_signal(&info, 1000) == SIGRTMIN + 3 && info.si_overrun < overrun, "it goes on");
	left(id, &interval);
	same(interval, 1000000, "the interval reads back");
	set_full(id, 0, 0, 5, &old);
	ok(old.it_interval.tv_nsec == 1000000 && old.it_value.tv_nsec > 0, "the old setting is returned");
	left(id, &interval);
	same(interval, 0, "disarming forgets the interval");
	while (wait_signal(&info, 0) > 0)
		;
	set(id, 1, 1);		/* shorter than anything can be: it must not take the CPU */
	sleep_ms(5);
	same(wait_signal(&info, 1000), SIGRTMIN + 3, "a period of 1 ns");
	signal(SIGRTMIN + 3, SIG_IGN);
	sleep_ms(5);
	syscall(SYS_timer_delete, id);
	signal(SIGRTMIN + 3, SIG_DFL);
	while (wait_signal(&info, 0) > 0)
		;
}

static void silent_and_absolute(void)
{
	timer_t id = make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
	struct timespec now;
	siginfo_t info;

	set(id, 20000000, 0);
	ok(left(id, NULL) > 0, "SIGEV_NONE counts down");
	sleep_ms(22);
	same(left(id, NULL), 0, "to nothing");
	same(wait_signal(&info, 0), -1, "and tells nobody");
	set(id, 3000000, 20000000);
	sleep_ms(6);
	ok(left(id, NULL) > 0 && left(id, NULL) <= 20000000, "with an interval it begins again");
	syscall(SYS_timer_delete, id);
	id = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR1, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	set_full(id, TIMER_ABSTIME, now.tv_sec * 1000000000 + now.tv_nsec + 4000000, 0, NULL);
	ok(left(id, NULL) <= 4000000, "an absolute time");
	same(wait_signal(&info, 1000), SIGUSR1, "comes");
	set_full(id, TIMER_ABSTIME, 1000, 0, NULL);
	same(wait_signal(&info, 1000), SIGUSR1, "one that has passed comes at once");
	syscall(SYS_timer_delete, id);
}

static volatile int spinning = 1;

static void cpu_time(void)
{
	timer_t id = make(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 6);
	struct timespec before, after;
	siginfo_t info;
	sigset_t set_;

	set(id, 10000000, 0);
	sleep_ms(15);
	same(wait_signal(&info, 0), -1, "sleep does not count as CPU time");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		sigpending(&set_);
	} while (!sigismember(&set_, SIGUSR1) && after.tv_sec < before.tv_sec + 2);
	ok(wait_signal(&info, 0) == SIGUSR1 && info.si_value.sival_int == 6, "computing does");
	syscall(SYS_timer_delete, id);
}

static int not_inherited(void)
{
	return syscall(SYS_timer_delete, 0) == -1 && errno == EINVAL ? 0 : 1;
}

static int lives_past_exec(void)
{
	timer_t id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGKILL, 0);

	set(id, 50000000, 0);
	execl("/bin/busybox", "sleep", "0.1", NULL);
	return 9;
}

static void *thread(void *arg)
{
	int *tid = arg;
	siginfo_t info;

	*tid = syscall(SYS_gettid);
	while (wait_signal(&info, 1000) != SIGUSR1)
		;
	return (void *)(long)info.si_value.sival_int;
}

static void to_a_thread(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID | SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 88 };
	volatile int tid = 0;
	void *result;
	pthread_t t;
	int id;

	need(pthread_create(&t, NULL, thread, (void *)&tid) == 0);
	while (!tid)
		sleep_ms(1);
	event.sigev_notify_thread_id = tid;
	need(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) == 0);
	set((timer_t)(long)id, 1000000, 0);
	pthread_join(t, &result);
	same((long)result, 88, "SIGEV_THREAD_ID: that thread takes it");
	set((timer_t)(long)id, 1000000, 0);	/* it is gone */
	sleep_ms(3);
	same(syscall(SYS_timer_delete, id), 0, "no harm when it is gone");
}

int main(void)
{
	sigset_t block;

	plan(46);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigaddset(&block, SIGALRM);
	sigaddset(&block, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &block, NULL);
	errors();
	one_shot();
	periodic();
	silent_and_absolute();
	cpu_time();
	make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
	same(in_child(not_inherited), 0, "fork does not inherit timers");
	same(in_child(lives_past_exec), 0, "exec deletes them");
	to_a_thread();
	return done();
}
