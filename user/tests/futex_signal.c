/* futex(2) interrupted: handlers with and without SA_RESTART, stop and continue, and time that goes on. */
#include "futex.h"

static volatile int *word;
static volatile int handled;

static void handler(int sig)
{
	handled++;
}

static void catch(int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	handled = 0;
	need(sigaction(SIGUSR1, &sa, NULL) == 0);
}

static void interrupt(struct waiter *w)
{
	need(syscall(SYS_tgkill, getpid(), w->tid, SIGUSR1) == 0);
	while (!handled)
		sleep_ms(1);
}

static void without_timeout(void)
{
	struct waiter w = { 0 };

	catch(0);
	waiter_start(&w, word, FUTEX_WAIT_PRIVATE, 0);
	interrupt(&w);
	same(waiter_end(&w), EINTR, "a handler interrupts");
	catch(SA_RESTART);
	waiter_start(&w, word, FUTEX_WAIT_PRIVATE, 0);
	interrupt(&w);
	wait_for_state(w.tid, 'S');
	same(w.result, WAITING, "SA_RESTART resumes a wait without timeout");
	same(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1, "it waits as before");
	same(waiter_end(&w), 0, "and is woken");
	waiter_start(&w, word, FUTEX_WAIT_PRIVATE, 0);
	*word = 8;
	handled = 0;
	interrupt(&w);
	same(waiter_end(&w), EAGAIN, "resuming looks at the word again");
	*word = 7;
}

static void with_timeout(void)
{
	struct timespec relative = { 5, 0 }, absolute;
	struct waiter w = { .timeout = &relative };

	catch(SA_RESTART);
	waiter_start(&w, word, FUTEX_WAIT_PRIVATE, 0);
	interrupt(&w);
	same(waiter_end(&w), EINTR, "a timeout is not resumed after a handler");
	clock_gettime(CLOCK_MONOTONIC, &absolute);
	absolute.tv_sec += 5;
	w.timeout = &absolute;
	handled = 0;
	waiter_start(&w, word, FUTEX_WAIT_BITSET_PRIVATE, ~0U);
	interrupt(&w);
	same(waiter_end(&w), EINTR, "nor is an absolute one");
}

/* A child that waits on @shared, stopped and continued meanwhile; its exit status says what came of it. */
static pid_t stopped_while_waiting(volatile int *shared, int op, struct timespec ts)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(futex(shared, op, 7, &ts, NULL, 1) ? errno : 0);
	wait_for_state(pid, 'S');
	need(kill(pid, SIGSTOP) == 0);
	wait_for_state(pid, 'T');
	need(kill(pid, SIGCONT) == 0);
	return pid;
}

static void stop_and_continue(void)
{
	volatile int *shared = map_shared(PAGE);
	struct timespec ts;
	pid_t pid;

	*shared = 7;
	pid = stopped_while_waiting(shared, FUTEX_WAIT, (struct timespec){ 0, 60000000 });
	same(outcome(pid), ETIMEDOUT, "stop and continue do not end a wait with a timeout");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += 10;
	pid = stopped_while_waiting(shared, FUTEX_WAIT_BITSET, ts);
	wait_for_state(pid, 'S');
	same(futex(shared, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2), 0, "it waits again for the bits that it had");
	same(futex(shared, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1), 1, "and for no others");
	same(outcome(pid), 0, "it is woken");
}

int main(void)
{
	plan(11);
	word = map_private(PAGE);
	*word = 7;
	without_timeout();
	with_timeout();
	stop_and_continue();
	return done();
}
