/*
 * wait.c - a parent learns what became of its children: wait4(2), waitid(2).
 *
 * do_wait() puts the caller on its group's wait_chldexit queue, scans the children of every
 * thread of the group, and sleeps if some match but none has news. An event is consumed under
 * tasklist_lock (exit_state ZOMBIE to DEAD, stop reported, continue reported), so exactly one
 * waiter gets it. The lock is released before anything is written to user memory.
 *
 * Locks: tasklist_lock over the scan, siglock of a child over its stop state.
 */
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/err.h>
#include <tine/mm.h>
#include <tine/pidfd.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/syscalls.h>

/* The caller waits for: any child, one process by number or by pidfd, or one process group. */
enum wait_for { WAIT_ANY, WAIT_PID, WAIT_PIDFD, WAIT_PGID };

struct wait_opts {
	enum wait_for what;
	pid_t nr;			/* PID, PGID */
	struct pid *pid_ref;		/* PIDFD: with a reference */
	int options;			/* W* */
	bool matched;			/* some child could have news later */
	/* the news */
	pid_t pid;
	uid_t uid;
	int code;			/* CLD_* */
	int status;			/* wait4's status word */
	bool rusage_wanted;
	struct rusage ru;
	struct task_struct *reap;	/* a zombie that we have to release */
};

/* ---- rusage ------------------------------------------------------------------------------- */

static struct __kernel_old_timeval ns_to_timeval(u64 ns)
{
	return (struct __kernel_old_timeval){ (long)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC / 1000) };
}

static void fill_rusage(struct rusage *ru, u64 utime, u64 stime)
{
	struct __kernel_old_timeval u = ns_to_timeval(utime), s = ns_to_timeval(stime);

	ru->ru_utime.tv_sec = u.tv_sec;
	ru->ru_utime.tv_usec = u.tv_usec;
	ru->ru_stime.tv_sec = s.tv_sec;
	ru->ru_stime.tv_usec = s.tv_usec;
}

/* What the threads of @p that still exist use, on top of what @sig remembers of the others. */
static void add_live_threads(struct task_struct *p, struct rusage *ru, u64 *utime, u64 *stime)
{
	struct task_struct *t;
	u64 u, s;

	for_each_thread(p, t) {
		task_cputime(t, &u, &s);
		*utime += u;
		*stime += s;
		ru->ru_nvcsw += t->nvcsw;
		ru->ru_nivcsw += t->nivcsw;
		ru->ru_minflt += t->min_flt;
		ru->ru_majflt += t->maj_flt;
	}
}

static void add_children(const struct signal_struct *sig, struct rusage *ru, u64 *utime, u64 *stime)
{
	*utime += sig->cutime;
	*stime += sig->cstime;
	ru->ru_nvcsw += sig->cnvcsw;
	ru->ru_nivcsw += sig->cnivcsw;
	ru->ru_minflt += sig->cmin_flt;
	ru->ru_majflt += sig->cmaj_flt;
	ru->ru_maxrss = max(ru->ru_maxrss, (long)sig->cmaxrss);
}

void getrusage_locked(struct task_struct *p, int who, struct rusage *ru)
{
	const struct signal_struct *sig = p->signal;
	u64 utime = 0, stime = 0;

	memset(ru, 0, sizeof(*ru));
	if (who != RUSAGE_CHILDREN) {
		utime = sig->utime;
		stime = sig->stime;
		ru->ru_nvcsw = sig->nvcsw;
		ru->ru_nivcsw = sig->nivcsw;
		ru->ru_minflt = sig->min_flt;
		ru->ru_majflt = sig->maj_flt;
		ru->ru_maxrss = sig->maxrss;
		add_live_threads(p, ru, &utime, &stime);
	}
	if (who != RUSAGE_SELF)
		add_children(sig, ru, &utime, &stime);
	fill_rusage(ru, utime, stime);
}

/* The child's and its children's use becomes our children's. tasklist_lock held. */
static void account_child(struct task_struct *p)
{
	struct signal_struct *sig = current->signal, *child = p->signal;
	u64 utime, stime;

	thread_group_cputime(p, &utime, &stime);
	spin_lock(&current->sighand->siglock);
	sig->cutime += utime + child->cutime;
	sig->cstime += stime + child->cstime;
	sig->cnvcsw += child->nvcsw + p->nvcsw + child->cnvcsw;
	sig->cnivcsw += child->nivcsw + p->nivcsw + child->cnivcsw;
	sig->cmin_flt += child->min_flt + p->min_flt + child->cmin_flt;
	sig->cmaj_flt += child->maj_flt + p->maj_flt + child->cmaj_flt;
	sig->cmaxrss = max(sig->cmaxrss, max(child->maxrss, child->cmaxrss));
	spin_unlock(&current->sighand->siglock);
}

/* ---- one child ---------------------------------------------------------------------------- */

static bool eligible_child(const struct wait_opts *wo, struct task_struct *p)
{
	if (wo->what == WAIT_PGID && pid_nr(p->signal->pids[PIDTYPE_PGID]) != wo->nr)
		return false;
	/* children that do not send SIGCHLD are "clone children": wait(2), __WCLONE and __WALL */
	if (wo->options & __WALL)
		return true;
	return (p->exit_signal != SIGCHLD) == !!(wo->options & __WCLONE);
}

static void set_news(struct wait_opts *wo, struct task_struct *p, int code, int status)
{
	wo->pid = p->pid;
	wo->uid = p->real_cred->uid;
	wo->code = code;
	wo->status = status;
	if (wo->rusage_wanted)
		getrusage_locked(p, RUSAGE_BOTH, &wo->ru);
}

static bool wait_task_zombie(struct wait_opts *wo, struct task_struct *p)
{
	int status = p->signal->flags & SIGNAL_GROUP_EXIT ? p->signal->group_exit_code : p->exit_code;
	int code = CLD_EXITED;

	if (!(wo->options & WEXITED))
		return false;
	if (status & 0x7f)
		code = status & 0x80 ? CLD_DUMPED : CLD_KILLED;
	set_news(wo, p, code, status);
	if (wo->options & WNOWAIT)
		return true;
	account_child(p);
	p->exit_state = EXIT_DEAD;
	wo->reap = p;
	return true;
}

static bool wait_task_stopped(struct wait_opts *wo, struct task_struct *p)
{
	int sig = 0;

	if (!(wo->options & WUNTRACED))
		return false;
	spin_lock(&p->sighand->siglock);
	if (p->signal->flags & SIGNAL_STOP_STOPPED) {
		sig = p->signal->group_exit_code;	/* 0 once reported */
		if (sig && !(wo->options & WNOWAIT))
			p->signal->group_exit_code = 0;
	}
	spin_unlock(&p->sighand->siglock);
	if (!sig)
		return false;
	set_news(wo, p, CLD_STOPPED, (sig << 8) | 0x7f);
	return true;
}

static bool wait_task_continued(struct wait_opts *wo, struct task_struct *p)
{
	bool continued;

	if (!(wo->options & WCONTINUED))
		return false;
	spin_lock(&p->sighand->siglock);
	continued = p->signal->flags & SIGNAL_STOP_CONTINUED;
	if (continued && !(wo->options & WNOWAIT))
		p->signal->flags &= ~SIGNAL_STOP_CONTINUED;
	spin_unlock(&p->sighand->siglock);
	if (continued)
		set_news(wo, p, CLD_CONTINUED, 0xffff);
	return continued;
}

/* Has @p, a child of ours, news for us? */
static bool wait_consider_task(struct wait_opts *wo, struct task_struct *p)
{
	if (p->exit_state == EXIT_DEAD || !eligible_child(wo, p))
		return false;
	/* a leader that exited before its threads is not dead yet, and the others may stop */
	if (p->exit_state == EXIT_ZOMBIE && thread_group_empty(p)) {
		wo->matched = wo->matched || (wo->options & WEXITED);
		return wait_task_zombie(wo, p);
	}
	wo->matched = true;
	return wait_task_stopped(wo, p) || wait_task_continued(wo, p);
}

/* ---- all children ------------------------------------------------------------------------- */

/* tasklist_lock held. */
static bool scan_children(struct wait_opts *wo)
{
	struct task_struct *t, *child;

	for_each_thread(current, t) {
		if ((wo->options & __WNOTHREAD) && t != current)
			continue;
		list_for_each_entry(child, &t->children, sibling) {
			if (wait_consider_task(wo, child))
				return true;
		}
	}
	return false;
}

/* One child, named by number or pidfd: no need to walk them all. tasklist_lock held. */
static bool find_child(struct wait_opts *wo)
{
	struct pid *pid = wo->what == WAIT_PIDFD ? wo->pid_ref : find_pid(wo->nr);
	struct task_struct *child = pid_task(pid, PIDTYPE_TGID);

	if (!child || child->parent->signal != current->signal)
		return false;
	if ((wo->options & __WNOTHREAD) && child->parent != current)
		return false;
	return wait_consider_task(wo, child);
}

/* 1 with news in @wo, 0 without, -ECHILD if there never will be any. */
static int scan_once(struct wait_opts *wo)
{
	bool news;

	wo->matched = false;
	spin_lock_irq(&tasklist_lock);
	news = wo->what == WAIT_PID || wo->what == WAIT_PIDFD ? find_child(wo) : scan_children(wo);
	spin_unlock_irq(&tasklist_lock);
	if (news)
		return 1;
	return wo->matched ? 0 : -ECHILD;
}

/* 1 with news in @wo, 0 with WNOHANG and none, or -errno. */
static int do_wait(struct wait_opts *wo)
{
	wait_queue_head_t *wq = &current->signal->wait_chldexit;
	DEFINE_WAIT(wait);
	int ret;

	for (;;) {
		prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE);
		ret = scan_once(wo);
		if (ret || (wo->options & WNOHANG))
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	finish_wait(wq, &wait);
	if (wo->reap) {
		release_task(wo->reap);
		mm_take_back(current->mm);
	}
	return ret;
}

long kernel_wait4(pid_t pid, int __user *status, int options, struct rusage *ru)
{
	struct wait_opts wo = { .what = WAIT_ANY, .options = options | WEXITED, .rusage_wanted = ru };
	long ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT32_MIN)		/* its negation does not exist */
		return -ESRCH;
	if (pid < -1 || pid == 0) {
		wo.what = WAIT_PGID;
		wo.nr = pid ? -pid : pid_nr(current->signal->pids[PIDTYPE_PGID]);
	} else if (pid > 0) {
		wo.what = WAIT_PID;
		wo.nr = pid;
	}
	ret = do_wait(&wo);
	if (ret <= 0)
		return ret;
	if (status && put_user(wo.status, status))
		return -EFAULT;
	if (ru)
		*ru = wo.ru;
	return wo.pid;
}

long sys_wait4(pid_t pid, int __user *status, int options, struct rusage __user *uru)
{
	struct rusage ru;
	long ret = kernel_wait4(pid, status, options, uru ? &ru : NULL);

	if (ret > 0 && uru && copy_to_user(uru, &ru, sizeof(ru)))
		return -EFAULT;
	return ret;
}

/* The status in the form of waitid(2): the bare exit code or signal number. */
static int plain_status(const struct wait_opts *wo)
{
	switch (wo->code) {
	case CLD_EXITED:
	case CLD_STOPPED:
		return (wo->status >> 8) & 0xff;
	case CLD_CONTINUED:
		return SIGCONT;
	default:
		return wo->status & 0x7f;
	}
}

/* The fields that waitid(2) names, and no others: zero if there is no news, also after an error. */
static int put_waitid_info(siginfo_t __user *uinfo, const struct wait_opts *wo, bool news)
{
	int head[3] = { 0, 0, 0 }, child[3] = { 0, 0, 0 };

	if (news) {
		head[0] = SIGCHLD;
		head[2] = wo->code;
		child[0] = wo->pid;
		child[1] = (int)wo->uid;
		child[2] = plain_status(wo);
	}
	if (copy_to_user(uinfo, head, sizeof(head)) || copy_to_user(&uinfo->si_pid, child, sizeof(child)))
		return -EFAULT;
	return 0;
}

/* Whom to wait for; PIDFD takes a reference. 0 with the flags of a pidfd's file in *flags, or -errno. */
static int set_target(struct wait_opts *wo, int which, pid_t nr, unsigned int *flags)
{
	wo->nr = nr;
	if (which == P_ALL) {
		wo->what = WAIT_ANY;
		return 0;
	}
	if (nr < 0 || (which == P_PID && !nr))
		return -EINVAL;
	switch (which) {
	case P_PID:
		wo->what = WAIT_PID;
		return 0;
	case P_PGID:
		wo->what = WAIT_PGID;
		if (!nr)
			wo->nr = pid_nr(current->signal->pids[PIDTYPE_PGID]);
		return 0;
	case P_PIDFD:
		wo->what = WAIT_PIDFD;
		wo->pid_ref = pidfd_get_pid((unsigned int)nr, flags);
		return IS_ERR(wo->pid_ref) ? PTR_ERR(wo->pid_ref) : 0;
	default:
		return -EINVAL;
	}
}

/* As do_wait(), with the arguments of waitid(2). */
static int do_waitid(struct wait_opts *wo, int which, pid_t nr, int options)
{
	unsigned int flags = 0;
	int ret;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	ret = set_target(wo, which, nr, &flags);
	if (ret)
		return ret;
	wo->options = options | (flags & O_NONBLOCK ? WNOHANG : 0);
	ret = do_wait(wo);
	if (wo->what == WAIT_PIDFD)
		put_pid(wo->pid_ref);
	/* a pidfd that does not block is a descriptor like others: pidfd_open(2) */
	if (!ret && (flags & O_NONBLOCK) && !(options & WNOHANG))
		ret = -EAGAIN;
	return ret;
}

long sys_waitid(int which, pid_t pid, struct siginfo __user *uinfo, int options, struct rusage __user *ru)
{
	struct wait_opts wo = { .what = WAIT_ANY, .rusage_wanted = ru };
	int ret = do_waitid(&wo, which, pid, options);

	if (ret > 0 && ru && copy_to_user(ru, &wo.ru, sizeof(*ru)))
		return -EFAULT;
	if (uinfo && put_waitid_info((siginfo_t __user *)uinfo, &wo, ret > 0))
		return -EFAULT;
	return min(ret, 0);
}
