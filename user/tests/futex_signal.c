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

/* A child waits 60 ms and is stopped in between; its exit status says what came of it. */
static int stopped_while_waiting(int wake)
{
	volatile int *shared = map_shared(PAGE);
	struct timespec ts = { wake ? 5 : 0, wake ? 0 : 60000000 };
	pid_t pid;

	*shared = 7;
	pid = must_fork();
	if (pid == 0)
		_exit(futex(shared, FUTEX_WAIT, 7, &ts, NULL, 0) ? errno : 0);
	wait_for_state(pid, 'S');
	need(kill(pid, SIGSTOP) == 0);
	wait_for_state(pid, 'T');
	need(kill(pid, SIGCONT) == 0);
	if (wake) {
		wait_for_state(pid, 'S');
		same(futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "it waits again after SIGCONT");
	}
	return outcome(pid);
}

int main(void)
{
	plan(10);
	word = map_private(PAGE);
	*word = 7;
	without_timeout();
	with_timeout();
	same(stopped_while_waiting(0), ETIMEDOUT, "stop and continue do not end a wait with a timeout");
	same(stopped_while_waiting(1), 0, "who can be woken");
	return done();
}
