/*
 * syscalls.c - system calls about nice values and CPUs. sched(7), getpriority(2). Policies: policy.c.
 */

#include <tine/bitmap.h>
#include <tine/cred.h>
#include <tine/err.h>
#include <tine/syscalls.h>
#include <arch/uaccess.h>
#include "sched.h"

int task_nice(const struct task_struct *p)
{
	return PRIO_TO_NICE(p->static_prio);
}

/* A higher weight may preempt who runs; a lower one may have to make room. */
void set_user_nice(struct task_struct *p, int nice)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	int old = p->static_prio;

	p->static_prio = p->prio = p->normal_prio = NICE_TO_PRIO(nice);
	update_rq_clock(rq);
	if (p->sched_class->reweight_task)
		p->sched_class->reweight_task(rq, p);
	if (rq->curr == p && p->static_prio > old)
		resched_curr(rq);
	else if (rq->curr != p && p->on_rq && p->static_prio < old)
		check_preempt_curr(rq, p);
	task_rq_unlock(rq, flags);
}

long sys_sched_yield(void)
{
	unsigned long flags = local_irq_save();
	struct rq *rq = this_rq();
	bool alone;

	spin_lock(&rq->lock);
	alone = rq->nr_running == 1;
	if (!alone) {
		update_rq_clock(rq);
		rq->curr->sched_class->yield_task(rq);
	}
	task_rq_unlock(rq, flags);
	if (!alone)
		schedule();
	return 0;
}

struct task_struct *get_task_by_pid_arg(pid_t pid)
{
	struct task_struct *p;

	if (pid < 0)
		return ERR_PTR(-EINVAL);
	if (pid == 0) {
		get_task_struct(current);
		return current;
	}
	p = find_get_task_by_vpid(pid);
	return p ? p : ERR_PTR(-ESRCH);
}

/* RLIMIT_NICE counts upwards from 1 (nice 19) to 40 (nice -20): getrlimit(2). */
bool limit_allows_nice(int nice)
{
	return (u64)(20 - nice) <= READ_ONCE(current->signal->rlim[RLIMIT_NICE].rlim_cur);
}

bool owns_task(struct task_struct *p)
{
	const struct cred *cred = get_task_cred(p);
	bool same = cred->uid == current_euid() || cred->euid == current_euid();

	put_cred(cred);
	return same;
}

/* May the caller change how @p is scheduled? setpriority(2), "EPERM"; sched_setaffinity(2). */
static bool may_schedule(struct task_struct *p)
{
	return owns_task(p) || capable(CAP_SYS_NICE);
}

/* The CPUs that exist. */
static u64 online_cpus(void)
{
	return nr_cpu_ids >= 64 ? ~0UL : BIT(nr_cpu_ids) - 1;
}

long sys_sched_getaffinity(pid_t pid, unsigned int len, unsigned long __user *mask)
{
	struct task_struct *p;
	unsigned long bits;

	if (len * 8UL < nr_cpu_ids || len % sizeof(bits) != 0)
		return -EINVAL;
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p) == -EINVAL ? -ESRCH : PTR_ERR(p);
	bits = READ_ONCE(p->cpus_allowed) & online_cpus();
	put_task_struct(p);
	if (copy_to_user(mask, &bits, sizeof(bits)))
		return -EFAULT;
	return sizeof(bits);
}

/*
 * The mask counts from the next wake-up on. A task that runs on a CPU which it may not use any
 * more stays there until it has slept.
 */
static long set_cpus_allowed(struct task_struct *p, u64 allowed)
{
	unsigned long flags;
	struct rq *rq;

	if (!(allowed & online_cpus()))
		return -EINVAL;
	rq = task_rq_lock(p, &flags);
	p->cpus_allowed = allowed;
	p->nr_cpus_allowed = bitmap_weight(&allowed, NR_CPUS);
	task_rq_unlock(rq, flags);
	return 0;
}

long sys_sched_setaffinity(pid_t pid, unsigned int len, const unsigned long __user *mask)
{
	struct task_struct *p;
	unsigned long bits = 0;
	long ret = -EPERM;

	if (copy_from_user(&bits, mask, min_t(size_t, len, sizeof(bits))))
		return -EFAULT;
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p) == -EINVAL ? -ESRCH : PTR_ERR(p);
	if (may_schedule(p))
		ret = set_cpus_allowed(p, bits);
	put_task_struct(p);
	return ret;
}

/* What getpriority(2) or setpriority(2) does to each of the tasks that it names. */
struct prio_walk {
	void (*act)(struct task_struct *p, struct prio_walk *walk);
	int nice;
	long result;
};

/* One success hides errors, a later error an earlier one: as Linux does. */
static void set_one_prio(struct task_struct *p, struct prio_walk *walk)
{
	if (!may_schedule(p)) {
		walk->result = -EPERM;
	} else if (walk->nice < task_nice(p) && !limit_allows_nice(walk->nice) &&
		   !capable(CAP_SYS_NICE)) {
		walk->result = -EACCES;
	} else {
		if (walk->result == -ESRCH)
			walk->result = 0;
		set_user_nice(p, walk->nice);
	}
}

/* The best of all, as 20 - nice, so that it is never negative. */
static void get_one_prio(struct task_struct *p, struct prio_walk *walk)
{
	long value = 20 - task_nice(p);

	if (value > walk->result)
		walk->result = value;
}

static void walk_threads(struct task_struct *leader, struct prio_walk *walk)
{
	struct task_struct *t;

	for_each_thread(leader, t)
		walk->act(t, walk);
}

static void walk_pgrp(int who, struct prio_walk *walk)
{
	struct pid *pgrp = who ? find_pid(who) : current->signal->pids[PIDTYPE_PGID];
	struct task_struct *p;

	if (!pgrp)
		return;
	pid_for_each_task(pgrp, PIDTYPE_PGID, p)
		walk_threads(p, walk);
}

static void walk_user(uid_t uid, struct prio_walk *walk)
{
	struct task_struct *p, *t;

	for_each_process(p) {
		for_each_thread(p, t) {
			const struct cred *cred = get_task_cred(t);
			bool mine = cred->uid == uid;

			put_cred(cred);
			if (mine)
				walk->act(t, walk);
		}
	}
}

/* -EINVAL for an unknown @which; else walk->result, which stays -ESRCH if nobody is meant. */
static long walk_priorities(int which, int who, struct prio_walk *walk)
{
	struct task_struct *p;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	walk->result = -ESRCH;
	spin_lock_irq(&tasklist_lock);
	switch (which) {
	case PRIO_PROCESS:
		p = who ? find_task_by_vpid(who) : current;
		if (p)
			walk->act(p, walk);
		break;
	case PRIO_PGRP:
		walk_pgrp(who, walk);
		break;
	case PRIO_USER:
		walk_user(who ? (uid_t)who : current_uid(), walk);
		break;
	}
	spin_unlock_irq(&tasklist_lock);
	return walk->result;
}

long sys_getpriority(int which, int who)
{
	struct prio_walk walk = { .act = get_one_prio };

	return walk_priorities(which, who, &walk);
}

long sys_setpriority(int which, int who, int nice)
{
	struct prio_walk walk = { .act = set_one_prio };

	walk.nice = max(MIN_NICE, min(MAX_NICE, nice));
	return walk_priorities(which, who, &walk);
}

long sys_getcpu(unsigned int __user *cpu, unsigned int __user *node, void __user *cache)
{
	unsigned int here = smp_processor_id();

	if (cpu && put_user(here, cpu))
		return -EFAULT;
	if (node && put_user(0U, node))
		return -EFAULT;
	return 0;
}
