/*
 * idle.c - the idle class and the loop that a CPU runs when it has nothing else to do.
 *
 * The idle task is never queued: the class is asked last and always answers with it. It runs with
 * preemption off, so interrupts that wake somebody return to the loop, which restarts the tick
 * and switches.
 */

#include "sched.h"

static void update_curr_idle(struct rq *rq)
{
	struct sched_entity *se = &rq->idle->se;
	u64 delta = rq->clock - se->exec_start;

	if ((s64)delta <= 0)
		return;
	se->exec_start = rq->clock;
	se->sum_exec_runtime += delta;
	rq->times.idle += delta;
}

static struct task_struct *pick_next_task_idle(struct rq *rq)
{
	rq->idle->se.exec_start = rq->clock;
	return rq->idle;
}

static void put_prev_task_idle(struct rq *rq, struct task_struct *p)
{
	update_curr_idle(rq);
}

static void task_tick_idle(struct rq *rq, struct task_struct *p)
{
	update_curr_idle(rq);
}

const struct sched_class idle_sched_class = {
	.next = NULL,
	.rank = 0,
	.pick_next_task = pick_next_task_idle,
	.put_prev_task = put_prev_task_idle,
	.task_tick = task_tick_idle,
	.update_curr = update_curr_idle,
};

void cpu_startup_entry(void)
{
	assert(this_cpu_read(preempt_count) == PREEMPT_OFFSET && current->flags & PF_IDLE);
	for (;;) {
		local_irq_disable();
		while (!need_resched()) {
			tick_idle_enter();
			safe_halt();
			local_irq_disable();
		}
		tick_idle_exit();
		schedule_idle();
	}
}
