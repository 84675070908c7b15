/*
 * sysctl.c - /proc/sys: figures of the kernel, one to a file. proc(5).
 *
 * Only pid_max can be set; the others state what is built in.
 */
#include <tine/cred.h>
#include <tine/mm.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/utsname.h>

#include "internal.h"

#define OVERFLOW_ID	65534		/* who cannot be expressed in 16 bits; user_namespaces(7) */
#define PIPE_MAX_SIZE	1048576		/* fcntl(2), F_SETPIPE_SZ */

static int show_number(struct seq_file *m, unsigned long n)
{
	seq_printf(m, "%lu\n", n);
	return 0;
}

#define SHOW_NUMBER(name, value) \
static int show_##name(struct seq_file *m, struct task_struct *p) \
{ \
	return show_number(m, value); \
}
SHOW_NUMBER(cap_last_cap, CAP_LAST_CAP)
SHOW_NUMBER(ngroups_max, NGROUPS_MAX)
SHOW_NUMBER(overflow_id, OVERFLOW_ID)
SHOW_NUMBER(pid_max, (unsigned long)pid_max_get())
SHOW_NUMBER(threads_max, max_threads)
SHOW_NUMBER(overcommit_memory, 0)
SHOW_NUMBER(file_max, INT64_MAX)
SHOW_NUMBER(nr_open, NR_OPEN_MAX)
SHOW_NUMBER(pipe_max_size, PIPE_MAX_SIZE)

#define SHOW_NAME(field) \
static int show_##field(struct seq_file *m, struct task_struct *p) \
{ \
	seq_puts(m, system_utsname.field); \
	seq_puts(m, "\n"); \
	return 0; \
}
SHOW_NAME(sysname)
SHOW_NAME(release)
SHOW_NAME(version)
SHOW_NAME(nodename)
SHOW_NAME(domainname)

#if TINE_DEBUG
/* Are all references to memory right? See mm/audit.c. */
static int show_audit(struct seq_file *m, struct task_struct *p)
{
	char *text = kmalloc(PAGE_SIZE / 2, GFP_KERNEL);

	if (!text)
		return -ENOMEM;
	mm_audit(text, PAGE_SIZE / 2);
	seq_puts(m, text);
	kfree(text);
	return 0;
}
#endif

static int write_pid_max(struct task_struct *p, char *text)
{
	unsigned long n;
	int err = kstrtoul(text, 10, &n);

	if (err)
		return -EINVAL;
	return n > PID_MAX_LIMIT ? -EINVAL : pid_max_set((pid_t)n);
}

static const struct proc_entry fs_table[] = {
	{ "file-max",	   S_IFREG | 0444, .show = show_file_max },
	{ "nr_open",	   S_IFREG | 0444, .show = show_nr_open },
	{ "pipe-max-size", S_IFREG | 0444, .show = show_pipe_max_size },
	{ NULL }
};

static const struct proc_entry kernel_table[] = {
#if TINE_DEBUG
	{ "audit",	  S_IFREG | 0444, .show = show_audit },
#endif
	{ "cap_last_cap", S_IFREG | 0444, .show = show_cap_last_cap },
	{ "domainname",	  S_IFREG | 0444, .show = show_domainname },
	{ "hostname",	  S_IFREG | 0444, .show = show_nodename },
	{ "ngroups_max",  S_IFREG | 0444, .show = show_ngroups_max },
	{ "osrelease",	  S_IFREG | 0444, .show = show_release },
	{ "ostype",	  S_IFREG | 0444, .show = show_sysname },
	{ "overflowgid",  S_IFREG | 0444, .show = show_overflow_id },
	{ "overflowuid",  S_IFREG | 0444, .show = show_overflow_id },
	{ "pid_max",	  S_IFREG | 0644, .show = show_pid_max, .write = write_pid_max },
	{ "threads-max",  S_IFREG | 0444, .show = show_threads_max },
	{ "version",	  S_IFREG | 0444, .show = show_version },
	{ NULL }
};

static const struct proc_entry vm_table[] = {
	{ "overcommit_memory", S_IFREG | 0444, .show = show_overcommit_memory },
	{ NULL }
};

const struct proc_entry proc_sys_table[] = {
	{ "fs",	    S_IFDIR | 0555, .children = fs_table },
	{ "kernel", S_IFDIR | 0555, .children = kernel_table },
	{ "vm",	    S_IFDIR | 0555, .children = vm_table },
	{ NULL }
};
