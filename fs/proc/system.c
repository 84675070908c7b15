/*
 * system.c - the files of /proc that tell about the whole system. proc(5).
 */
#include <arch/cpu.h>
#include <tine/init.h>
#include <tine/ledger.h>
#include <tine/slab.h>
#include <tine/utsname.h>

#include "internal.h"

#define TEXT_SIZE	16384		/* for texts that others format */
#define LOAD_SHIFT	11		/* of get_avenrun(): bits of fraction */

static void show_kb(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%-15s %8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

static unsigned long frames(enum frame_kind kind)
{
	long n = ledger_read(LEDGER_FRAME_KINDS + kind);

	return n > 0 ? (unsigned long)n : 0;
}

/* File contents cannot be dropped: they have no other home. So what is available is what is free. */
int proc_show_meminfo(struct seq_file *m, struct task_struct *p)
{
	unsigned long free = nr_free_pages();

	show_kb(m, "MemTotal:", nr_total_pages());
	show_kb(m, "MemFree:", free);
	show_kb(m, "MemAvailable:", free);
	show_kb(m, "Buffers:", 0);
	show_kb(m, "Cached:", frames(FRAME_CACHE));
	show_kb(m, "SwapCached:", 0);
	show_kb(m, "SwapTotal:", 0);
	show_kb(m, "SwapFree:", 0);
	show_kb(m, "Dirty:", 0);
	show_kb(m, "Writeback:", 0);
	show_kb(m, "AnonPages:", frames(FRAME_ANON));
	show_kb(m, "Shmem:", frames(FRAME_CACHE));
	show_kb(m, "Slab:", frames(FRAME_SLAB));
	show_kb(m, "SReclaimable:", 0);
	show_kb(m, "SUnreclaim:", frames(FRAME_SLAB));
	show_kb(m, "KernelStack:", frames(FRAME_STACK));
	show_kb(m, "PageTables:", frames(FRAME_TABLE));
	return 0;
}

static void show_cpu_times(struct seq_file *m, const char *name, const struct cpu_times *t)
{
	seq_printf(m, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, nsec_to_clock_t(t->user), nsec_to_clock_t(t->system),
		   nsec_to_clock_t(t->idle));
}

static struct cpu_times all_cpu_times(void)
{
	struct cpu_times sum = { 0 }, one;
	unsigned int cpu;

	for_each_cpu(cpu) {
		cpu_times_read(cpu, &one);
		sum.user += one.user;
		sum.system += one.system;
		sum.idle += one.idle;
	}
	return sum;
}

int proc_show_system_stat(struct seq_file *m, struct task_struct *p)
{
	struct cpu_times times = all_cpu_times();
	unsigned int cpu;

	show_cpu_times(m, "cpu ", &times);
	for_each_cpu(cpu) {
		cpu_times_read(cpu, &times);
		seq_printf(m, "cpu%u", cpu);
		show_cpu_times(m, "", &times);
	}
	seq_printf(m, "ctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
		   nr_context_switches(), (ktime_get_real() - ktime_get()) / NSEC_PER_SEC, READ_ONCE(total_forks),
		   nr_running());
	return 0;
}

static void show_seconds(struct seq_file *m, u64 ns, const char *end)
{
	u64 hundredths = nsec_to_clock_t(ns);

	seq_printf(m, "%lu.%02lu%s", hundredths / USER_HZ, hundredths % USER_HZ, end);
}

int proc_show_uptime(struct seq_file *m, struct task_struct *p)
{
	show_seconds(m, ktime_get(), " ");
	show_seconds(m, all_cpu_times().idle, "\n");
	return 0;
}

int proc_show_loadavg(struct seq_file *m, struct task_struct *p)
{
	unsigned long loads[3];

	get_avenrun(loads);
	for (unsigned int i = 0; i < 3; i++) {
		unsigned long load = loads[i] + (1UL << LOAD_SHIFT) / 200;	/* rounded to two digits */

		seq_printf(m, "%lu.%02lu ", load >> LOAD_SHIFT, ((load & ((1UL << LOAD_SHIFT) - 1)) * 100) >> LOAD_SHIFT);
	}
	seq_printf(m, "%u/%u %d\n", nr_running(), READ_ONCE(nr_threads), last_pid_get());
	return 0;
}

int proc_show_version(struct seq_file *m, struct task_struct *p)
{
	seq_printf(m, "%s version %s (gcc " __VERSION__ ") %s\n", system_utsname.sysname, system_utsname.release,
		   system_utsname.version);
	return 0;
}

int proc_show_boot_cmdline(struct seq_file *m, struct task_struct *p)
{
	seq_puts(m, boot_command_line);
	seq_puts(m, "\n");
	return 0;
}

int proc_show_filesystems(struct seq_file *m, struct task_struct *p)
{
	const struct file_system_type *type;

	for (unsigned int i = 0; (type = filesystem_at(i)) != NULL; i++)
		seq_printf(m, "%s\t%s\n", type->nodev ? "nodev" : "", type->name);
	return 0;
}

/*
 * The buffer and the text are themselves in the ledger while it is read, the same objects at each
 * reading: so two readings of an equal state are equal.
 */
int proc_show_ledger(struct seq_file *m, struct task_struct *p)
{
	char *buf = kmalloc(TEXT_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	seq_write(m, buf, ledger_format(buf, TEXT_SIZE));
	kfree(buf);
	return 0;
}

int proc_show_cpuinfo(struct seq_file *m, struct task_struct *p)
{
	char *buf = kmalloc(TEXT_SIZE, GFP_KERNEL);
	unsigned int cpu;

	if (!buf)
		return -ENOMEM;
	for_each_cpu(cpu)
		seq_write(m, buf, cpuinfo_format(cpu, buf, TEXT_SIZE));
	kfree(buf);
	return 0;
}

/* ---- mounts -------------------------------------------------------------------------------- */

static const struct { unsigned long flag; const char *text; } mount_options[] = {
	{ MS_SYNCHRONOUS, ",sync" }, { MS_NOSUID, ",nosuid" }, { MS_NODEV, ",nodev" }, { MS_NOEXEC, ",noexec" },
	{ MS_NOATIME, ",noatime" }, { MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
};

/* In names of mounts these are written as octal numbers: fstab(5). */
static const char escape[] = " \t\n\\#";

static void show_mount_options(struct seq_file *m, const struct vfsmount *mnt)
{
	seq_puts(m, mnt->mnt_flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned int i = 0; i < ARRAY_SIZE(mount_options); i++) {
		if (mnt->mnt_flags & mount_options[i].flag)
			seq_puts(m, mount_options[i].text);
	}
}

/* One line of fstab(5). */
static int show_mount(struct seq_file *m, struct vfsmount *mnt)
{
	struct path path = { mnt, mnt->mnt_root };
	int err;

	seq_escape(m, mnt->mnt_devname, escape);
	seq_puts(m, " ");
	err = seq_path(m, &path, escape);
	if (err)
		return err;
	seq_printf(m, " %s ", mnt->mnt_sb->s_type->name);
	show_mount_options(m, mnt);
	seq_puts(m, " 0 0\n");
	return 0;
}

/* Which part of its file system a mount shows. */
static int show_mount_root(struct seq_file *m, const struct vfsmount *mnt)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *name;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	name = dentry_path(mnt->mnt_root, buf, PATH_MAX);
	if (IS_ERR(name))
		err = (int)PTR_ERR(name);
	else
		seq_escape(m, name, escape);
	kfree(buf);
	return err;
}

/* One line of /proc/pid/mountinfo: proc(5). */
static int show_mountinfo(struct seq_file *m, struct vfsmount *mnt)
{
	struct path path = { mnt, mnt->mnt_root };
	dev_t dev = mnt->mnt_sb->s_dev;
	int err;

	seq_printf(m, "%d %d %u:%u ", mnt->mnt_id, mount_parent_id(mnt), (unsigned int)MAJOR(dev),
		   (unsigned int)MINOR(dev));
	err = show_mount_root(m, mnt);
	if (err)
		return err;
	seq_puts(m, " ");
	err = seq_path(m, &path, escape);
	if (err)
		return err;
	seq_puts(m, " ");
	show_mount_options(m, mnt);
	seq_printf(m, " - %s ", mnt->mnt_sb->s_type->name);
	seq_escape(m, mnt->mnt_devname, escape);
	seq_puts(m, " rw\n");
	return 0;
}

static int show_each_mount(struct seq_file *m, int (*show)(struct seq_file *m, struct vfsmount *mnt))
{
	struct vfsmount *mnt;
	int err = 0;

	for (unsigned int i = 0; !err && mount_at(i, &mnt); i++) {
		err = show(m, mnt);
		mntput(mnt);
	}
	return err;
}

int proc_show_mounts(struct seq_file *m, struct task_struct *p)
{
	return show_each_mount(m, show_mount);
}

int proc_show_mountinfo(struct seq_file *m, struct task_struct *p)
{
	return show_each_mount(m, show_mountinfo);
}
