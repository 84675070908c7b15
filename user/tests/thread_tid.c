/* set_tid_address(2), CLONE_CHILD_CLEARTID: what a thread writes when it ends, whom it wakes, where it must not. */
#include "futex.h"
#include <sched.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define KERNEL ((void *)0xffff888000100000UL)

static char stack[65536] __attribute__((aligned(16)));
static volatile int go, gone;

static int waits_for_go(void *arg)
{
	while (!go)
		syscall(SYS_sched_yield);
	gone = 1;
	return 0;
}

static pid_t thread(int flags, void *ctid)
{
	go = gone = 0;
	return clone(waits_for_go, stack + sizeof(stack), THREAD_FLAGS | flags, NULL, NULL, NULL, ctid);
}

static void wait_until_gone(pid_t tid)
{
	while (state_of(tid))
		sleep_ms(1);
}

/* Let it go and wait until it is no more. */
static int ends(pid_t tid)
{
	go = 1;
	wait_until_gone(tid);
	return gone;
}

static void cleared(void)
{
	volatile int *word = map_private(PAGE);
	pid_t tid;

	tid = thread(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, (void *)word);
	need(tid > 0);
	while (!*word)
		syscall(SYS_sched_yield);
	same(*word, tid, "CHILD_SETTID writes the thread's number");
	go = 1;
	while (*word == tid)
		futex(word, FUTEX_WAIT, tid, NULL, NULL, 0);
	same(*word, 0, "CHILD_CLEARTID clears it at the end and wakes who waits");
	wait_until_gone(tid);
	*word = 77;
	tid = thread(0, (void *)word);
	need(ends(tid));
	same(*word, 77, "without the flag nothing is written");
}

static void not_written(void)
{
	volatile int *ro = map_private(PAGE);
	char *hole = map_private(PAGE);

	*ro = 77;
	need(mprotect((void *)ro, PAGE, PROT_READ) == 0 && munmap(hole, PAGE) == 0);
	ok(ends(thread(CLONE_CHILD_CLEARTID, KERNEL)), "a kernel address harms nobody");
	ok(ends(thread(CLONE_CHILD_CLEARTID, (void *)ro)), "nor does read-only memory");
	same(*ro, 77, "which stays as it was");
	ok(ends(thread(CLONE_CHILD_CLEARTID, hole)), "nor a hole");
	ok(ends(thread(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, hole)), "a hole for SETTID as well");
	ok(ends(thread(CLONE_CHILD_CLEARTID, (char *)stack + 1)), "nor an odd address");
}

/* The last user of an address space writes nothing: nobody could look. Shared memory shows it. */
static void last_user(void)
{
	volatile int *word = map_shared(PAGE);
	pid_t pid;

	*word = 77;
	pid = must_fork();
	if (pid == 0)
		_exit(syscall(SYS_set_tid_address, word) == getpid() ? 3 : 4);
	same(outcome(pid), 3, "set_tid_address returns the thread's number");
	same(*word, 77, "the last one leaves the word alone");
	go = 1;
	pid = clone(waits_for_go, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_CHILD_CLEARTID | SIGCHLD,
		    NULL, NULL, NULL, word);
	same(*word, 0, "one who shares memory by vfork clears it before the parent goes on");
	need(outcome(pid) == 0);
}

/* A word on a page that is shared with a child as a copy. */
static void copied_page(void)
{
	volatile int *word = map_private(PAGE);
	struct gate g = gate_new();
	pid_t pid, tid;

	tid = thread(CLONE_CHILD_CLEARTID, (void *)word);
	*word = tid;
	pid = must_fork();
	if (pid == 0) {
		gate_wait(&g);
		_exit(*word == tid ? 0 : 1);
	}
	need(ends(tid));
	same(*word, 0, "the page was copied on write");
	gate_open(&g);
	same(outcome(pid), 0, "the child's copy stays as it was");
}

int main(void)
{
	plan(14);
	cleared();
	not_written();
	last_user();
	copied_page();
	return done();
}
