// sources: kernel/sched/fair.c lib/rbtree.c
/*
 * The fair class on a simulated CPU: thousands of random traces of forks, sleeps, wake-ups, exits,
 * yields and changes of nice, with a tick every 4 ms. After each step the queue is consistent
 * (fair_check) and no runnable task is outside [V - 3 ms, V + bound], where bound follows from the
 * formulas at the top of fair.c. While the set of runnable tasks stays the same, each gets its share.
 *
 * Not through unit.h: the libc's headers that it includes define sigset_t and struct timeval, as
 * sched.h does by way of the uapi headers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../../kernel/sched/sched.h"

#define MAX_TASKS	24
#define CREDIT		(SCHED_LATENCY / 2)
#define LEAST_WEIGHT	15

enum state { GONE, RUNNABLE, SLEEPING };

/* What fair.c and the inline functions of the headers need of the kernel. */
DEFINE_PER_CPU(struct task_struct *, current_task);
DEFINE_PER_CPU(unsigned int, preempt_count);
DEFINE_PER_CPU(bool, resched_pending);
DEFINE_PER_CPU(unsigned int, cpu_number);
bool host_irqs_off;
const struct sched_class idle_sched_class = { .rank = 0 };

static struct rq rq;
static struct task_struct tasks[MAX_TASKS], *curr;
static enum state states[MAX_TASKS];
static u64 bounds[MAX_TASKS];		/* how far ahead of V the task may have come so far, ns of virtual time */
static u64 next_tick;
static bool resched;
static unsigned long seed;

void preempt_check(void)
{
}

void spin_lock_slow(spinlock_t *lock)
{
	fail();
}

void resched_curr(struct rq *queue)
{
	resched = true;
}

static unsigned int random_below(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

static const struct sched_class *const fair = &fair_sched_class;

/* ---- the bound ---- */

static u64 period(u64 n)
{
	return n > SCHED_NR_LATENCY ? n * SCHED_MIN_GRANULARITY : SCHED_LATENCY;
}

/* The longest stretch of virtual time for a task of this weight: a slice among any number of others,
 * and the tick that may come late. */
static u64 bound_of(u64 weight)
{
	u64 most = 0;

	for (u64 n = 1; n <= MAX_TASKS; n++)
		most = max(most, period(n) * 1024 / (weight + (n - 1) * LEAST_WEIGHT));
	return most + (TICK_NSEC + NSEC_PER_USEC) * 1024 / weight;
}

static void raise_bound(unsigned int i, u64 bound)
{
	bounds[i] = max(bounds[i], bound);
}

static void check(void)
{
	const char *bad = fair_check(&rq);

	if (bad)
		fail_msg("%s", bad);
	for (unsigned int i = 0; i < MAX_TASKS; i++) {
		s64 ahead = (s64)(tasks[i].se.vruntime - rq.cfs.min_vruntime);

		if (states[i] != RUNNABLE)
			continue;
		if (ahead < -(s64)CREDIT || ahead > (s64)bounds[i])
			fail_msg("task %u of weight %lu is %ld ns ahead, bound %lu", i,
				 (unsigned long)tasks[i].se.load.weight, (long)ahead, (unsigned long)bounds[i]);
	}
}

/* ---- the machine ---- */

static void sim_schedule(void)
{
	if (curr)
		fair->put_prev_task(&rq, curr);
	curr = fair->pick_next_task(&rq);
	resched = false;
	if (curr)
		fair->update_curr(&rq);
	check();
}

static void run_for(u64 ns)
{
	u64 end = rq.clock + ns;

	while (rq.clock < end) {
		rq.clock = min(end, next_tick);
		if (rq.clock == next_tick) {
			next_tick += TICK_NSEC;
			if (curr)
				fair->task_tick(&rq, curr);
		}
		if (resched)
			sim_schedule();
	}
	if (curr)
		fair->update_curr(&rq);
	check();
}

static void set_nice(unsigned int i, int nice)
{
	tasks[i].static_prio = NICE_TO_PRIO(nice);
	fair->reweight_task(&rq, &tasks[i]);
	raise_bound(i, bound_of(tasks[i].se.load.weight));
}

static void make_runnable(unsigned int i, unsigned int flags)
{
	fair->enqueue_task(&rq, &tasks[i], flags);
	tasks[i].on_rq = true;
	states[i] = RUNNABLE;
	if (curr)
		fair->check_preempt_curr(&rq, &tasks[i]);
	if (!curr || resched)
		sim_schedule();
}

/* A child of the running task, or of the boot code. */
static void sim_fork(unsigned int i)
{
	u64 debit;

	tasks[i] = (struct task_struct){ .sched_class = fair };
	tasks[i].static_prio = curr ? curr->static_prio : DEFAULT_PRIO;
	set_load_weight(&tasks[i]);
	bounds[i] = bound_of(tasks[i].se.load.weight);
	if (curr)
		raise_bound(i, bounds[curr - tasks]);
	fair->task_fork(&rq, &tasks[i]);
	debit = sched_slice(&rq.cfs, &tasks[i].se) * 1024 / tasks[i].se.load.weight;
	assert_true((s64)tasks[i].se.vruntime >= (s64)(debit - debit / 1000));	/* from V, until attached */
	run_for(random_below(100) * NSEC_PER_USEC);	/* the rest of fork() */
	fair->attach_task(&rq, &tasks[i]);
	make_runnable(i, 0);
}

static void sim_stop(enum state state)
{
	curr->on_rq = false;
	states[curr - tasks] = state;
	fair->dequeue_task(&rq, curr, DEQUEUE_SLEEP);
	sim_schedule();
}

/* Whoever yields may come as far ahead as anybody else is. */
static void sim_yield(void)
{
	for (unsigned int i = 0; i < MAX_TASKS; i++)
		raise_bound((unsigned int)(curr - tasks), bounds[i]);
	fair->yield_task(&rq);
	sim_schedule();
}

static void start_machine(unsigned long with_seed)
{
	rq = (struct rq){ .clock = 1000000 };
	init_cfs_rq(&rq.cfs);
	curr = NULL;
	resched = false;
	seed = with_seed;
	next_tick = rq.clock + 1 + random_below(TICK_NSEC);
	for (unsigned int i = 0; i < MAX_TASKS; i++) {
		states[i] = GONE;
		bounds[i] = 0;
	}
	sim_fork(0);
}

static void random_step(void)
{
	unsigned int i = random_below(MAX_TASKS), what = random_below(10);

	if (states[i] == GONE && what < 5)
		sim_fork(i);
	else if (states[i] == SLEEPING && what < 8)
		make_runnable(i, ENQUEUE_WAKEUP);
	else if (states[i] == RUNNABLE && what == 8)
		set_nice(i, (int)random_below(40) - 20);
	else if (curr && what == 9)
		sim_yield();
	else if (curr && what >= 5 && rq.cfs.nr_running > 1)
		sim_stop(what == 5 ? GONE : SLEEPING);
	run_for(random_below(4) ? random_below(300) * NSEC_PER_USEC : random_below(12) * NSEC_PER_MSEC);
}

/* ---- tests ---- */

static void test_random_traces(void **state)
{
	for (unsigned long trace = 0; trace < 3000; trace++) {
		start_machine(trace);
		for (unsigned int step = 0; step < 100; step++)
			random_step();
	}
}

/* Two tasks that are runnable all the time: what they get, by weight, differs by at most this. */
static u64 pair_bound(unsigned int i, unsigned int j)
{
	return bounds[i] + bounds[j] + 2 * CREDIT + NSEC_PER_MSEC;	/* 1 ms: inv_weight is rounded */
}

static void check_shares(const u64 *before)
{
	for (unsigned int i = 0; i < MAX_TASKS; i++) {
		for (unsigned int j = 0; j < i; j++) {
			s64 got_i, got_j;

			if (states[i] != RUNNABLE || states[j] != RUNNABLE)
				continue;
			got_i = (s64)((tasks[i].se.sum_exec_runtime - before[i]) * 1024 / tasks[i].se.load.weight);
			got_j = (s64)((tasks[j].se.sum_exec_runtime - before[j]) * 1024 / tasks[j].se.load.weight);
			assert_true(max(got_i, got_j) - min(got_i, got_j) <= (s64)pair_bound(i, j));
		}
	}
}

static void test_shares(void **state)
{
	u64 before[MAX_TASKS];

	for (unsigned long trace = 0; trace < 300; trace++) {
		start_machine(trace + 100000);
		for (unsigned int step = 0; step < 60; step++)
			random_step();
		for (unsigned int i = 0; i < MAX_TASKS; i++)
			before[i] = tasks[i].se.sum_exec_runtime;
		run_for(3 * NSEC_PER_SEC);
		check_shares(before);
	}
}

/* 1024 at nice 0, a factor of 1.25 for each step, to three per cent (small weights are rounded). */
static void test_weights(void **state)
{
	struct task_struct p = { 0 };

	for (int nice = -20; nice <= 19; nice++) {
		double exact = 1024;

		for (int i = 0; i < (nice < 0 ? -nice : nice); i++)
			exact = nice < 0 ? exact * 1.25 : exact / 1.25;
		p.static_prio = NICE_TO_PRIO(nice);
		set_load_weight(&p);
		assert_true((double)p.se.load.weight > exact * 0.97 && (double)p.se.load.weight < exact * 1.03);
		assert_int_equal(p.se.load.inv_weight, (1UL << 32) / p.se.load.weight);
	}
}

/* The example at the top of fair.c. */
static void test_example(void **state)
{
	start_machine(0);
	sim_fork(1);
	sim_fork(2);
	set_nice(2, 5);
	assert_int_equal(sched_slice(&rq.cfs, &tasks[0].se) / 1000, 2578);
	assert_int_equal(sched_slice(&rq.cfs, &tasks[1].se) / 1000, 2578);
	assert_int_equal(sched_slice(&rq.cfs, &tasks[2].se) / 1000, 843);
	run_for(10 * NSEC_PER_MSEC);
	while (curr != &tasks[2])
		run_for(NSEC_PER_MSEC);
	sim_stop(SLEEPING);
	run_for(NSEC_PER_SEC);
	while ((s64)(curr->se.vruntime - rq.cfs.min_vruntime) < (s64)(500 * NSEC_PER_USEC))
		run_for(100 * NSEC_PER_USEC);
	make_runnable(2, ENQUEUE_WAKEUP);
	assert_ptr_equal(curr, &tasks[2]);
}

/* A child does not preempt its parent, and has its turn within a latency period and two ticks. */
static void test_fork_parent_first(void **state)
{
	start_machine(7);
	run_for(20 * NSEC_PER_MSEC);
	for (unsigned int i = 1; i < SCHED_NR_LATENCY; i++) {
		struct task_struct *parent = curr;

		sim_fork(i);
		assert_ptr_equal(curr, parent);
	}
	run_for(SCHED_LATENCY * SCHED_NR_LATENCY);
	for (unsigned int i = 1; i < SCHED_NR_LATENCY; i++)
		assert_true(tasks[i].se.sum_exec_runtime > 0);
}

/* Sleep is not saved up: after any sleep the credit is the same. */
static void test_sleeper_credit(void **state)
{
	start_machine(3);
	sim_fork(1);
	while (curr != &tasks[1])
		run_for(NSEC_PER_MSEC);
	sim_stop(SLEEPING);
	run_for(100 * NSEC_PER_SEC);
	make_runnable(1, ENQUEUE_WAKEUP);
	assert_ptr_equal(curr, &tasks[1]);
	run_for(3 * NSEC_PER_SEC);
	assert_true(tasks[1].se.sum_exec_runtime < 1600 * NSEC_PER_MSEC);
}

/* fair_check() notices what it claims to notice. */
static void test_check_convicts(void **state)
{
	struct rb_node *leftmost;

	start_machine(5);
	for (unsigned int i = 1; i < 6; i++)
		sim_fork(i);
	assert_null(fair_check(&rq));

	rq.cfs.min_vruntime -= NSEC_PER_SEC;
	assert_non_null(fair_check(&rq));
	rq.cfs.min_vruntime += NSEC_PER_SEC;

	leftmost = rq.cfs.timeline.leftmost;
	rq.cfs.timeline.leftmost = rb_next(leftmost);
	assert_non_null(fair_check(&rq));
	rq.cfs.timeline.leftmost = leftmost;

	rb_entry(leftmost, struct sched_entity, run_node)->vruntime += NSEC_PER_SEC;
	assert_non_null(fair_check(&rq));
	rb_entry(leftmost, struct sched_entity, run_node)->vruntime -= NSEC_PER_SEC;

	rq.cfs.load++;
	assert_non_null(fair_check(&rq));
	rq.cfs.load--;
	rq.cpu = 1;
	assert_non_null(fair_check(&rq));
	rq.cpu = 0;
	assert_null(fair_check(&rq));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_fork_parent_first),
		cmocka_unit_test(test_sleeper_credit),
		cmocka_unit_test(test_random_traces),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_check_convicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
