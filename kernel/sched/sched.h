/*
 * sched.h - what the files of kernel/sched/ share; nobody else includes it.
 *
 * Letter at fields: (r) lock of the run queue that holds the field. Readers that can live with a
 * value of a moment ago (statistics, choosing a CPU) read without it, with READ_ONCE().
 * Lock order: all other locks, then the lock of one run queue. No function here holds two.
 */
#pragma once

#include <tine/printk.h>
#include <tine/sched.h>

/* task_struct.state while try_to_wake_up() moves the task to another run queue: nobody wakes it twice. */
#define TASK_WAKING	0x200

/* For sched_class.enqueue_task() and dequeue_task(). */
#define ENQUEUE_WAKEUP	0x1	/* it slept: it may get credit */
#define DEQUEUE_SLEEP	0x2	/* it goes to sleep, or dies */

/* Why a task becomes runnable: for select_task_rq() and check_preempt_curr(). */
#define WF_FORK		0x1
#define WF_TTWU		0x2

#define MIN_NICE	(-20)
#define MAX_NICE	19

/* Time slices, in ns. sched_latency: every runnable task runs once in it, while each gets min_granularity. */
#define SCHED_LATENCY		(6 * NSEC_PER_MSEC)
#define SCHED_MIN_GRANULARITY	(SCHED_LATENCY / SCHED_NR_LATENCY)
#define SCHED_NR_LATENCY	8
#define SCHED_WAKEUP_GRANULARITY (1 * NSEC_PER_MSEC)

/* The fair class's part of a run queue. */
struct cfs_rq {
	u64 load;			/* (r) sum of the weights of all entities that are on_rq */
	unsigned int nr_running;	/* (r) entities on_rq, the running one included */
	u64 min_vruntime;		/* (r) ns, weighted; never goes back */
	struct rb_root_cached timeline;	/* (r) by vruntime; the running entity is not in it */
	struct sched_entity *curr;	/* (r) NULL while another class runs */
	u64 checked_min_vruntime;	/* (r) what fair_check() saw last */
};

struct rq {
	spinlock_t lock;		/* irqs off */
	unsigned int cpu;		/* constant */
	unsigned int nr_running;	/* (r) tasks with on_rq, the idle task not counted */
	int nr_uninterruptible;		/* (r) slept here minus woken here: only the sum over CPUs means something */
	struct task_struct *curr;	/* (r) */
	struct task_struct *idle;	/* constant */
	struct mm_struct *prev_mm;	/* (r) borrowed by the task switched out, to be dropped */
	u64 clock;			/* (r) ns, read when the lock was taken */
	unsigned long nr_switches;	/* (r) */
	struct cpu_times times;		/* (r) ns; what the running task has not been charged yet is missing */
	struct cfs_rq cfs;
};

DECLARE_PER_CPU(struct rq, runqueues);

#define cpu_rq(cpu)	per_cpu_ptr(&runqueues, cpu)
#define this_rq()	this_cpu_ptr(&runqueues)

/*
 * A scheduling policy. All functions are called with rq->lock held and rq->clock up to date.
 * The classes form a list by falling rank; a runnable task of a higher class always goes first.
 */
struct sched_class {
	const struct sched_class *next;
	unsigned int rank;
	void (*enqueue_task)(struct rq *rq, struct task_struct *p, unsigned int flags);
	void (*dequeue_task)(struct rq *rq, struct task_struct *p, unsigned int flags);
	/* The running task asks to be put behind the others of its class. */
	void (*yield_task)(struct rq *rq);
	/* @p, of this class as the running task is, became runnable: resched_curr() if it should run now. */
	void (*check_preempt_curr)(struct rq *rq, struct task_struct *p);
	/* Who runs next, made ready to run; NULL if the class has nobody. */
	struct task_struct *(*pick_next_task)(struct rq *rq);
	void (*put_prev_task)(struct rq *rq, struct task_struct *p);
	void (*task_tick)(struct rq *rq, struct task_struct *p);
	/* Place the child @p of the running task; it is not attached to a run queue yet. */
	void (*task_fork)(struct rq *rq, struct task_struct *p);
	/* Make the position of @p, which is off the run queue, independent of @rq, or relative to it again. */
	void (*detach_task)(struct rq *rq, struct task_struct *p);
	void (*attach_task)(struct rq *rq, struct task_struct *p);
	/* Charge the running task up to rq->clock. */
	void (*update_curr)(struct rq *rq);
	/* The priority of @p changed. */
	void (*reweight_task)(struct rq *rq, struct task_struct *p);
};

extern const struct sched_class fair_sched_class, idle_sched_class;
#define sched_class_highest (&fair_sched_class)

/* ---- fair.c ---- */
void init_cfs_rq(struct cfs_rq *cfs);
/* The weight that belongs to p->static_prio and p->policy. */
void set_load_weight(struct task_struct *p);
/* ns that @se may run before another must have its turn. */
u64 sched_slice(const struct cfs_rq *cfs, const struct sched_entity *se);
/* What is wrong with the queue, in words; NULL if nothing is. Takes time in proportion to the queue. */
const char *fair_check(struct rq *rq);

/* ---- core.c ---- */
void resched_curr(struct rq *rq);
void activate_task(struct rq *rq, struct task_struct *p, unsigned int flags);
void check_preempt_curr(struct rq *rq, struct task_struct *p);
/* schedule() for the idle loop, which runs with preemption off. */
void schedule_idle(void);

/* ---- syscalls.c ---- */
/* The task with a reference: 0 means the caller. -EINVAL below 0, -ESRCH. */
struct task_struct *get_task_by_pid_arg(pid_t pid);
/* Is the caller's effective user the real or effective one of @p? */
bool owns_task(struct task_struct *p);
bool limit_allows_nice(int nice);	/* RLIMIT_NICE of the caller */

/* ---- cputime.c ---- */
/* Charge what @p, running, consumed since the last time to user or system time. rq->lock held. */
void account_tick(struct rq *rq, struct task_struct *p, bool user_mode);
/* ---- loadavg.c ---- */
void loadavg_tick(ktime_t now);

static inline void update_rq_clock(struct rq *rq)
{
	rq->clock = clock_read();
}

/* Lock the queue that @p belongs to, wherever it moves meanwhile. Inline: every wake-up does it. */
static force_inline struct rq *task_rq_lock(struct task_struct *p, unsigned long *flags)
{
	for (;;) {
		struct rq *rq = cpu_rq(READ_ONCE(p->cpu));

		*flags = spin_lock_irqsave(&rq->lock);
		if (likely(rq->cpu == READ_ONCE(p->cpu)))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

static force_inline void task_rq_unlock(struct rq *rq, unsigned long flags)
{
	spin_unlock_irqrestore(&rq->lock, flags);
}

static inline bool cpu_allowed(const struct task_struct *p, unsigned int cpu)
{
	return (p->cpus_allowed >> cpu) & 1;
}
