/*
 * oom.c - memory is gone: one process must go so that the others can go on.
 *
 * The victim is the process with the most resident memory, never PID 1 as long as there is
 * another. It gets SIGKILL, and whoever needed the memory tries again. While a victim is still
 * on its way out nobody else is chosen.
 *
 * Lock: tasklist_lock over the choice; rss is read without locks, as it is only an estimate.
 */
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/sched.h>

/* Resident pages; -1 for who cannot be chosen. A victim still dying: its mm is gone soon. */
static long badness(struct task_struct *p, bool *dying)
{
	long rss;

	if (p->flags & PF_KTHREAD)
		return -1;
	task_lock(p);
	rss = p->mm ? get_mm_rss(p->mm) : -1;
	task_unlock(p);
	if (rss >= 0 && (p->signal->flags & SIGNAL_GROUP_EXIT))
		*dying = true;
	return rss;
}

static struct task_struct *select_bad_process(bool *dying)
{
	struct task_struct *p, *worst = NULL;
	long most = -1;

	for_each_process(p) {
		long rss = badness(p, dying);

		if (p->pid == 1)	/* only when there is nobody else */
			rss = min(rss, 0L);
		if (rss > most || (rss >= 0 && rss == most && worst && worst->pid == 1)) {
			most = rss;
			worst = p;
		}
	}
	return worst;
}

bool out_of_memory(void)
{
	struct task_struct *victim;
	bool dying = false;

	spin_lock_irq(&tasklist_lock);
	victim = select_bad_process(&dying);
	if (victim && !dying) {
		printk("Out of memory: killed process %d (%s) with %ld KiB resident\n", victim->pid, victim->comm,
		       victim->mm ? get_mm_rss(victim->mm) * 4 : 0);
		group_send_sig_info(SIGKILL, SEND_SIG_PRIV, victim);
	}
	spin_unlock_irq(&tasklist_lock);
	if (victim && !fatal_signal_pending(current)) {
		/* let the victim run: it frees its memory when it exits */
		__set_current_state(TASK_KILLABLE);
		schedule_timeout_until(ktime_get() + NSEC_PER_MSEC);
	}
	return victim != NULL;
}
