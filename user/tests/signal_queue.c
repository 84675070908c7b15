/* Queued signals: order and values of real-time ones, one of each standard one, who sent them, RLIMIT_SIGPENDING. */
#include "ktap.h"

#include <sys/resource.h>

static sigset_t all_set(void)
{
	sigset_t set;

	sigfillset(&set);
	return set;
}

static int take(siginfo_t *info)
{
	sigset_t set = all_set();

	memset(info, 0x55, sizeof(*info));
	return sigtimedwait(&set, info, &(struct timespec){ 0, 0 });
}

static int queue(int sig, int value)
{
	return sigqueue(getpid(), sig, (union sigval){ .sival_int = value });
}

static void real_time_order(void)
{
	static const int expected[][2] = { { 40, 1 }, { 40, 2 }, { 40, 3 }, { 45, 9 }, { 45, 8 }, { 64, 7 } };
	siginfo_t info;
	int good = 1;

	need(queue(64, 7) == 0 && queue(45, 9) == 0 && queue(40, 1) == 0 && queue(45, 8) == 0);
	need(queue(40, 2) == 0 && queue(40, 3) == 0);
	for (int i = 0; i < 6; i++)
		good &= take(&info) == expected[i][0] && info.si_value.sival_int == expected[i][1] &&
			info.si_code == SI_QUEUE && info.si_pid == getpid() && info.si_uid == getuid();
	ok(good, "real-time signals come lowest first and each in the order sent, with values");
	ok(take(&info) == -1 && errno == EAGAIN, "then none is left");
}

static void standard_once(void)
{
	siginfo_t info;

	queue(SIGUSR1, 1);
	queue(SIGUSR1, 2);
	kill(getpid(), SIGUSR1);
	ok(take(&info) == SIGUSR1 && info.si_value.sival_int == 1, "a standard signal keeps the first of three");
	ok(take(&info) == -1 && errno == EAGAIN, "and is pending once");
	kill(getpid(), SIGUSR2);
	queue(SIGUSR1, 3);
	ok(take(&info) == SIGUSR1 && take(&info) == SIGUSR2, "the lower number comes first");
}

static void sources(void)
{
	siginfo_t info;

	kill(getpid(), 41);
	ok(take(&info) == 41 && info.si_code == SI_USER && info.si_pid == getpid() && info.si_uid == 0, "SI_USER");
	syscall(SYS_tgkill, getpid(), getpid(), 42);
	ok(take(&info) == 42 && info.si_code == SI_TKILL && info.si_pid == getpid(), "SI_TKILL");
	syscall(SYS_tgkill, getpid(), getpid(), 43);
	kill(getpid(), 43);
	ok(take(&info) == 43 && info.si_code == SI_TKILL && take(&info) == 43 && info.si_code == SI_USER,
	   "the thread's own come before the group's");
}

static void raw_queue(void)
{
	siginfo_t info, got;

	memset(&info, 0x77, sizeof(info));
	info.si_code = SI_MESGQ;
	need(syscall(SYS_rt_sigqueueinfo, getpid(), 44, &info) == 0);
	ok(take(&got) == 44 && got.si_signo == 44 && got.si_code == SI_MESGQ, "rt_sigqueueinfo sets the number");
	same(((unsigned char *)&got)[47], 0x77, "the bytes that have fields arrive");
	same(((unsigned char *)&got)[48], 0, "those beyond do not");
	info.si_code = SI_USER;
	same(syscall(SYS_rt_sigqueueinfo, getpid(), 44, &info), 0, "we may pretend to ourselves");
	take(&got);
	fails(syscall(SYS_rt_sigqueueinfo, getppid(), 44, &info), EPERM, "but not to others that it was kill");
	info.si_code = SI_TKILL;
	fails(syscall(SYS_rt_sigqueueinfo, getppid(), 44, &info), EPERM, "nor tkill");
	info.si_code = SI_KERNEL;
	fails(syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), 44, &info), EPERM, "nor the kernel");
	info.si_code = SI_QUEUE;
	fails(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info), EINVAL, "no signal 65");
	fails(syscall(SYS_rt_sigqueueinfo, getpid(), 44, NULL), EFAULT, "no siginfo");
	fails(syscall(SYS_rt_sigqueueinfo, 0, 44, &info), ESRCH, "nobody has pid 0");
	fails(syscall(SYS_rt_tgsigqueueinfo, 0, getpid(), 44, &info), EINVAL, "nor is it a group");
	same(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &info), 0, "signal 0 only asks");
	fails(syscall(SYS_rt_sigtimedwait, NULL, NULL, NULL, 8), EFAULT, "sigtimedwait without a set");
	fails(syscall(SYS_rt_sigtimedwait, &(long){ 0 }, NULL, NULL, 4), EINVAL, "sigtimedwait with another size");
	fails(syscall(SYS_rt_sigtimedwait, &(long){ 0 }, NULL, &(struct timespec){ 0, 1000000000 }, 8), EINVAL,
	      "sigtimedwait with a bad time");
}

static int limit_in_child(void)
{
	struct rlimit limit = { 3, 3 };
	int sent = 0, taken = 0, bad = 0;
	siginfo_t info;

	need(setresuid(4321, 4321, 4321) == 0);	/* a user with nothing pending */
	need(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	while (sent < 10 && queue(50, sent) == 0)
		sent++;
	if (sent != 3 || errno != EAGAIN)
		return 1;
	if (queue(SIGUSR1, 5) != 0)		/* a standard one is sent, though without what it tells */
		return 2;
	if (kill(getpid(), 51) != 0)		/* kill(2) never fails for that */
		return 3;
	if (kill(getpid(), SIGUSR2) != 0)	/* and has its information, queued beyond the limit */
		return 4;
	if (take(&info) != SIGUSR1 || info.si_code != SI_USER || info.si_pid != 0)
		return 5;
	if (take(&info) != SIGUSR2 || info.si_code != SI_USER || info.si_pid != getpid())
		return 6;
	while (take(&info) == 50)
		bad |= info.si_value.sival_int != taken++;
	if (taken != 3 || bad)
		return 7;
	if (info.si_signo != 51 || info.si_pid != 0)
		return 8;
	return queue(50, 0) ? 9 : 0;		/* room again */
}

static int kept_and_dropped(void)
{
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	queue(47, 1);
	pid = fork();
	if (pid == 0)
		_exit(take(&info) == 47 ? 1 : 0);
	if (outcome(pid))
		return 1;
	signal(47, SIG_IGN);		/* pending signals go when they are ignored, blocked or not */
	sigpending(&set);
	if (sigismember(&set, 47))
		return 2;
	queue(47, 2);			/* but one that is blocked is queued all the same */
	sigpending(&set);
	return !sigismember(&set, 47);
}

int main(void)
{
	sigset_t set = all_set();

	plan(25);
	sigprocmask(SIG_SETMASK, &set, NULL);
	real_time_order();
	standard_once();
	sources();
	raw_queue();
	same(in_child(limit_in_child), 0, "RLIMIT_SIGPENDING: exactly as many as it says");
	same(in_child(kept_and_dropped), 0, "fork does not inherit, ignoring drops");
	return done();
}
