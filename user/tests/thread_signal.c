/* Signals and threads: who takes one for the process, tgkill and tkill, masks of each, stop and continue. */
#include "futex.h"

static volatile pid_t taker, sender;
static volatile int value, count;
static struct gate go, ready;

static void handler(int sig, siginfo_t *info, void *ctx)
{
	taker = my_tid();
	sender = info->si_pid;
	value = info->si_code;
	count++;
}

static void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	need(pthread_sigmask(how, &set, NULL) == 0);
}

static int is_pending(int sig)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, sig);
}

struct sleeper {
	pthread_t thread;
	volatile pid_t tid;
	volatile int stop;
};

/* Sleeps with SIGUSR1 open until told to end; SIGUSR2 stays blocked. */
static void *sleeper_run(void *arg)
{
	struct sleeper *s = arg;

	mask(SIG_UNBLOCK, SIGUSR1);
	s->tid = my_tid();
	while (!s->stop)
		nanosleep(&(struct timespec){ .tv_sec = 10 }, NULL);
	return NULL;
}

static void sleeper_start(struct sleeper *s)
{
	s->tid = 0;
	s->stop = 0;
	need(pthread_create(&s->thread, NULL, sleeper_run, s) == 0);
	while (!s->tid)
		sleep_ms(1);
	wait_for_state(s->tid, 'S');
}

/* The handler wakes it from its sleep as well. */
static void sleeper_end(struct sleeper *s)
{
	s->stop = 1;
	need(syscall(SYS_tgkill, getpid(), s->tid, SIGUSR1) == 0);
	need(pthread_join(s->thread, NULL) == 0);
}

static void wait_count(int n)
{
	while (count < n)
		sleep_ms(1);
}

static void to_process(struct sleeper *s)
{
	count = 0;
	need(kill(getpid(), SIGUSR1) == 0);
	wait_count(1);
	same(taker, s->tid, "a signal to the process goes to the thread that does not block it");
	need(kill(getpid(), SIGUSR2) == 0);
	ok(is_pending(SIGUSR2), "one that all block is pending for the process");
	same(count, 1, "nobody takes it");
	mask(SIG_UNBLOCK, SIGUSR2);
	same(count, 2, "who unblocks it takes it");
	same(taker, my_tid(), "at once");
	mask(SIG_BLOCK, SIGUSR2);
}

static void to_thread(struct sleeper *s)
{
	count = 0;
	need(syscall(SYS_tgkill, getpid(), my_tid(), SIGUSR1) == 0);
	ok(is_pending(SIGUSR1), "tgkill to a thread that blocks it is pending there");
	sleep_ms(3);
	same(count, 0, "and goes to no other");
	mask(SIG_UNBLOCK, SIGUSR1);
	same(taker, my_tid(), "it waits for this thread");
	same(value, SI_TKILL, "si_code is SI_TKILL");
	same(sender, getpid(), "si_pid is the process");
	mask(SIG_BLOCK, SIGUSR1);
	need(syscall(SYS_tkill, s->tid, SIGUSR1) == 0);
	wait_count(2);
	same(taker, s->tid, "tkill");
	fails(syscall(SYS_tgkill, getpid() + 1, s->tid, SIGUSR1), ESRCH, "tgkill: a thread of another group");
	fails(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL, "tgkill: thread 0");
	fails(syscall(SYS_tkill, -1, SIGUSR1), EINVAL, "tkill: thread -1");
	fails(syscall(SYS_tgkill, getpid(), s->tid, 65), EINVAL, "tgkill: signal 65");
	same(syscall(SYS_tgkill, getpid(), s->tid, 0), 0, "tgkill: signal 0 only asks");
}

/* The signal is meant for the first of the two, which blocks it or exits before it looks. */
static void *blocks_late(void *arg)
{
	struct sleeper *s = arg;

	s->tid = my_tid();
	gate_open(&ready);
	gate_wait(&go);
	if (s->stop == 2)
		return NULL;
	mask(SIG_UNBLOCK, SIGUSR2);
	mask(SIG_BLOCK, SIGUSR2);
	return NULL;
}

static void pending_for_thread_dies_with_it(void)
{
	struct sleeper s = { .stop = 2 };

	count = 0;
	need(pthread_create(&s.thread, NULL, blocks_late, &s) == 0);
	gate_wait(&ready);
	need(syscall(SYS_tgkill, getpid(), s.tid, SIGUSR2) == 0);
	gate_open(&go);
	need(pthread_join(s.thread, NULL) == 0);
	ok(!is_pending(SIGUSR2) && count == 0, "what is pending for a thread dies with it");
	s.stop = 0;
	need(pthread_create(&s.thread, NULL, blocks_late, &s) == 0);
	gate_wait(&ready);
	need(kill(getpid(), SIGUSR2) == 0);
	gate_open(&go);
	need(pthread_join(s.thread, NULL) == 0);
	same(count, 1, "what is pending for the process is taken by the next that opens to it");
	same(taker, s.tid, "that thread");
}

static void stop_and_continue(void)
{
	struct sleeper s[3];
	int status, all = 1;
	pid_t *tids = map_shared(PAGE), pid;
	struct gate g = gate_new();

	pid = must_fork();
	if (pid == 0) {
		for (int i = 0; i < 3; i++) {
			sleeper_start(&s[i]);
			tids[i] = s[i].tid;
		}
		gate_open(&g);
		pause();
		_exit(0);
	}
	gate_wait(&g);
	need(kill(tids[1], SIGSTOP) == 0);
	same(waitpid(pid, &status, WUNTRACED), pid, "SIGSTOP to a thread's number stops the process");
	for (int i = 0; i < 3; i++)
		all = all && state_of(tids[i]) == 'T';
	ok(all && state_of(pid) == 'T', "all threads of it");
	need(kill(pid, SIGCONT) == 0);
	same(waitpid(pid, &status, WCONTINUED), pid, "SIGCONT continues it");
	for (int i = 0; i < 3; i++)
		wait_for_state(tids[i], 'S');
	need(kill(pid, SIGKILL) == 0);
	same(outcome(pid), KILLED_BY(SIGKILL), "all of it");
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	struct sleeper s;

	plan(23);
	go = gate_new();
	ready = gate_new();
	need(sigaction(SIGUSR1, &sa, NULL) == 0 && sigaction(SIGUSR2, &sa, NULL) == 0);
	mask(SIG_BLOCK, SIGUSR1);
	mask(SIG_BLOCK, SIGUSR2);
	sleeper_start(&s);
	to_process(&s);
	to_thread(&s);
	sleeper_end(&s);
	pending_for_thread_dies_with_it();
	stop_and_continue();
	return done();
}
