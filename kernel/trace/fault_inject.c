/*
 * fault_inject.c - the N-th fallible act of a system call fails.
 *
 * A task is in one of four states (task_struct.fail_state, low bits; the rest is a count):
 *
 *   OFF       nothing was asked for
 *   ARMED     N was written; waits for the next system call. Count: N
 *   COUNTING  that call runs; task_struct.fail_nth is what is missing, and 0 once an act has
 *             failed: then nothing is counted any more. Count: N
 *   DONE      that call has ended. Count: what was missing, 0 if an act failed
 *
 *   OFF, DONE --write N--> ARMED --system call begins--> COUNTING --it ends--> DONE
 *   any       --write 0--> OFF        COUNTING --the call reads the file--> ARMED
 *
 * fail_nth is not 0 in COUNTING only. So the write itself, faults of the program between two calls
 * and everything after the call cost one comparison and are not counted. Acts in interrupts belong
 * to nobody and are not counted. A call that did not fire made N - (what was missing) acts.
 *
 * A call that reads the file of its own task turns back to ARMED, as if it had not been: looking
 * does not count. TIF_SYSCALL_WORK stands from the write until DONE; the two hooks at the ends of
 * a system call run only if it does.
 *
 * All fields belong to the task itself, which alone may write its file: no locks. copy_process()
 * clears them in a child. A task that exits while COUNTING goes on counting until it is gone.
 */
#include <tine/fault_inject.h>
#include <tine/uapi.h>

enum fail_state {
	STATE_OFF,
	STATE_ARMED,
	STATE_COUNTING,
	STATE_DONE,
};

#define STATE_BITS	2
#define STATE_MASK	((1U << STATE_BITS) - 1)
#define MAX_NTH		(~0U >> STATE_BITS)

static enum fail_state state_of(const struct task_struct *p)
{
	return p->fail_state & STATE_MASK;
}

static unsigned int count_of(const struct task_struct *p)
{
	return p->fail_state >> STATE_BITS;
}

static void set_state(struct task_struct *p, enum fail_state state, unsigned int count)
{
	p->fail_state = count << STATE_BITS | state;
}

/* The site does not change the answer: it is there for who watches with a breakpoint. */
noinline bool should_fail_slow(enum fail_site site)
{
	if (in_interrupt())
		return false;
	return --current->fail_nth == 0;
}

bool fail_nth_fired(void)
{
	return state_of(current) == STATE_COUNTING && current->fail_nth == 0;
}

int fail_nth_write(struct task_struct *p, unsigned int n)
{
	if (p != current)
		return -EPERM;
	if (n > MAX_NTH)
		return -EINVAL;
	p->fail_nth = 0;
	if (n) {
		set_state(p, STATE_ARMED, n);
		set_tsk_thread_flag(p, TIF_SYSCALL_WORK);
	} else {
		set_state(p, STATE_OFF, 0);
		clear_tsk_thread_flag(p, TIF_SYSCALL_WORK);
	}
	return 0;
}

unsigned int fail_nth_read(struct task_struct *p)
{
	if (p == current && state_of(p) == STATE_COUNTING) {
		p->fail_nth = 0;
		set_state(p, STATE_ARMED, count_of(p));
	}
	return count_of(p);
}

void fail_nth_syscall_enter(void)
{
	struct task_struct *p = current;

	if (state_of(p) != STATE_ARMED)
		return;
	p->fail_nth = count_of(p);
	set_state(p, STATE_COUNTING, count_of(p));
}

void fail_nth_syscall_exit(void)
{
	struct task_struct *p = current;

	if (state_of(p) != STATE_COUNTING)
		return;
	set_state(p, STATE_DONE, p->fail_nth);
	p->fail_nth = 0;
	clear_tsk_thread_flag(p, TIF_SYSCALL_WORK);
}
