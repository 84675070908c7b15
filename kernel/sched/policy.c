/*
 * policy.c - system calls about scheduling policies. sched(7), sched_setscheduler(2), sched_setattr(2).
 *
 * All tasks are in the fair class: SCHED_NORMAL, SCHED_BATCH, which does not preempt, and SCHED_IDLE, which gets
 * what others leave. The real-time policies are known, and refused: EPERM to who would not have the
 * privilege, EINVAL as by a system that does not have them.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/err.h>
#include <tine/page.h>
#include <tine/syscalls.h>

#include "sched.h"

#define KEEP_POLICY	((u32)-1)	/* attr->sched_policy: that of the task, with its reset flag */

static bool fair_policy(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

static bool rt_policy(u32 policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* Contradictions: -EINVAL. attr->sched_policy is not KEEP_POLICY. */
static int check_attr(const struct sched_attr *attr)
{
	u32 policy = attr->sched_policy;

	if (!fair_policy(policy) && !rt_policy(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	if (attr->sched_flags & ~(u64)SCHED_FLAG_ALL)
		return -EINVAL;
	if (attr->sched_priority >= MAX_RT_PRIO || rt_policy(policy) != (attr->sched_priority != 0))
		return -EINVAL;
	return 0;
}

/* sched(7), "Privileges and resource limits" */
static bool may_set(struct task_struct *p, const struct sched_attr *attr)
{
	bool allowed = fair_policy(attr->sched_policy);

	if (allowed && attr->sched_nice < task_nice(p))
		allowed = limit_allows_nice(attr->sched_nice);
	/* leaving SCHED_IDLE is a gain of priority */
	if (p->policy == SCHED_IDLE && attr->sched_policy != SCHED_IDLE)
		allowed = allowed && limit_allows_nice(task_nice(p));
	if (p->sched_reset_on_fork && !(attr->sched_flags & SCHED_FLAG_RESET_ON_FORK))
		allowed = false;
	return (allowed && owns_task(p)) || capable(CAP_SYS_NICE);
}

/* The change itself, for one of the fair policies. */
static void apply(struct task_struct *p, const struct sched_attr *attr)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	update_rq_clock(rq);
	p->sched_reset_on_fork = attr->sched_flags & SCHED_FLAG_RESET_ON_FORK;
	if (!(attr->sched_flags & SCHED_FLAG_KEEP_PARAMS)) {	/* on Linux it keeps the policy as well */
		p->policy = attr->sched_policy;
		p->static_prio = p->prio = p->normal_prio = NICE_TO_PRIO(attr->sched_nice);
	}
	if (p->sched_class->reweight_task)
		p->sched_class->reweight_task(rq, p);
	if (p->on_rq)
		resched_curr(rq);
	task_rq_unlock(rq, flags);
}

static long set_attr(struct task_struct *p, struct sched_attr *attr)
{
	int err;

	if (attr->sched_policy == KEEP_POLICY) {
		attr->sched_policy = p->policy;
		attr->sched_flags &= ~(u64)SCHED_FLAG_RESET_ON_FORK;
		if (p->sched_reset_on_fork)
			attr->sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	}
	err = check_attr(attr);
	if (err)
		return err;
	if (!may_set(p, attr))
		return -EPERM;
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP)
		return -EOPNOTSUPP;
	if (!fair_policy(attr->sched_policy))
		return -EINVAL;
	apply(p, attr);
	return 0;
}

/* @policy as sched_setscheduler(2) has it, with the flag inside. */
static long set_scheduler(pid_t pid, u32 policy, const int __user *priority)
{
	struct sched_attr attr = { .sched_policy = policy };
	struct task_struct *p;
	long ret;

	if (!priority || pid < 0)
		return -EINVAL;
	if (get_user(attr.sched_priority, (const u32 __user *)priority))
		return -EFAULT;
	if (policy != KEEP_POLICY && (policy & SCHED_RESET_ON_FORK)) {
		attr.sched_flags = SCHED_FLAG_RESET_ON_FORK;
		attr.sched_policy &= ~(u32)SCHED_RESET_ON_FORK;
	}
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p);
	attr.sched_nice = task_nice(p);
	ret = set_attr(p, &attr);
	put_task_struct(p);
	return ret;
}

long sys_sched_setscheduler(pid_t pid, int policy, const int __user *priority)
{
	return policy < 0 ? -EINVAL : set_scheduler(pid, (u32)policy, priority);
}

long sys_sched_setparam(pid_t pid, const int __user *priority)
{
	return set_scheduler(pid, KEEP_POLICY, priority);
}

long sys_sched_getscheduler(pid_t pid)
{
	struct task_struct *p = get_task_by_pid_arg(pid);
	long policy;

	if (IS_ERR(p))
		return PTR_ERR(p);
	policy = p->policy | (p->sched_reset_on_fork ? SCHED_RESET_ON_FORK : 0);
	put_task_struct(p);
	return policy;
}

long sys_sched_getparam(pid_t pid, int __user *priority)
{
	struct task_struct *p;
	int value;

	if (!priority || pid < 0)
		return -EINVAL;
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p);
	value = (int)p->rt_priority;
	put_task_struct(p);
	return put_user(value, priority) ? -EFAULT : 0;
}

/* What the program wants, from a structure whose first field says how long it is. */
static int copy_attr(struct sched_attr *attr, struct sched_attr __user *uattr)
{
	int err = -E2BIG;
	u32 size;

	if (get_user(size, &uattr->size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size >= SCHED_ATTR_SIZE_VER0 && size <= PAGE_SIZE)
		err = copy_struct_from_user(attr, sizeof(*attr), uattr, size);
	if (err == -E2BIG && put_user((u32)sizeof(*attr), &uattr->size))
		return -EFAULT;
	if (err)
		return err;
	if ((attr->sched_flags & SCHED_FLAG_UTIL_CLAMP) && size < SCHED_ATTR_SIZE_VER1)
		return -EINVAL;
	attr->sched_nice = max(MIN_NICE, min(MAX_NICE, attr->sched_nice));
	return 0;
}

long sys_sched_setattr(pid_t pid, struct sched_attr __user *uattr, unsigned int flags)
{
	struct sched_attr attr;
	struct task_struct *p;
	long ret;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	ret = copy_attr(&attr, uattr);
	if (ret)
		return ret;
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	if (attr.sched_flags & SCHED_FLAG_KEEP_POLICY)
		attr.sched_policy = KEEP_POLICY;
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p);
	if (attr.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		attr.sched_nice = task_nice(p);
		attr.sched_priority = p->rt_priority;
	}
	ret = set_attr(p, &attr);
	put_task_struct(p);
	return ret;
}

long sys_sched_getattr(pid_t pid, struct sched_attr __user *uattr, unsigned int size, unsigned int flags)
{
	struct sched_attr attr = { .size = min_t(u32, size, sizeof(attr)) };
	struct task_struct *p;

	if (!uattr || pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	p = get_task_by_pid_arg(pid);
	if (IS_ERR(p))
		return PTR_ERR(p);
	attr.sched_policy = p->policy;
	attr.sched_flags = p->sched_reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	attr.sched_nice = task_nice(p);
	put_task_struct(p);
	return copy_to_user(uattr, &attr, attr.size) ? -EFAULT : 0;
}

/* The range of sched_priority of a policy: @real_time for the two that have one. */
static long priority_limit(int policy, long real_time)
{
	if (policy < 0)
		return -EINVAL;
	if (rt_policy((u32)policy))
		return real_time;
	return fair_policy((u32)policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_max(int policy)
{
	return priority_limit(policy, MAX_RT_PRIO - 1);
}

long sys_sched_get_priority_min(int policy)
{
	return priority_limit(policy, 1);
}

/* In whole ticks, of what the task would get now: sched_rr_get_interval(2). */
long sys_sched_rr_get_interval(pid_t pid, struct __kernel_timespec __user *interval)
{
	struct task_struct *p = get_task_by_pid_arg(pid);
	struct __kernel_timespec ts;
	unsigned long flags;
	struct rq *rq;
	u64 slice;

	if (IS_ERR(p))
		return PTR_ERR(p);
	rq = task_rq_lock(p, &flags);
	slice = rq->cfs.load ? sched_slice(&rq->cfs, &p->se) : 0;
	task_rq_unlock(rq, flags);
	put_task_struct(p);
	ts = ns_to_timespec(slice / TICK_NSEC * TICK_NSEC);
	return copy_to_user(interval, &ts, sizeof(ts)) ? -EFAULT : 0;
}
