/* A signal to the process whose first choice cannot take it yet goes to another thread that can. */
#include "futex.h"
#include <sched.h>

static char stack[16384] __attribute__((aligned(16)));
static volatile pid_t first_taker, second_taker;
static volatile pid_t other;
static volatile int end;

/* SIGUSR1, with SIGUSR2 blocked meanwhile: waits until somebody else has taken that. */
static void first(int sig)
{
	first_taker = my_tid();
	for (int i = 0; i < 500 && !second_taker; i++)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

static void second(int sig)
{
	second_taker = my_tid();
}

static void *open_for_second(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	need(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	other = my_tid();
	while (!end)
		nanosleep(&(struct timespec){ .tv_sec = 5 }, NULL);
	return NULL;
}

/* Runs in the parent's memory while the thread that made it sleeps. */
static int sends_both(void *arg)
{
	pid_t parent = (pid_t)(long)arg;

	syscall(SYS_kill, parent, SIGUSR1);
	syscall(SYS_kill, parent, SIGUSR2);
	return 0;
}

int main(void)
{
	struct sigaction a = { .sa_handler = first }, b = { .sa_handler = second };
	pthread_t t;
	pid_t pid;

	plan(3);
	sigaddset(&a.sa_mask, SIGUSR2);
	need(sigaction(SIGUSR1, &a, NULL) == 0 && sigaction(SIGUSR2, &b, NULL) == 0);
	need(pthread_create(&t, NULL, open_for_second, NULL) == 0);
	while (!other)
		sleep_ms(1);
	wait_for_state(other, 'S');
	pid = clone(sends_both, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)(long)getpid());
	need(pid > 0);
	same(first_taker, my_tid(), "a thread that waits for vfork takes its signal afterwards");
	same(second_taker, other, "the one that its handler blocks goes to another thread meanwhile");
	need(outcome(pid) == 0);
	end = 1;
	need(syscall(SYS_tgkill, getpid(), other, SIGUSR2) == 0);
	same(pthread_join(t, NULL), 0, "that thread ends");
	return done();
}
