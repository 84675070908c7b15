/*
 * cputime.c - who consumed how much CPU time.
 *
 * The total is exact: sum_exec_runtime, kept by the classes at each switch. How it divides into
 * user and system time is sampled: each tick charges everything consumed since the last one to
 * the mode that it interrupted. What a task consumed after its last tick counts as user time, so
 * that utime + stime is exact whenever somebody asks.
 */

#include "sched.h"

static void charge(struct task_struct *p, u64 *task_time, u64 *cpu_time)
{
	u64 delta = p->se.sum_exec_runtime - p->utime - p->stime;

	*task_time += delta;
	*cpu_time += delta;
}

void account_tick(struct rq *rq, struct task_struct *p, bool user_mode)
{
	if (p->flags & PF_IDLE)
		return;
	if (user_mode)
		charge(p, &p->utime, &rq->times.user);
	else
		charge(p, &p->stime, &rq->times.system);
}

void sched_exit(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (rq->curr == p) {
		update_rq_clock(rq);
		p->sched_class->update_curr(rq);
	}
	charge(p, &p->utime, &rq->times.user);
	task_rq_unlock(rq, flags);
}

u64 task_sched_runtime(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	u64 ns;

	if (rq->curr == p) {
		update_rq_clock(rq);
		p->sched_class->update_curr(rq);
	}
	ns = p->se.sum_exec_runtime;
	task_rq_unlock(rq, flags);
	return ns;
}

void task_cputime(struct task_struct *p, u64 *utime, u64 *stime)
{
	u64 total;

	if (p->exit_state) {	/* sched_exit() has settled the account */
		*utime = p->utime;
		*stime = p->stime;
		return;
	}
	total = task_sched_runtime(p);
	*stime = READ_ONCE(p->stime);
	*utime = total - *stime;
}

void thread_group_cputime(struct task_struct *p, u64 *utime, u64 *stime)
{
	struct task_struct *t;
	u64 u, s;

	*utime = p->signal->utime;
	*stime = p->signal->stime;
	for_each_thread(p, t) {
		task_cputime(t, &u, &s);
		*utime += u;
		*stime += s;
	}
}

void cpu_times_read(unsigned int cpu, struct cpu_times *out)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long flags = spin_lock_irqsave(&rq->lock);

	update_rq_clock(rq);
	rq->curr->sched_class->update_curr(rq);
	*out = rq->times;
	spin_unlock_irqrestore(&rq->lock, flags);
}
