/* basic.c - items without a fork in what is measured: system call, signal, pipe, switch, thread. */
#include "bench.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static struct samples figures;

/* Ticks for one instruction, to tell what the other figures mean: 1 when QEMU counts instructions. */
static void run_tick(long loops)
{
	samples_start(&figures, "tick", 0);
	for (int i = 0; i < sample_count(21); i++) {
		long left = loops;
		uint64_t start = tsc();

		__asm__ volatile("1: dec %0; jnz 1b" : "+r"(left));
		samples_add(&figures, span(start, tsc()), 2 * loops);
	}
	samples_report(&figures);
}

/* ---- system call, signal ---- */

static void run_syscall(long ops)
{
	samples_start(&figures, "syscall", 0);
	for (int i = 0; i < sample_count(21); i++)
		samples_add(&figures, TIME_LOOP(ops, raw_syscall(SYS_getppid, 0, 0, 0, 0)), ops);
	samples_report(&figures);
}

static void ignore(int sig)
{
}

static void run_signal(long ops)
{
	pid_t self = getpid();

	signal(SIGUSR1, ignore);
	samples_start(&figures, "signal", 0);
	for (int i = 0; i < sample_count(21); i++)
		samples_add(&figures, TIME_LOOP(ops, raw_syscall(SYS_kill, self, SIGUSR1, 0, 0)), ops);
	samples_report(&figures);
}

/* ---- pipe and switch ---- */

static void pass(int fd, long nr)
{
	char byte;

	raw_syscall(nr, fd, (long)&byte, 1, 0);
}

/* Gives back each byte it gets, until there are no more. */
static _Noreturn void echo(int in, int out)
{
	char byte;

	while (raw_syscall(SYS_read, in, (long)&byte, 1, 0) == 1)
		raw_syscall(SYS_write, out, (long)&byte, 1, 0);
	raw_exit(0);
}

/* A byte to the other process and back. Each round trip has two writes, two reads and two switches; what these cost
   without a switch is measured with a pipe to oneself, as lmbench does. */
static void run_pipe(long ops)
{
	static struct samples switches;
	int there[2], back[2];
	pid_t pid;

	need(pipe(there) == 0 && pipe(back) == 0, "pipe");
	pid = raw_fork();
	if (pid == 0) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	samples_start(&figures, "pipe", 0);
	samples_start(&switches, "switch", 0);
	for (int i = 0; i < sample_count(21); i++) {
		uint64_t trip = TIME_LOOP(ops, (pass(there[1], SYS_write), pass(back[0], SYS_read)));
		uint64_t alone = TIME_LOOP(ops, (pass(back[1], SYS_write), pass(back[0], SYS_read)));

		samples_add(&figures, trip, ops);
		samples_add(&switches, trip / 2 > alone ? trip / 2 - alone : 0, ops);
	}
	samples_report(&figures);
	samples_report(&switches);
	close(there[1]);
	raw_wait(pid);
}

/* ---- thread ---- */

static void *nothing(void *arg)
{
	return arg;
}

static void create_and_join(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, nothing, NULL) == 0, "pthread_create");
	pthread_join(thread, NULL);
}

static void run_thread(long ops)
{
	create_and_join();
	samples_start(&figures, "thread", 0);
	for (int i = 0; i < sample_count(21); i++)
		samples_add(&figures, TIME_LOOP(ops, create_and_join()), ops);
	samples_report(&figures);
}

const struct item basic_items[] = {
	{ "tick", run_tick, 10000, "one instruction of a loop" },
	{ "syscall", run_syscall, 1000, "getppid" },
	{ "signal", run_signal, 200, "kill to oneself, handler, return" },
	{ "pipe", run_pipe, 100, "a byte to another process and back; 'switch' is what of it is not reading and writing" },
	{ "thread", run_thread, 10, "pthread_create and pthread_join" },
	{ NULL }
};
