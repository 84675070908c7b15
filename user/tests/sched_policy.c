/*
 * Scheduling policies without real time: set, asked for, inherited; who may what; and what SCHED_IDLE gets.
 * sched_setscheduler(2), sched_setparam(2), sched_setattr(2), sched_rr_get_interval(2), sched(7)
 */
#include <sched.h>
#include <sys/resource.h>

#include "ktap.h"

struct attr {
	unsigned int size, policy;
	unsigned long long flags;
	int nice;
	unsigned int priority;
	unsigned long long runtime, deadline, period;
	unsigned int util_min, util_max, more[4];
};

/* musl's own answer ENOSYS, so all by number. */
static long set(pid_t pid, int policy, int priority)
{
	return syscall(SYS_sched_setscheduler, pid, policy, &priority);
}

static long get(pid_t pid)
{
	return syscall(SYS_sched_getscheduler, pid);
}

static long set_param(pid_t pid, int priority)
{
	return syscall(SYS_sched_setparam, pid, &priority);
}

static long set_attr(pid_t pid, struct attr *a, unsigned int flags)
{
	return syscall(SYS_sched_setattr, pid, a, flags);
}

static long get_attr(pid_t pid, struct attr *a, unsigned int size)
{
	return syscall(SYS_sched_getattr, pid, a, size, 0);
}

static void plain_calls(void)
{
	int priority = -1;

	same(get(0), SCHED_OTHER, "SCHED_OTHER at first");
	same(set(0, SCHED_BATCH, 0), 0, "SCHED_BATCH");
	same(get(getpid()), SCHED_BATCH, "it is set");
	same(set_param(0, 0), 0, "sched_setparam keeps it");
	same(get(0), SCHED_BATCH, "as one sees");
	same(set(0, SCHED_IDLE | 0x40000000, 0), 0, "SCHED_IDLE with SCHED_RESET_ON_FORK");
	same(get(0), SCHED_IDLE | 0x40000000, "both are set");
	same(set_param(0, 0), 0, "sched_setparam");
	same(get(0), SCHED_IDLE | 0x40000000, "keeps both");
	ok(syscall(SYS_sched_getparam, 0, &priority) == 0 && priority == 0, "the priority is 0");
	same(set(0, SCHED_OTHER, 0), 0, "back to SCHED_OTHER");
}

static void errors(void)
{
	struct timespec ts;

	fails(set(0, SCHED_OTHER, 1), EINVAL, "a priority without real time");
	fails(set_param(0, 1), EINVAL, "nor with sched_setparam");
	fails(set(0, SCHED_FIFO, 0), EINVAL, "real time without a priority");
	fails(set(0, SCHED_RR, 100), EINVAL, "a priority that is too high");
	fails(set(0, 4, 0), EINVAL, "a policy that does not exist");
	fails(set(0, -1, 0), EINVAL, "a negative one");
	fails(set(-1, SCHED_OTHER, 0), EINVAL, "a negative process");
	fails(set(4000000, SCHED_OTHER, 0), ESRCH, "no such process");
	fails(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, 0), EINVAL, "no parameter");
	fails(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, 1), EFAULT, "a bad one");
	fails(syscall(SYS_sched_getparam, 0, 0), EINVAL, "nowhere to put it");
	fails(syscall(SYS_sched_getparam, 0, 1), EFAULT, "a bad place");
	ok(syscall(SYS_sched_rr_get_interval, 0, &ts) == 0 && ts.tv_sec == 0, "sched_rr_get_interval");
	fails(syscall(SYS_sched_rr_get_interval, -1, &ts), EINVAL, "of a negative process");
	fails(syscall(SYS_sched_rr_get_interval, 4000000, &ts), ESRCH, "of none");
	fails(syscall(SYS_sched_rr_get_interval, 0, 1), EFAULT, "to a bad address");
	same(syscall(SYS_sched_get_priority_max, SCHED_RR), 99, "the range of real time");
	same(syscall(SYS_sched_get_priority_max, SCHED_IDLE), 0, "none without");
	fails(syscall(SYS_sched_get_priority_min, 4), EINVAL, "of no policy");
}

static void attributes(void)
{
	struct attr a = { .size = 48, .policy = SCHED_BATCH, .nice = 5 }, b;

	same(set_attr(0, &a, 0), 0, "sched_setattr");
	memset(&b, -1, sizeof(b));
	same(get_attr(0, &b, 56), 0, "sched_getattr");
	ok(b.size == 56 && b.policy == SCHED_BATCH && b.nice == 5 && b.priority == 0 && b.flags == 0, "gives it back");
	same(getpriority(PRIO_PROCESS, 0), 5, "getpriority sees the nice value");
	memset(&b, -1, sizeof(b));
	ok(get_attr(0, &b, 48) == 0 && b.size == 48 && b.util_min == -1U, "of the first version, no more");
	memset(&b, -1, sizeof(b));
	ok(get_attr(0, &b, 72) == 0 && b.size == 56 && b.more[0] == -1U, "of a later one, what is known");
	fails(get_attr(0, &b, 47), EINVAL, "not less than the first");
	fails(get_attr(0, &b, 5000), EINVAL, "not more than a page");
	fails(get_attr(-1, &b, 48), EINVAL, "no negative process");
	fails(get_attr(4000000, &b, 48), ESRCH, "no such process");
	fails(syscall(SYS_sched_getattr, 0, 1, 48, 0), EFAULT, "a bad address");
	fails(syscall(SYS_sched_getattr, 0, &b, 48, 1), EINVAL, "flags");

	a.size = 0;
	a.nice = -100;
	same(set_attr(0, &a, 0), 0, "size 0 is the first version");
	same(getpriority(PRIO_PROCESS, 0), -20, "nice values are clamped");
	a.size = 72;
	same(set_attr(0, &a, 0), 0, "a longer structure with zeros");
	a.more[2] = 1;
	fails(set_attr(0, &a, 0), E2BIG, "with something else");
	same(a.size, 56, "which says how long it may be");
	a.size = 20;
	fails(set_attr(0, &a, 0), E2BIG, "a short one");
	a.size = 56;
	a.flags = 1ULL << 40;
	fails(set_attr(0, &a, 0), EINVAL, "an unknown flag");
	a.flags = 0;
	a.policy = 7;
	fails(set_attr(0, &a, 0), EINVAL, "an unknown policy");
	fails(set_attr(0, &a, 1), EINVAL, "flags");
	fails(set_attr(0, NULL, 0), EINVAL, "nothing");
	fails(set_attr(0, (struct attr *)1, 0), EFAULT, "a bad address");
	a = (struct attr){ .size = 48, .policy = SCHED_IDLE, .flags = 0x08 /* KEEP_POLICY */, .nice = 3 };
	same(set_attr(0, &a, 0), 0, "SCHED_FLAG_KEEP_POLICY");
	ok(get(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 3, "changes the nice value only");
	a = (struct attr){ .size = 48, .policy = SCHED_OTHER, .flags = 0x10 /* KEEP_PARAMS */, .nice = 9 };
	same(set_attr(0, &a, 0), 0, "SCHED_FLAG_KEEP_PARAMS");
	ok(get(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 3, "changes neither, whatever the page says");
	setpriority(PRIO_PROCESS, 0, 0);
}

static int child_policy(void)
{
	return get(0) >> 24 | get(0) % 64;
}

static void inherited(void)
{
	set(0, SCHED_BATCH, 0);
	same(in_child(child_policy), SCHED_BATCH, "a child inherits the policy");
	set(0, SCHED_BATCH | 0x40000000, 0);
	same(in_child(child_policy), SCHED_BATCH, "but not SCHED_RESET_ON_FORK");
	set(0, SCHED_OTHER, 0);
}

/* An ordinary user, of whom the parent is none. */
static int user(void)
{
	struct attr a = { .size = 48, .policy = SCHED_OTHER, .nice = -1 };
	int bad = 0;

	need(syscall(SYS_setresuid, 65534, 65534, 65534) == 0);
	bad |= set(0, SCHED_BATCH, 0) != 0;
	bad |= 2 * (set(0, SCHED_FIFO, 1) != -1 || errno != EPERM);
	bad |= 4 * (set(getppid(), SCHED_BATCH, 0) != -1 || errno != EPERM);
	bad |= 8 * (set_attr(0, &a, 0) != -1 || errno != EPERM);
	bad |= 16 * (set(0, SCHED_IDLE | 0x40000000, 0) != 0);
	bad |= 32 * (set(0, SCHED_IDLE, 0) != -1 || errno != EPERM);
	bad |= 64 * (set(0, SCHED_OTHER | 0x40000000, 0) != -1 || errno != EPERM);
	bad |= 128 * (get(getppid()) != SCHED_OTHER);
	return bad;
}

static volatile long *counts;

static pid_t counter(int at, int policy)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		set(0, policy, 0);
		for (;;)
			counts[at]++;
	}
	return pid;
}

static void idle_gets_the_rest(void)
{
	pid_t idle, busy;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	need(sched_setaffinity(0, sizeof(one), &one) == 0);
	counts = map_shared(PAGE);
	idle = counter(0, SCHED_IDLE);
	busy = counter(64, SCHED_OTHER);
	sleep_ms(400);
	kill(idle, SIGKILL);
	kill(busy, SIGKILL);
	need(outcome(idle) == KILLED_BY(SIGKILL) && outcome(busy) == KILLED_BY(SIGKILL));
	ok(counts[64] > 10 * counts[0], "SCHED_IDLE gets little beside SCHED_OTHER");
}

int main(void)
{
	plan(61);
	plain_calls();
	errors();
	attributes();
	inherited();
	same(in_child(user), 0, "what an ordinary user may");
	idle_gets_the_rest();
	return done();
}
