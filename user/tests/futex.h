/*
 * futex.h - what the tests of futexes and threads share: the bare system call, and threads that are known to
 * sleep in it.
 */
#pragma once

#include "ktap.h"
#include "procstate.h"
#include <linux/futex.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

static __unused_fn long futex(volatile void *uaddr, int op, unsigned val, const void *timeout, volatile void *uaddr2,
			      unsigned val3)
{
	return syscall(SYS_futex, uaddr, op, val, timeout, uaddr2, val3);
}

/* FUTEX_REQUEUE and its relatives take a second count where others take a timeout. */
static __unused_fn long futex2(volatile void *uaddr, int op, int val, int val2, volatile void *uaddr2, unsigned val3)
{
	return syscall(SYS_futex, uaddr, op, val, (long)val2, uaddr2, val3);
}

static __unused_fn pid_t my_tid(void)
{
	return syscall(SYS_gettid);
}

/* The program's own file: /proc/self/exe is of no use once the leader is dead. */
static __unused_fn const char *own_path(void)
{
	static char path[256];

	if (!path[0])
		need(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	return path;
}

static __unused_fn void wait_for_state(pid_t tid, char state)
{
	while (state_of(tid) != state)
		sleep_ms(1);
}

/* One who waits on a futex word: a thread, or a child process. */
struct waiter {
	volatile int *word;
	int op;				/* FUTEX_WAIT ... */
	unsigned val, bitset;
	const struct timespec *timeout;
	volatile pid_t tid;
	volatile long result;		/* 0, or the errno; WAITING */
	pthread_t thread;
};
#define WAITING (-1L)

static __unused_fn void *waiter_run(void *arg)
{
	struct waiter *w = arg;
	long ret;

	w->tid = my_tid();
	ret = futex(w->word, w->op, w->val, w->timeout, NULL, w->bitset);
	w->result = ret ? errno : 0;
	return NULL;
}

/* Returns when the thread sleeps. */
static __unused_fn void waiter_start(struct waiter *w, volatile int *word, int op, unsigned bitset)
{
	w->word = word;
	w->op = op;
	w->val = *word;
	w->bitset = bitset;
	w->tid = 0;
	w->result = WAITING;
	need(pthread_create(&w->thread, NULL, waiter_run, w) == 0);
	while (!w->tid)
		sleep_ms(1);
	wait_for_state(w->tid, 'S');
}

static __unused_fn long waiter_end(struct waiter *w)
{
	need(pthread_join(w->thread, NULL) == 0);
	return w->result;
}

/* Who of @n waiters has come back? One bit for each, when those woken have had time to say so. */
static __unused_fn unsigned returned(const struct waiter *w, int n)
{
	unsigned bits = 0;

	sleep_ms(5);
	for (int i = 0; i < n; i++)
		bits |= (w[i].result != WAITING) << i;
	return bits;
}
