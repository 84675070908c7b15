/*
 * internal.h - what the files of fs/proc share.
 *
 * Every directory is a table of struct proc_entry: a new file is one line there and one show()
 * function. See root.c for how tables become inodes.
 */
#pragma once

#include <tine/fs.h>
#include <tine/sched.h>

#define PROC_TEXT_MAX	128	/* bytes that a write to a file here may have */

struct proc_inode;
struct seq_file;

/*
 * One name. Of the functions, those that fit its type are set. @p is the task of the directory,
 * with a reference; NULL outside of task directories. All may sleep.
 */
struct proc_entry {
	const char *name;			/* NULL ends a table */
	mode_t mode;
	bool inspect;				/* readers must be allowed to look into the task's memory */
	int (*show)(struct seq_file *m, struct task_struct *p);		/* the text; 0 or -errno */
	int (*write)(struct task_struct *p, char *text);		/* null-terminated; 0 or -errno */
	int (*follow)(struct task_struct *p, struct path *path);	/* a link to an object */
	int (*target)(struct task_struct *p, char *buf);		/* a link with text: length */
	const struct proc_entry *children;				/* a directory made of a table */
	const struct inode_operations *iop;	/* others than those that follow from the above */
	const struct file_operations *fop;
};

/* inode->i_private */
struct proc_inode {
	const struct proc_entry *entry;		/* constant */
	struct pid *pid;			/* constant; with a reference; NULL outside of task directories */
	unsigned int fd;			/* constant; under fd and fdinfo */
};

static inline struct proc_inode *proc_i(const struct inode *inode)
{
	return inode->i_private;
}

/* ---- inode.c ---- */
void proc_inode_init(void);
/*
 * A new inode for @entry; the owner is that of the task @pid names, root if it is NULL. @ino must
 * be the same each time. ERR_PTR: -ENOMEM.
 */
struct inode *proc_new_inode(struct super_block *sb, const struct proc_entry *entry, struct pid *pid, u64 ino);
/* Owner and group as the task has them now. */
void proc_update_owner(struct inode *inode);
/* The task of @inode with a reference, or ERR_PTR(-ESRCH): it is gone. Only inodes with a pid. */
struct task_struct *proc_task(const struct inode *inode);
/* The text of a link to an object: its name as the reader sees it, into @buf (PATH_MAX bytes). */
int proc_read_path(struct dentry *dentry, int (*follow)(struct dentry *, struct path *), char *buf);
/* i_op->evict of every inode here. */
void proc_evict(struct inode *inode);

/* ---- dir.c: directories made of tables, and help for the others ---- */
extern const struct inode_operations proc_table_iops;
extern const struct file_operations proc_table_fops;
loff_t proc_dir_llseek(struct file *file, loff_t offset, int whence);
/* Give @dentry the entry of @table with its name; leaves it alone if there is none. 0 or -ENOMEM. */
int proc_lookup_table(struct inode *dir, struct dentry *dentry, const struct proc_entry *table);
/* "." and ".." at positions 0 and 1. False: the buffer is full. */
bool proc_emit_dots(struct file *file, struct dir_context *ctx);
/* Entry i of @table at position 2 + i. False: the buffer is full. */
bool proc_emit_table(struct file *file, struct dir_context *ctx, const struct proc_entry *table);
bool proc_emit_number(struct dir_context *ctx, unsigned int number, u64 ino, unsigned int type);
/* The name of @dentry as a number: decimal, no leading zero; -1 if it is none. */
long proc_name_number(const struct dentry *dentry);
/* Numbers of inodes: of entry @i in the directory of task @nr (0: the root's), of its thread @nr. */
#define PROC_INO_ROOT		1
#define PROC_INO(nr, i)		(((u64)(nr) << 24) | 0x100 | (i))
#define PROC_INO_FD(nr, fd)	(((u64)(nr) << 24) | 0x800000 | (fd))
#define PROC_INO_THREAD(nr)	(((u64)(nr) << 24) | 0x80)

/* ---- base.c: directories of tasks ---- */
extern const struct proc_entry proc_tgid_entry;
/* Bind @dentry to the directory of the task with this number, if there is one. */
int proc_pid_lookup(struct inode *dir, struct dentry *dentry, pid_t nr);
/* List processes, those below position @first as well. */
int proc_pid_readdir(struct dir_context *ctx, loff_t first);
/* Does the task that an inode stands for still exist? Refreshes its owner. */
bool proc_pid_revalidate(struct inode *dir, struct dentry *dentry);
/* May the running task look into the memory of @p? ptrace(2), "Ptrace access mode checking". */
bool proc_may_inspect(struct task_struct *p);

/* ---- fd.c ---- */
extern const struct inode_operations proc_fd_iops, proc_fdinfo_iops;
extern const struct file_operations proc_fd_fops, proc_fdinfo_fops;

/* ---- seq.c: text that grows while it is written ---- */
extern const struct file_operations proc_seq_fops;
void seq_write(struct seq_file *m, const void *data, size_t len);
void seq_puts(struct seq_file *m, const char *s);
/* At most 255 bytes of result. */
/* The name of @path; bytes out of @escape as a backslash and three octal digits. 0 or -errno. */
int seq_path(struct seq_file *m, const struct path *path, const char *escape);
void seq_escape(struct seq_file *m, const char *s, const char *escape);
/* Bytes written so far. */
size_t seq_length(const struct seq_file *m);
/* No memory: the rest of the text will be dropped, do not bother. */
bool seq_failed(const struct seq_file *m);
/* The inode whose file is being shown. */
const struct inode *seq_inode(const struct seq_file *m);

/* ---- array.c, task_mem.c, task_misc.c: files of one task ---- */
int proc_show_tgid_stat(struct seq_file *m, struct task_struct *p);
int proc_show_tid_stat(struct seq_file *m, struct task_struct *p);
int proc_show_status(struct seq_file *m, struct task_struct *p);
int proc_show_statm(struct seq_file *m, struct task_struct *p);
int proc_show_maps(struct seq_file *m, struct task_struct *p);
int proc_show_cmdline(struct seq_file *m, struct task_struct *p);
int proc_show_environ(struct seq_file *m, struct task_struct *p);
int proc_show_auxv(struct seq_file *m, struct task_struct *p);
int proc_show_comm(struct seq_file *m, struct task_struct *p);
/* The name of @p; @escape: on one line for sure. */
void proc_put_comm(struct seq_file *m, struct task_struct *p, bool escape);
int proc_write_comm(struct task_struct *p, char *text);
int proc_show_limits(struct seq_file *m, struct task_struct *p);
int proc_show_wchan(struct seq_file *m, struct task_struct *p);
int proc_show_oom_score(struct seq_file *m, struct task_struct *p);
int proc_follow_exe(struct task_struct *p, struct path *path);
int proc_follow_cwd(struct task_struct *p, struct path *path);
int proc_follow_root(struct task_struct *p, struct path *path);
extern const struct file_operations proc_fail_nth_fops;
void proc_status_memory(struct seq_file *m, struct task_struct *p);
/* The memory of @p with a user's reference (mmput()), or NULL. */
struct mm_struct *proc_task_mm(struct task_struct *p);

/* ---- system.c, sysctl.c, mounts.c, cpuinfo.c: files of the system ---- */
int proc_show_meminfo(struct seq_file *m, struct task_struct *p);
int proc_show_system_stat(struct seq_file *m, struct task_struct *p);
int proc_show_uptime(struct seq_file *m, struct task_struct *p);
int proc_show_loadavg(struct seq_file *m, struct task_struct *p);
int proc_show_version(struct seq_file *m, struct task_struct *p);
int proc_show_boot_cmdline(struct seq_file *m, struct task_struct *p);
int proc_show_filesystems(struct seq_file *m, struct task_struct *p);
int proc_show_ledger(struct seq_file *m, struct task_struct *p);
int proc_show_mounts(struct seq_file *m, struct task_struct *p);
int proc_show_mountinfo(struct seq_file *m, struct task_struct *p);
int proc_show_cpuinfo(struct seq_file *m, struct task_struct *p);
extern const struct proc_entry proc_sys_table[];

/* Times in /proc count hundredths of a second. */
static inline u64 nsec_to_clock_t(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}
