/*
 * task_misc.c - small files of a task: comm, limits, wchan, oom_score, cwd, root, fail-nth. proc(5).
 */
#include <arch/backtrace.h>
#include <arch/uaccess.h>
#include <tine/fault_inject.h>
#include <tine/format.h>
#include <tine/mm.h>
#include <tine/string.h>

#include "internal.h"

void proc_put_comm(struct seq_file *m, struct task_struct *p, bool escape)
{
	char comm[sizeof(p->comm) + 1];

	task_lock(p);
	memcpy(comm, p->comm, sizeof(p->comm));
	task_unlock(p);
	comm[sizeof(p->comm)] = '\0';
	for (const char *c = comm; *c; c++) {
		if (escape && *c == '\n')
			seq_puts(m, "\\n");
		else if (escape && *c == '\\')
			seq_puts(m, "\\\\");
		else
			seq_write(m, c, 1);
	}
}

int proc_show_comm(struct seq_file *m, struct task_struct *p)
{
	proc_put_comm(m, p, false);
	seq_puts(m, "\n");
	return 0;
}

/* A process names its own threads only. The text is taken as it is, newline and all. */
int proc_write_comm(struct task_struct *p, char *text)
{
	if (p->signal != current->signal)
		return -EINVAL;
	task_lock(p);
	strscpy(p->comm, text, sizeof(p->comm));
	task_unlock(p);
	return 0;
}

/* ---- limits -------------------------------------------------------------------------------- */

static const struct { const char *name, *unit; } limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU]	    = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE]	    = { "Max file size", "bytes" },
	[RLIMIT_DATA]	    = { "Max data size", "bytes" },
	[RLIMIT_STACK]	    = { "Max stack size", "bytes" },
	[RLIMIT_CORE]	    = { "Max core file size", "bytes" },
	[RLIMIT_RSS]	    = { "Max resident set", "bytes" },
	[RLIMIT_NPROC]	    = { "Max processes", "processes" },
	[RLIMIT_NOFILE]	    = { "Max open files", "files" },
	[RLIMIT_MEMLOCK]    = { "Max locked memory", "bytes" },
	[RLIMIT_AS]	    = { "Max address space", "bytes" },
	[RLIMIT_LOCKS]	    = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE]   = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE]	    = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO]	    = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME]	    = { "Max realtime timeout", "us" },
};

static int copy_limits(struct task_struct *p, struct rlimit64 *limits)
{
	int err = -ESRCH;

	spin_lock_irq(&tasklist_lock);
	if (p->thread_pid) {
		memcpy(limits, p->signal->rlim, sizeof(p->signal->rlim));
		err = 0;
	}
	spin_unlock_irq(&tasklist_lock);
	return err;
}

static void show_limit(struct seq_file *m, u64 limit)
{
	if (limit == RLIM64_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20lu ", limit);
}

int proc_show_limits(struct seq_file *m, struct task_struct *p)
{
	struct rlimit64 limits[RLIM_NLIMITS];
	int err = copy_limits(p, limits);

	if (err)
		return err;
	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		seq_printf(m, "%-25s ", limit_names[i].name);
		show_limit(m, limits[i].rlim_cur);
		show_limit(m, limits[i].rlim_max);
		if (limit_names[i].unit)
			seq_printf(m, "%-10s", limit_names[i].unit);
		seq_puts(m, "\n");
	}
	return 0;
}

/* ---- others -------------------------------------------------------------------------------- */

/* The function in which the task sleeps, or 0. */
int proc_show_wchan(struct seq_file *m, struct task_struct *p)
{
	unsigned long addr = proc_may_inspect(p) ? get_wchan(p) : 0, offset;
	const char *name = addr ? ksym_lookup(addr, &offset) : NULL;

	seq_puts(m, name ? name : "0");
	return 0;
}

/*
 * How likely the kernel is to choose it when memory ends: by its share of all memory, on Linux's
 * scale. 0: never.
 */
int proc_show_oom_score(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = proc_task_mm(p);
	unsigned long score = 0;

	if (mm) {
		if (p->tgid != 1)
			score = (1000 + get_mm_rss(mm) * 1000 / nr_total_pages()) * 2 / 3;
		mmput(mm);
	}
	seq_printf(m, "%lu\n", score);
	return 0;
}

static int follow_fs(struct task_struct *p, struct path *path, bool root)
{
	int err = -ENOENT;

	task_lock(p);
	if (p->fs) {
		spin_lock(&p->fs->lock);
		*path = root ? p->fs->place->root : p->fs->place->pwd;
		path_get(path);
		spin_unlock(&p->fs->lock);
		err = 0;
	}
	task_unlock(p);
	return err;
}

int proc_follow_cwd(struct task_struct *p, struct path *path)
{
	return follow_fs(p, path, false);
}

int proc_follow_root(struct task_struct *p, struct path *path)
{
	return follow_fs(p, path, true);
}

/*
 * fail-nth, see fault_inject.h. Neither reading nor writing does anything that could fail by
 * injection before the counter has been looked at.
 */
static ssize_t fail_nth_file_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct task_struct *p = proc_task(file->f_inode);
	char text[16];
	size_t len;

	if (IS_ERR(p))
		return PTR_ERR(p);
	len = (size_t)snprintf(text, sizeof(text), "%u\n", fail_nth_read(p));
	put_task_struct(p);
	if (*pos < 0 || (size_t)*pos >= len)
		return 0;
	count = min(count, len - (size_t)*pos);
	if (copy_to_user(buf, text + *pos, count))
		return -EFAULT;
	*pos += count;
	return count;
}

static ssize_t fail_nth_file_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char text[16] = { 0 };
	struct task_struct *p;
	unsigned long n;
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	err = kstrtoul(text, 0, &n);
	if (err)
		return err;
	if (n > UINT32_MAX)
		return -ERANGE;
	p = proc_task(file->f_inode);
	if (IS_ERR(p))
		return PTR_ERR(p);
	err = fail_nth_write(p, (unsigned int)n);
	put_task_struct(p);
	return err ? err : (ssize_t)count;
}

const struct file_operations proc_fail_nth_fops = {
	.read = fail_nth_file_read,
	.write = fail_nth_file_write,
	.llseek = generic_file_llseek,
};
