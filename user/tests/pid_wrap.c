/*
 * Numbers of processes come round: none is used again soon, nor as long as a group or a session has it; and two that
 * fork at once never get the same. fork(2), proc(5): pid_max
 */
#include "ktap.h"

#define PID_MAX		900
#define RESERVED	300	/* not used again after the first time round */
#define SPACE		(PID_MAX - RESERVED)
#define FORKS		(3 * SPACE)

static struct shared {
	int next;		/* of seen[], taken by both who fork */
	int seen[2 * FORKS];
	pid_t leader, member;
} *shared;

static void set_pid_max(int value)
{
	char text[16];
	int fd = open("/proc/sys/kernel/pid_max", O_WRONLY), len = snprintf(text, sizeof(text), "%d\n", value);

	need(fd >= 0 && write(fd, text, len) == len);
	close(fd);
}

static int get_pid_max(void)
{
	char text[16] = "";
	int fd = open("/proc/sys/kernel/pid_max", O_RDONLY);

	need(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return atoi(text);
}

static int forks(void)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = must_fork();

		if (pid == 0)
			_exit(0);
		shared->seen[__atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST)] = pid;
		need(outcome(pid) == 0);
	}
	return 0;
}

/* The least distance between two uses of one number. */
static int least_distance(void)
{
	static int last[PID_MAX];
	int least = 2 * FORKS;

	for (int i = 0; i < shared->next; i++) {
		int pid = shared->seen[i];

		if (last[pid] && i + 1 - last[pid] < least)
			least = i + 1 - last[pid];
		last[pid] = i + 1;
	}
	return least;
}

static int used(pid_t pid)
{
	int count = 0;

	for (int i = 0; i < shared->next; i++)
		count += shared->seen[i] == pid;
	return count;
}

static int all_within(int low, int high)
{
	for (int i = 0; i < shared->next; i++)
		if (shared->seen[i] < low || shared->seen[i] >= high)
			return 0;
	return 1;
}

/* A leader that goes, and leaves a process in its group and session. */
static pid_t leave_member(void)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		setsid();
		shared->leader = getpid();
		pid = must_fork();
		while (pid == 0)
			pause();
		shared->member = pid;
		_exit(0);
	}
	need(outcome(pid) == 0);
	return shared->leader;
}

/* Fork until the numbers are where they stay: the lowest are given out once, after boot. */
static void leave_reserved(void)
{
	pid_t pid;

	do {
		pid = must_fork();
		if (pid == 0)
			_exit(0);
		need(outcome(pid) == 0);
	} while (pid < RESERVED || pid >= PID_MAX);
}

int main(void)
{
	int before = get_pid_max();
	pid_t other, leader;

	plan(9);
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	shared = map_shared(sizeof(*shared));
	set_pid_max(PID_MAX);
	same(get_pid_max(), PID_MAX, "pid_max is set");
	leave_reserved();
	leader = leave_member();
	other = must_fork();
	if (other == 0)
		_exit(forks());
	forks();
	same(outcome(other), 0, "two fork at once, three times round");
	ok(all_within(RESERVED, PID_MAX), "all numbers are below pid_max, and above the reserved ones");
	ok(least_distance() > SPACE / 2, "none is used twice within half of the numbers");
	ok(used(leader) == 0, "that of a group whose leader is gone is not used");
	ok(used(shared->member) == 0, "nor that of its member");
	same(getpgid(shared->member), leader, "which is still in the group");
	kill(-leader, SIGKILL);
	same(outcome(shared->member), KILLED_BY(SIGKILL), "a signal to the group reaches it alone");
	shared->next = 0;
	forks();
	ok(used(leader) > 0, "then the number is free");
	set_pid_max(before);
	return done();
}
