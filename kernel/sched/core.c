/*
 * core.c - choosing who runs, and switching to it.
 *
 * Each CPU has a run queue (struct rq) under a lock of its own, taken with interrupts off. A task
 * belongs to the queue of task->cpu, also while it sleeps: whoever changes its scheduling state
 * takes that lock first (task_rq_lock). task->cpu changes only while the task is off the queue.
 *
 * The life of a switch: schedule() takes the lock of this CPU's queue, takes the running task off
 * the queue if it wants to sleep, asks the classes by rank who is next, and switches stacks. The
 * lock is held across the switch and released by the next task, in finish_task_switch(): so
 * whoever holds the lock and finds a task off the queue knows that its stack is not in use any
 * more. A new task comes to life in schedule_tail() and does the same there.
 *
 * Preemption count: it belongs to the CPU, not to the task, so every task must be switched out at
 * the same depth: 2, one of schedule() and one of the lock. The idle task, and the boot code
 * before it, run with preemption off (depth 1) and call schedule_idle().
 *
 * No printk() with a run queue locked: a console may want to wake somebody.
 */

#include <tine/mm.h>
#include <tine/syscalls.h>
#include <arch/uaccess.h>
#include "sched.h"

DEFINE_PER_CPU(struct rq, runqueues);
DEFINE_PER_CPU(bool, resched_pending);

enum schedule_mode {
	SM_WAIT,		/* the task called schedule(): if its state is not 0 it sleeps */
	SM_PREEMPT,		/* it is taken off the CPU in whatever state and goes on later */
};

/*
 * Have the running task of @rq replaced soon. A CPU other than this one notices at its next
 * interrupt. rq->lock held.
 */
void resched_curr(struct rq *rq)
{
	if (test_tsk_thread_flag(rq->curr, TIF_NEED_RESCHED))
		return;
	set_tsk_thread_flag(rq->curr, TIF_NEED_RESCHED);
	WRITE_ONCE(per_cpu(resched_pending, rq->cpu), true);
}

static inline void clear_resched(struct task_struct *prev)
{
	if (this_cpu_read(resched_pending)) {
		clear_tsk_thread_flag(prev, TIF_NEED_RESCHED);
		this_cpu_write(resched_pending, false);
	}
}

void activate_task(struct rq *rq, struct task_struct *p, unsigned int flags)
{
	p->sched_class->enqueue_task(rq, p, flags);
	p->on_rq = true;
	rq->nr_running++;
}

static void deactivate_task(struct rq *rq, struct task_struct *p)
{
	p->on_rq = false;
	rq->nr_running--;
	if (p->state & TASK_UNINTERRUPTIBLE)
		rq->nr_uninterruptible++;
	p->sched_class->dequeue_task(rq, p, DEQUEUE_SLEEP);
}

/*
 * @p became runnable on @rq: should it replace who runs there? A task that exits is spared two switches: it
 * soon leaves the CPU by itself, and what it wakes (vfork's parent, who joins a thread) often waits for
 * exactly that. If its end takes long, the tick replaces it.
 */
void check_preempt_curr(struct rq *rq, struct task_struct *p)
{
	const struct sched_class *running = rq->curr->sched_class;

	if (rq->curr->flags & PF_EXITING)
		return;
	if (p->sched_class == running)
		running->check_preempt_curr(rq, p);
	else if (p->sched_class->rank > running->rank)
		resched_curr(rq);
}

static inline struct task_struct *pick_next_task(struct rq *rq, struct task_struct *prev)
{
	const struct sched_class *class;
	struct task_struct *next = NULL;

	prev->sched_class->put_prev_task(rq, prev);
	for (class = sched_class_highest; !next; class = class->next)
		next = class->pick_next_task(rq);	/* the idle class, the last, always has one */
	return next;
}

/* A signal that came between the last look and schedule() keeps the task from sleeping. */
static inline bool signal_keeps_awake(struct task_struct *p)
{
	if (likely(!test_tsk_thread_flag(p, TIF_SIGPENDING)))
		return false;
	if (p->state & TASK_INTERRUPTIBLE)
		return true;
	return (p->state & TASK_WAKEKILL) && fatal_signal_pending(p);
}

/*
 * On the stack of the task switched to: release what @prev left. Returns with interrupts on and
 * the preemption count at 1.
 */
static void finish_task_switch(struct task_struct *prev)
{
	struct rq *rq = this_rq();
	struct mm_struct *mm = rq->prev_mm;
	/* Off the queue too: a task preempted on its way to its last schedule() is not gone yet. */
	bool dead = unlikely(prev->state == TASK_DEAD) && !prev->on_rq;

	rq->prev_mm = NULL;
	smp_store_release(&prev->on_cpu, 0);
	smp_store_release(&rq->lock.locked, 0U);
	preempt_enable_no_resched();
	local_irq_enable();
	if (mm)
		mmdrop(mm);
	if (dead) {
		put_task_stack(prev);
		put_task_struct(prev);
	}
}

/*
 * A task without an address space (kernel thread, or past exit_mm()) keeps what is loaded, and a
 * reference to it: @prev's borrowed reference is handed on, or a new one is taken. Whoever
 * loads its own address space next drops the borrowed one after the switch.
 */
static inline void switch_address_space(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	struct mm_struct *loaded = prev->active_mm;

	if (!next->mm) {
		next->active_mm = loaded;
		if (prev->mm)
			mmgrab(loaded);
		else
			prev->active_mm = NULL;
		return;
	}
	switch_mm(loaded, next->mm);
	next->active_mm = next->mm;
	if (!prev->mm) {
		prev->active_mm = NULL;
		rq->prev_mm = loaded;
	}
}

static inline void context_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	rq->nr_switches++;
	rq->curr = next;
	next->on_cpu = 1;
	switch_address_space(rq, prev, next);
	prev = switch_to(prev, next);	/* sets current, too */
	/* Perhaps on another CPU than before, and certainly much later. */
	finish_task_switch(prev);
}

/* Called with preemption off exactly once; returns so, with interrupts on. */
static void __schedule(enum schedule_mode mode)
{
	struct task_struct *prev, *next;
	struct rq *rq;

	if (unlikely(this_cpu_read(preempt_count) != PREEMPT_OFFSET))
		panic("schedule() while the preemption count is %#x", this_cpu_read(preempt_count));
	local_irq_disable();
	rq = this_rq();
	spin_lock(&rq->lock);
	rq->clock = clock_read();
	prev = rq->curr;
	debug_assert(prev->flags & PF_IDLE || *(unsigned long *)prev->stack == STACK_END_MAGIC);

	if (mode == SM_WAIT && prev->state != TASK_RUNNING) {
		if (signal_keeps_awake(prev)) {
			prev->state = TASK_RUNNING;
		} else {
			deactivate_task(rq, prev);
			prev->nvcsw++;
		}
	}
	next = pick_next_task(rq, prev);
	clear_resched(prev);
	if (likely(prev != next)) {
		if (prev->on_rq)
			prev->nivcsw++;
		context_switch(rq, prev, next);
	} else {
		smp_store_release(&rq->lock.locked, 0U);
		preempt_enable_no_resched();
		local_irq_enable();
	}
}

/* Let others run; if the state of the running task is not TASK_RUNNING, until it is woken. May sleep. */
void schedule(void)
{
	do {
		preempt_disable();
		__schedule(SM_WAIT);
		preempt_enable_no_resched();
	} while (unlikely(need_resched()));
}

void schedule_idle(void)
{
	do {
		__schedule(SM_WAIT);
	} while (need_resched());
}

/*
 * preempt_enable() found that a switch is due. With interrupts off it must wait: whoever turned
 * them off relies on staying on this CPU. The next interrupt or return to user space sees to it.
 */
void preempt_check(void)
{
	while (need_resched() && preemptible() && !irqs_disabled()) {
		preempt_disable();
		__schedule(SM_PREEMPT);
		preempt_enable_no_resched();
	}
}

/*
 * At the end of an interrupt that hit kernel code, when the preemption count is 0 and a switch is
 * due. Called by the entry code with interrupts off, returns so.
 */
void preempt_schedule_irq(void)
{
	do {
		preempt_disable();
		__schedule(SM_PREEMPT);
		local_irq_disable();
		preempt_enable_no_resched();
	} while (need_resched());
}

/*
 * The first C code of a new task: complete the switch to it and store its number where
 * CLONE_CHILD_SETTID asked for it. A bad pointer there is the program's own affair: clone(2).
 */
fork_path void schedule_tail(struct task_struct *prev)
{
	finish_task_switch(prev);
	preempt_enable();
	if (current->set_child_tid && put_user(current->pid, current->set_child_tid))
		current->set_child_tid = NULL;
}

/* The last schedule() of a task; preemption may be off once already. See sched.h. */
void do_task_dead(void)
{
	if (preemptible())
		preempt_disable();
	set_current_state(TASK_DEAD);
	__schedule(SM_WAIT);
	panic("a dead task runs");
}

static void rq_check(struct rq *rq)
{
	const char *bad = NULL;
	unsigned long flags = spin_lock_irqsave(&rq->lock);

	if (rq->nr_running != rq->cfs.nr_running)
		bad = "nr_running differs from the sum over the classes";
	else
		bad = fair_check(rq);
	spin_unlock_irqrestore(&rq->lock, flags);
	if (bad)
		panic("run queue of CPU %u: %s", rq->cpu, bad);
}

/* HZ times a second on each CPU that is not idle. Interrupts off. */
void scheduler_tick(bool user_mode)
{
	struct rq *rq = this_rq();
	struct task_struct *curr;

	spin_lock(&rq->lock);
	rq->clock = clock_read();
	curr = rq->curr;
	curr->sched_class->task_tick(rq, curr);
	account_tick(rq, curr, user_mode);
	spin_unlock(&rq->lock);

	/* A thread that buries itself may have no signal_struct any more; nobody else sets its exit_state. */
	if (!(curr->flags & (PF_IDLE | PF_KTHREAD)) && !curr->exit_state)
		itimer_tick(curr);
	if (smp_processor_id() == 0)
		loadavg_tick(rq->clock);
	if (IS_DEBUG)
		rq_check(rq);
}

/*
 * Runs once for each CPU, on the boot CPU, with nothing locked. The running (or future) context of
 * @cpu is its idle task: what it runs when nothing else wants to. From here on it is not preempted.
 */
void init_idle(struct task_struct *idle, unsigned int cpu)
{
	struct rq *rq = cpu_rq(cpu);

	per_cpu(preempt_count, cpu) = PREEMPT_OFFSET;
	spin_lock_init(&rq->lock);
	rq->cpu = cpu;
	init_cfs_rq(&rq->cfs);

	idle->flags |= PF_IDLE | PF_KTHREAD;
	idle->cpu = cpu;
	idle->state = TASK_RUNNING;
	idle->sched_class = &idle_sched_class;
	idle->on_cpu = 1;
	idle->on_rq = true;
	set_load_weight(idle);
	idle->se.exec_start = clock_read();
	/* Until it runs something else the CPU has the kernel's own tables loaded. */
	mmgrab(&init_mm);
	idle->active_mm = &init_mm;
	rq->idle = rq->curr = idle;
}

void sched_init(void)
{
	init_idle(init_task, smp_processor_id());
}

unsigned int nr_running(void)
{
	unsigned int cpu, sum = 0;

	for_each_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_running);
	return sum;
}

unsigned long nr_context_switches(void)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_cpu(cpu)
		sum += READ_ONCE(cpu_rq(cpu)->nr_switches);
	return sum;
}

/* proc(5), /proc/PID/stat, field "state". */
char task_state_char(struct task_struct *p)
{
	unsigned int state = READ_ONCE(p->state);

	if (READ_ONCE(p->exit_state) == EXIT_ZOMBIE)
		return 'Z';
	if (READ_ONCE(p->exit_state) == EXIT_DEAD || state == TASK_DEAD)
		return 'X';
	if (state & TASK_STOPPED_BIT)
		return 'T';
	if (state & TASK_UNINTERRUPTIBLE)
		return 'D';
	return state & TASK_INTERRUPTIBLE ? 'S' : 'R';
}
