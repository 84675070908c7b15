/*
 * Actions of signals after fork: a change on either side is that side's alone, whether by sigaction, by SA_RESETHAND, by a
 * forced signal or by exec. Who shares them with CLONE_SIGHAND sees it, and a child of both does not. Runs itself as program.
 */
#include "ktap.h"
#include <sched.h>

static volatile int *turn;
static volatile int calls;
static char *self;

static void wait_for_turn(int nr)
{
	while (*turn != nr)
		sleep_ms(1);
}

static void handler(int sig)
{
	calls++;
}

static void other_handler(int sig)
{
	calls += 100;
}

static int change(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	sigaddset(&sa.sa_mask, SIGUSR2);
	return sigaction(sig, &sa, NULL);
}

/* All actions with flags and masks, as one number. */
static unsigned long state(void)
{
	unsigned long sum = 5381;

	for (int sig = 1; sig < 65; sig++) {
		struct sigaction sa;

		if (sigaction(sig, NULL, &sa))
			continue;
		sum = sum * 33 + (unsigned long)sa.sa_handler;
		sum = sum * 33 + sa.sa_flags;
		sum = sum * 33 + *(unsigned long *)&sa.sa_mask;
	}
	return sum;
}

static int by_handler(void) { return change(SIGTERM, other_handler, 0); }
static int by_ignore(void) { return change(SIGUSR1, SIG_IGN, 0); }
static int by_default(void) { return change(SIGUSR1, SIG_DFL, 0); }
static int by_flags(void) { return change(SIGUSR1, handler, SA_RESTART | SA_NODEFER); }
static int by_realtime(void) { return change(SIGRTMAX, other_handler, SA_SIGINFO); }
static int by_resethand(void)
{
	calls = 0;
	raise(SIGHUP);
	return calls != 1;
}
static int by_many(void)
{
	for (int sig = 34; sig < 65; sig++)
		change(sig, sig % 2 ? handler : SIG_IGN, 0);
	return 0;
}

static const struct {
	int (*make)(void);
	const char *name;
} changes[] = {
	{ by_handler, "a new handler" }, { by_ignore, "ignore" }, { by_default, "default" }, { by_flags, "other flags" },
	{ by_realtime, "the last signal" }, { by_resethand, "SA_RESETHAND" }, { by_many, "thirty signals" },
};
#define NR_CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

static int child_changes(int (*make)(void))
{
	unsigned long before = state();
	pid_t pid = must_fork();

	if (pid == 0) {
		if (make() || state() == before)
			_exit(1);
		before = state();
		pid = must_fork();
		if (pid == 0)
			_exit(state() != before);
		_exit(outcome(pid));
	}
	return outcome(pid) == 0 && state() == before;
}

static int parent_changes(int (*make)(void))
{
	unsigned long before = state();
	pid_t pid, child;

	*turn = 0;
	pid = must_fork();
	if (pid == 0) {
		int result;

		child = must_fork();
		if (child == 0) {
			wait_for_turn(1);
			_exit(state() != before);
		}
		result = make() || state() == before;
		*turn = 1;
		_exit(result | outcome(child));
	}
	return outcome(pid) == 0 && state() == before;
}

static char stack[65536] __attribute__((aligned(16)));
static volatile int result_of_sharer;

static int sharer(void *arg)
{
	result_of_sharer = ((int (*)(void))arg)();
	return 0;
}

/* A child of both sees what there was when it was born; the two see each other's. */
static int sharer_changes(int (*make)(void))
{
	pid_t pid, child, s;

	*turn = 0;
	pid = must_fork();
	if (pid == 0) {
		unsigned long before = state();

		child = must_fork();
		if (child == 0) {
			wait_for_turn(1);
			_exit(state() != before);
		}
		s = clone(sharer, stack + sizeof(stack), CLONE_VM | CLONE_SIGHAND | SIGCHLD, (void *)make);
		if (outcome(s) || result_of_sharer || state() == before)
			_exit(1);
		*turn = 1;
		_exit(outcome(child));
	}
	return outcome(pid) == 0;
}

/* A fault whose signal is blocked kills whatever was set; the others' handlers stay. */
static int forced(void)
{
	volatile char *bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigprocmask(SIG_BLOCK, &set, NULL);
	change(SIGSEGV, handler, 0);
	if (must_fork() == 0) {
		*bad = 1;
		_exit(1);
	}
	wait(NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	calls = 0;
	raise(SIGSEGV);
	return calls != 1;
}

/* What a program starts with: 1 if some handler is set, else 2 if USR2 is not ignored. */
static int program(void)
{
	for (int sig = 1; sig < 65; sig++) {
		struct sigaction sa;

		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL && sa.sa_handler != SIG_IGN)
			return 1;
		if (sig == SIGUSR2 && sa.sa_handler != SIG_IGN)
			return 2;
		if (sig != SIGUSR2 && sa.sa_handler == SIG_IGN && sig != SIGCHLD)
			return 3;
		if (sa.sa_flags & (SA_RESTART | SA_RESETHAND | SA_NODEFER) || *(unsigned long *)&sa.sa_mask)
			return 4;
	}
	return 0;
}

static int execs(void)
{
	char *argv[] = { self, "program", NULL };

	change(SIGUSR2, SIG_IGN, SA_RESTART);
	execv("/proc/self/exe", argv);
	return 99;
}

/* The handler of a child that has been sent a signal right after it was born is the parent's. */
static int delivered_in_child(void)
{
	pid_t pid = must_fork();

	calls = 0;
	if (pid == 0) {
		pid = must_fork();
		if (pid == 0) {
			raise(SIGUSR1);
			raise(SIGUSR1);
			_exit(calls);
		}
		_exit(outcome(pid));
	}
	return outcome(pid);
}

int main(int argc, char **argv)
{
	unsigned long before;
	char what[80];

	if (argc > 1)
		return program();
	self = argv[0];
	turn = map_shared(PAGE);
	need(change(SIGUSR1, handler, SA_RESTART) == 0 && change(SIGHUP, handler, SA_RESETHAND) == 0);
	before = state();
	plan(NR_CHANGES * 3 + 6);
	for (int i = 0; i < NR_CHANGES; i++) {
		snprintf(what, sizeof(what), "%s in a child", changes[i].name);
		ok(child_changes(changes[i].make), what);
		snprintf(what, sizeof(what), "%s in the parent", changes[i].name);
		ok(parent_changes(changes[i].make), what);
		snprintf(what, sizeof(what), "%s in one of two that share with CLONE_SIGHAND", changes[i].name);
		ok(sharer_changes(changes[i].make), what);
	}
	same(delivered_in_child(), 2, "a grandchild's signals run the handler");
	same(in_child(forced), 0, "a blocked fault resets the action of the one it kills");
	same(in_child(execs), 0, "exec in a child resets handlers, keeps ignored signals, clears flags and masks");
	same(in_child(execs), 0, "and again");
	ok(state() == before, "the parent's actions are what they were");
	raise(SIGUSR1);
	same(calls, 1, "and its handler runs");
	return done();
}
