/*
 * wakeup.c - making tasks runnable: wake-ups, and the first start of a child.
 *
 * Why no wake-up is lost:
 *
 *	sleeper					waker
 *	state = TASK_INTERRUPTIBLE		condition = true
 *	full barrier (set_current_state)	full barrier (taking rq->lock)
 *	if (!condition) schedule()		if (state & TASK_NORMAL) make it runnable
 *
 * At least one of the two sees what the other wrote. schedule() looks at the state again under
 * rq->lock, which the waker holds while it resets it: so either the task is taken off the queue
 * first and then woken, or it is never taken off.
 */

#include "sched.h"

static inline bool cpu_idle(unsigned int cpu)
{
	return READ_ONCE(cpu_rq(cpu)->nr_running) == 0;
}

/* The CPU in @allowed with the fewest runnable tasks; @cpu if no other has fewer. */
static unsigned int find_idlest_cpu(u64 allowed, unsigned int cpu)
{
	unsigned int least = ~0U, best = cpu, i;

	if (allowed & BIT(cpu))
		least = READ_ONCE(cpu_rq(cpu)->nr_running);
	for_each_cpu(i) {
		if ((allowed & BIT(i)) && READ_ONCE(cpu_rq(i)->nr_running) < least) {
			least = READ_ONCE(cpu_rq(i)->nr_running);
			best = i;
		}
	}
	return best;
}

/*
 * Where @p is to run, among cpus_allowed. A new child goes to the CPU with the least to do, its
 * parent's among equals; a sleeper back to where it ran (@cpu), unless that is busy and another
 * is idle. Looks at other queues without their locks: a choice that turns out second best does no
 * harm.
 */
static fork_path unsigned int select_task_rq(struct task_struct *p, unsigned int cpu, unsigned int flags)
{
	if (likely(nr_cpu_ids == 1))
		return 0;
	if (!(flags & WF_FORK) && cpu_allowed(p, cpu) && cpu_idle(cpu))
		return cpu;
	return find_idlest_cpu(p->cpus_allowed, cpu);
}

/*
 * @p is off the run queue and nobody else can make it runnable (TASK_NEW, TASK_WAKING). Move it
 * from @rq, locked, to the queue where it is to run, and return that, locked. cpus_allowed may
 * change while neither lock is held: look again.
 */
static struct rq *move_to_selected_rq(struct rq *rq, struct task_struct *p, unsigned int flags)
{
	unsigned int cpu = select_task_rq(p, p->cpu, flags);

	if (likely(cpu == rq->cpu))
		return rq;
	p->sched_class->detach_task(rq, p);
	do {
		WRITE_ONCE(p->cpu, cpu);
		spin_unlock(&rq->lock);
		rq = cpu_rq(cpu);
		spin_lock(&rq->lock);
		cpu = select_task_rq(p, p->cpu, flags);
	} while (!cpu_allowed(p, rq->cpu));
	update_rq_clock(rq);
	p->sched_class->attach_task(rq, p);
	return rq;
}

int try_to_wake_up(struct task_struct *p, unsigned int state)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (!(p->state & state)) {
		task_rq_unlock(rq, flags);
		return 0;
	}
	if (p->on_rq) {		/* it has not gone to sleep yet */
		p->state = TASK_RUNNING;
	} else {
		if (p->state & TASK_UNINTERRUPTIBLE)
			rq->nr_uninterruptible--;
		p->state = TASK_WAKING;
		update_rq_clock(rq);
		rq = move_to_selected_rq(rq, p, WF_TTWU);
		activate_task(rq, p, ENQUEUE_WAKEUP);
		p->state = TASK_RUNNING;
		check_preempt_curr(rq, p);
	}
	task_rq_unlock(rq, flags);
	return 1;
}

int wake_up_process(struct task_struct *p)
{
	return try_to_wake_up(p, TASK_NORMAL);
}

int wake_up_state(struct task_struct *p, unsigned int state)
{
	return try_to_wake_up(p, state);
}

/* sched_setscheduler(2), SCHED_RESET_ON_FORK: privileges over others are not inherited. */
static void reset_inherited_priority(struct task_struct *p)
{
	if (p->policy == SCHED_FIFO || p->policy == SCHED_RR) {
		p->policy = SCHED_NORMAL;
		p->static_prio = DEFAULT_PRIO;
		p->rt_priority = 0;
	} else if (PRIO_TO_NICE(p->static_prio) < 0) {
		p->static_prio = DEFAULT_PRIO;
	}
	set_load_weight(p);
	p->sched_reset_on_fork = false;
}

/* The child starts with nothing consumed and belongs to no queue. */
static void clear_inherited_accounts(struct task_struct *p)
{
	struct load_weight load = p->se.load;

	p->se = (struct sched_entity){ .load = load };
	p->on_rq = false;
	p->on_cpu = 0;
	p->nvcsw = p->nivcsw = 0;
	p->utime = p->stime = 0;
	p->thread_info.flags &= ~BIT(TIF_NEED_RESCHED);
}

/*
 * -EAGAIN for a deadline task without SCHED_RESET_ON_FORK, as sched(7) says: its reservation
 * cannot be had twice.
 */
fork_path int sched_fork(unsigned long clone_flags, struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	if (p->policy == SCHED_DEADLINE && !p->sched_reset_on_fork)
		return -EAGAIN;
	p->state = TASK_NEW;
	clear_inherited_accounts(p);
	if (unlikely(p->sched_reset_on_fork))
		reset_inherited_priority(p);
	p->prio = p->normal_prio = p->static_prio;
	p->sched_class = &fair_sched_class;

	flags = local_irq_save();
	rq = this_rq();
	spin_lock(&rq->lock);
	update_rq_clock(rq);
	p->cpu = rq->cpu;
	p->sched_class->task_fork(rq, p);
	task_rq_unlock(rq, flags);
	return 0;
}

fork_path void wake_up_new_task(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	/* Nobody else touches a TASK_NEW task's place, so it is chosen without a lock. */
	p->cpu = select_task_rq(p, p->cpu, WF_FORK);
	rq = task_rq_lock(p, &flags);
	update_rq_clock(rq);
	p->sched_class->attach_task(rq, p);
	activate_task(rq, p, 0);
	p->state = TASK_RUNNING;
	check_preempt_curr(rq, p);
	task_rq_unlock(rq, flags);
}
