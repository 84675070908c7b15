/*
 * oom.c - memory is gone: one process must go so that the others can go on.
 *
 * The victim is the process with the most resident memory, never PID 1 as long as there is
 * another. It gets SIGKILL, and whoever needed the memory tries again. While a victim is still
 * on its way out nobody else is chosen.
 *
 * Locks: oom_lock over the choice, so that two who need memory do not choose two victims; it is
 * the innermost mutex, and nothing is allocated under it. Tasks are visited by number with a
 * reference, since alloc_lock, which keeps an mm from going, is not taken under tasklist_lock.
 */
#include <tine/mm.h>
#include <tine/mutex.h>
#include <tine/printk.h>
#include <tine/sched.h>

static DEFINE_MUTEX(oom_lock);

/* The next thread from number *nr on, with a reference; NULL: there are no more. A leader may have gone before. */
static struct task_struct *next_thread(pid_t *nr)
{
	while ((*nr = next_pid(*nr)) >= 0) {
		struct task_struct *p = find_get_task_by_vpid((*nr)++);

		if (p)
			return p;
	}
	return NULL;
}

/* Resident pages; -1 for who has none, or has been chosen already and is on its way out. */
static long badness(struct task_struct *p, bool *dying)
{
	long rss = -1;

	task_lock(p);
	if (p->mm && !(p->flags & PF_KTHREAD))
		rss = get_mm_rss(p->mm);
	task_unlock(p);
	if (rss < 0)
		return -1;
	spin_lock_irq(&tasklist_lock);
	if (p->signal && (p->signal->flags & SIGNAL_GROUP_EXIT))
		*dying = true;
	spin_unlock_irq(&tasklist_lock);
	return rss;
}

/* With a reference, and its resident pages in *most; NULL: nobody. */
static struct task_struct *select_bad_process(long *most, bool *dying)
{
	struct task_struct *p, *worst = NULL;
	pid_t nr = 1;

	*most = -1;
	while ((p = next_thread(&nr))) {
		struct task_struct *loser = p;
		long rss = badness(p, dying);

		if (p->tgid == 1)	/* only when there is nobody else */
			rss = min(rss, 0L);
		if (rss > *most || (rss >= 0 && rss == *most && worst->tgid == 1)) {
			loser = worst;
			worst = p;
			*most = rss;
		}
		if (loser)
			put_task_struct(loser);
	}
	return worst;
}

static void oom_kill(struct task_struct *victim, long rss)
{
	printk("Out of memory: killed process %d (%s) with %ld KiB resident\n", victim->tgid, victim->comm,
	       rss * (long)(PAGE_SIZE / 1024));
	spin_lock_irq(&tasklist_lock);
	if (victim->signal)
		group_send_sig_info(SIGKILL, SEND_SIG_PRIV, victim);
	spin_unlock_irq(&tasklist_lock);
}

bool out_of_memory(void)
{
	struct task_struct *victim;
	bool dying = false, found;
	long rss;

	mutex_lock(&oom_lock);
	victim = select_bad_process(&rss, &dying);
	found = victim != NULL;
	if (victim && !dying)
		oom_kill(victim, rss);
	mutex_unlock(&oom_lock);
	if (victim)
		put_task_struct(victim);
	if (found && !fatal_signal_pending(current)) {
		/* let the victim run: it frees its memory when it exits */
		__set_current_state(TASK_KILLABLE);
		schedule_timeout_until(ktime_get() + NSEC_PER_MSEC);
	}
	return found;
}
