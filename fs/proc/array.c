/*
 * array.c - /proc/PID/stat and /proc/PID/status: a task in figures. proc(5).
 *
 * What the family and signal locks guard is copied first, in one piece (struct task_figures), and
 * printed afterwards: no lock is held while memory is allocated for the text.
 */
#include <tine/cred.h>
#include <tine/mm.h>
#include <tine/string.h>
#include <tine/tty.h>

#include "internal.h"

struct task_figures {
	pid_t ppid, tgid, pgid, sid;
	int tty_nr, tty_pgrp;
	int threads;
	int exit_signal, exit_code;
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	u64 utime, stime, cutime, cstime;	/* ns */
	unsigned long rss_limit, sigpending_limit;
	sigset_t pending, shared_pending, blocked, ignored, caught;
	unsigned int queued;			/* signals in the two queues */
};

/* Device numbers as user space writes them, see makedev(3). */
static int user_dev(dev_t dev)
{
	return (int)((MINOR(dev) & 0xff) | (MAJOR(dev) << 8) | ((MINOR(dev) & ~0xffU) << 12));
}

static void collect_tty(struct signal_struct *sig, struct task_figures *f)
{
	struct tty_struct *tty = sig->tty;

	f->tty_pgrp = -1;
	if (!tty)
		return;
	f->tty_nr = user_dev(tty->dev);
	spin_lock(&tty->lock);
	if (tty->pgrp)
		f->tty_pgrp = pid_nr(tty->pgrp);
	spin_unlock(&tty->lock);
}

static unsigned int queue_length(const struct sigpending *pending)
{
	const struct list_head *entry;
	unsigned int n = 0;

	for (entry = pending->list.next; entry != &pending->list; entry = entry->next)
		n++;
	return n;
}

/* siglock held. */
static void collect_signals(struct task_struct *p, struct task_figures *f)
{
	f->pending = p->pending.signal;
	f->shared_pending = p->signal->shared_pending.signal;
	f->blocked = p->blocked;
	f->queued = queue_length(&p->pending) + queue_length(&p->signal->shared_pending);
	for (int sig = 1; sig <= _NSIG; sig++) {
		__sighandler_t handler = sig_action(p->sighand, sig)->sa_handler;

		if (handler == SIG_IGN)
			f->ignored |= sigmask(sig);
		else if (handler != SIG_DFL)
			f->caught |= sigmask(sig);
	}
}

/* siglock held. */
static void collect_usage(struct task_struct *p, bool whole, struct task_figures *f)
{
	struct signal_struct *sig = p->signal;
	struct task_struct *t;

	f->min_flt = p->min_flt;
	f->maj_flt = p->maj_flt;
	f->cmin_flt = sig->cmin_flt;
	f->cmaj_flt = sig->cmaj_flt;
	f->cutime = sig->cutime;
	f->cstime = sig->cstime;
	if (!whole) {
		task_cputime(p, &f->utime, &f->stime);
		return;
	}
	thread_group_cputime(p, &f->utime, &f->stime);
	f->min_flt = sig->min_flt;
	f->maj_flt = sig->maj_flt;
	for_each_thread(p, t) {
		f->min_flt += t->min_flt;
		f->maj_flt += t->maj_flt;
	}
}

/* Of the whole group or of the thread alone. -ESRCH if it is gone meanwhile. */
static int collect(struct task_struct *p, bool whole, struct task_figures *f)
{
	struct signal_struct *sig;

	memset(f, 0, sizeof(*f));
	spin_lock_irq(&tasklist_lock);
	if (!p->thread_pid) {
		spin_unlock_irq(&tasklist_lock);
		return -ESRCH;
	}
	sig = p->signal;
	spin_lock(&p->sighand->siglock);
	f->tgid = p->tgid;
	f->ppid = p->real_parent->tgid;
	f->pgid = pid_nr(sig->pids[PIDTYPE_PGID]);
	f->sid = pid_nr(sig->pids[PIDTYPE_SID]);
	f->threads = sig->nr_threads;
	f->exit_signal = p->exit_signal;
	f->exit_code = whole && (sig->flags & SIGNAL_GROUP_EXIT) ? sig->group_exit_code : p->exit_code;
	f->rss_limit = sig->rlim[RLIMIT_RSS].rlim_cur;
	f->sigpending_limit = sig->rlim[RLIMIT_SIGPENDING].rlim_cur;
	collect_tty(sig, f);
	collect_signals(p, f);
	collect_usage(p, whole, f);
	spin_unlock(&p->sighand->siglock);
	spin_unlock_irq(&tasklist_lock);
	return 0;
}

/* ---- stat ---------------------------------------------------------------------------------- */

/* Fields 23 to 28; @addresses: the reader may see where things lie. */
static void stat_memory(struct seq_file *m, struct mm_struct *mm, unsigned long rss_limit, bool addresses)
{
	const struct vm_map *map;

	if (!mm) {
		seq_printf(m, " 0 0 %lu 0 0 0", rss_limit);
		return;
	}
	mutex_lock(&mm->mmap_lock);
	map = mm->map;
	seq_printf(m, " %lu %ld %lu %lu %lu %lu", map->total_vm << PAGE_SHIFT, get_mm_rss(mm), rss_limit,
		   addresses ? map->start_code : 1, addresses ? map->end_code : 1, addresses ? map->start_stack : 0);
	mutex_unlock(&mm->mmap_lock);
}

/* Fields 45 to 51. */
static void stat_layout(struct seq_file *m, struct mm_struct *mm, bool addresses)
{
	const struct vm_map *map;

	if (!mm || !addresses) {
		seq_puts(m, " 0 0 0 0 0 0 0");
		return;
	}
	mutex_lock(&mm->mmap_lock);
	map = mm->map;
	seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu", map->start_data, map->end_data, map->start_brk, map->arg_start,
		   map->arg_end, map->env_start, map->env_end);
	mutex_unlock(&mm->mmap_lock);
}

/* The 52 fields of proc(5), "/proc/[pid]/stat", in the order of that page. */
static int show_stat(struct seq_file *m, struct task_struct *p, bool whole)
{
	const u64 low_signals = 0x7fffffff;
	bool addresses = proc_may_inspect(p);
	char state = task_state_char(p);
	struct mm_struct *mm;
	struct task_figures f;
	int err = collect(p, whole, &f);

	if (err)
		return err;
	mm = proc_task_mm(p);
	seq_printf(m, "%d (", p->pid);
	proc_put_comm(m, p, true);
	seq_printf(m, ") %c %d %d %d %d %d %u", state, f.ppid, f.pgid, f.sid, f.tty_nr, f.tty_pgrp, p->flags);
	seq_printf(m, " %lu %lu %lu %lu %lu %lu %ld %ld", f.min_flt, f.cmin_flt, f.maj_flt, f.cmaj_flt,
		   nsec_to_clock_t(f.utime), nsec_to_clock_t(f.stime), (long)nsec_to_clock_t(f.cutime),
		   (long)nsec_to_clock_t(f.cstime));
	seq_printf(m, " %d %d %d 0 %lu", p->prio - MAX_RT_PRIO, task_nice(p), f.threads,
		   nsec_to_clock_t(p->start_time));
	stat_memory(m, mm, f.rss_limit, addresses);
	seq_printf(m, " 0 0 %lu %lu %lu %lu", f.pending & low_signals, f.blocked & low_signals,
		   f.ignored & low_signals, f.caught & low_signals);
	seq_printf(m, " %d 0 0 %d %u %u %u 0 0 0", addresses && state != 'R', f.exit_signal, p->cpu,
		   p->rt_priority, p->policy);
	stat_layout(m, mm, addresses);
	seq_printf(m, " %d\n", addresses ? f.exit_code : 0);
	if (mm)
		mmput(mm);
	return 0;
}

int proc_show_tgid_stat(struct seq_file *m, struct task_struct *p)
{
	return show_stat(m, p, true);
}

int proc_show_tid_stat(struct seq_file *m, struct task_struct *p)
{
	return show_stat(m, p, false);
}

/* ---- status -------------------------------------------------------------------------------- */

static const char *state_name(char letter)
{
	switch (letter) {
	case 'R': return "running";
	case 'S': return "sleeping";
	case 'D': return "disk sleep";
	case 'T': return "stopped";
	case 'Z': return "zombie";
	case 'X': return "dead";
	case 'I': return "idle";
	}
	return "unknown";
}

static void status_cred(struct seq_file *m, const struct cred *cred)
{
	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
}

static void status_groups(struct seq_file *m, const struct cred *cred)
{
	seq_puts(m, "Groups:\t");
	for (unsigned int i = 0; i < cred->group_info->ngroups; i++)
		seq_printf(m, "%u ", cred->group_info->gid[i]);
	seq_puts(m, cred->group_info->ngroups ? "\n" : " \n");
}

static void status_caps(struct seq_file *m, const struct cred *cred)
{
	seq_printf(m, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
		   cred->cap_inheritable, cred->cap_permitted, cred->cap_effective, cred->cap_bset,
		   cred->cap_ambient);
}

static unsigned int fd_table_size(struct task_struct *p)
{
	unsigned int size;

	task_lock(p);
	size = p->files ? files_max_fds(p->files) : 0;
	task_unlock(p);
	return size;
}

static unsigned int task_umask(struct task_struct *p)
{
	unsigned int umask;

	task_lock(p);
	umask = p->fs ? p->fs->umask : 0;
	task_unlock(p);
	return umask;
}

static void status_signals(struct seq_file *m, const struct task_figures *f)
{
	seq_printf(m, "Threads:\t%d\nSigQ:\t%u/%lu\n", f->threads, f->queued, f->sigpending_limit);
	seq_printf(m, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		   f->pending, f->shared_pending, f->blocked, f->ignored, f->caught);
}

/* The CPUs of @allowed as a mask in groups of 32 bits, and as a list of ranges. */
static void status_cpus(struct seq_file *m, u64 allowed)
{
	const char *separator = "";

	if (nr_cpu_ids < NR_CPUS)
		allowed &= BIT(nr_cpu_ids) - 1;
	if (nr_cpu_ids > 32)
		seq_printf(m, "Cpus_allowed:\t%08x,%08x\n", (u32)(allowed >> 32), (u32)allowed);
	else
		seq_printf(m, "Cpus_allowed:\t%x\n", (u32)allowed);
	seq_puts(m, "Cpus_allowed_list:\t");
	for (unsigned int cpu = 0, end; cpu < NR_CPUS; cpu = end + 1) {
		for (end = cpu; end < NR_CPUS && (allowed & BIT(end)); end++)
			;
		if (end == cpu)
			continue;
		if (end - cpu > 1)
			seq_printf(m, "%s%u-%u", separator, cpu, end - 1);
		else
			seq_printf(m, "%s%u", separator, cpu);
		separator = ",";
	}
	seq_puts(m, "\n");
}

int proc_show_status(struct seq_file *m, struct task_struct *p)
{
	char state = task_state_char(p);
	const struct cred *cred;
	struct task_figures f;
	int err = collect(p, false, &f);

	if (err)
		return err;
	seq_puts(m, "Name:\t");
	proc_put_comm(m, p, true);
	seq_printf(m, "\nUmask:\t%04o\nState:\t%c (%s)\n", task_umask(p), state, state_name(state));
	seq_printf(m, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", f.tgid, p->pid, f.ppid);
	cred = get_task_cred(p);
	status_cred(m, cred);
	seq_printf(m, "FDSize:\t%u\n", fd_table_size(p));
	status_groups(m, cred);
	seq_printf(m, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", f.tgid, p->pid, f.pgid, f.sid);
	proc_status_memory(m, p);
	status_signals(m, &f);
	status_caps(m, cred);
	put_cred(cred);
	status_cpus(m, READ_ONCE(p->cpus_allowed));
	seq_printf(m, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", p->nvcsw, p->nivcsw);
	return 0;
}
