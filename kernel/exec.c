/*
 * exec.c - replacing the program of a process. The way through is drawn in <tine/exec.h>.
 *
 * Invariants: until begin_new_exec() has taken the old memory away, a failure returns its errno
 * and changes nothing. After it the only way out is a fatal signal. A program that gains
 * privileges runs with AT_SECURE, without the old parent-death signal.
 *
 * Locks: siglock while other threads are told to die, tasklist_lock when the leader's identity is
 * taken over, alloc_lock for mm and comm. execve(2), execveat(2).
 */
#include <arch/process.h>
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/format.h>
#include <tine/fs.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>

#include "exec.h"

/* ---- the file ----------------------------------------------------------------------------- */

/* Consumes the references in @path. */
static struct file *open_exec_path(struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	struct file *file = ERR_PTR(-EACCES);
	int err = -EACCES;

	if (S_ISREG(inode->i_mode) && !(path->mnt->mnt_flags & MS_NOEXEC))
		err = inode_permission(inode, MAY_EXEC);
	if (!err)
		file = alloc_file(path, O_RDONLY, inode->i_fop);
	path_put(path);
	return err ? ERR_PTR(err) : file;
}

struct file *open_exec_kernel(const char *name)
{
	struct path path;
	int err = kern_path(name, LOOKUP_FOLLOW, &path);

	return err ? ERR_PTR(err) : open_exec_path(&path);
}

static struct file *open_exec_user(int dfd, const char __user *name, unsigned int lookup)
{
	struct path path;
	int err = user_path_at(dfd, name, lookup, &path);

	return err ? ERR_PTR(err) : open_exec_path(&path);
}

int prepare_binprm(struct linux_binprm *bprm)
{
	ssize_t n;

	bprm_creds_from_file(bprm);
	memset(bprm->buf, 0, sizeof(bprm->buf));
	n = kernel_read(bprm->file, bprm->buf, sizeof(bprm->buf), 0);
	return n < 0 ? n : 0;
}

/* ---- the point of no return ---------------------------------------------------------------- */

/*
 * Wait until every other thread is released; the leader, if that is another, only has to be a zombie. Who
 * releases a thread counts notify_count down and wakes us at 0; -1 asks the leader to wake us when it exits.
 * -EINTR if we are killed.
 */
static int wait_for_threads(struct signal_struct *sig)
{
	spinlock_t *siglock = &current->sighand->siglock;
	bool leader_alive;

	spin_lock_irq(siglock);
	while (sig->notify_count > 0) {
		__set_current_state(TASK_KILLABLE);
		spin_unlock_irq(siglock);
		schedule();
		if (fatal_signal_pending(current))
			return -EINTR;
		spin_lock_irq(siglock);
	}
	spin_unlock_irq(siglock);
	while (!thread_group_leader(current)) {
		spin_lock_irq(&tasklist_lock);
		sig->notify_count = -1;
		leader_alive = !current->group_leader->exit_state;
		if (leader_alive)
			__set_current_state(TASK_KILLABLE);
		spin_unlock_irq(&tasklist_lock);
		if (!leader_alive)
			break;
		schedule();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/*
 * A thread other than the leader runs exec: it takes over the leader's pid, place in the family
 * and exit signal; the old leader is released under the thread's number. tasklist_lock held.
 */
static void become_leader(struct task_struct *leader)
{
	struct pid *leader_pid = leader->thread_pid, *own_pid = current->thread_pid;
	pid_t nr = current->pid;

	list_del_init(&leader->pid_links[PIDTYPE_PID]);
	list_del_init(&current->pid_links[PIDTYPE_PID]);
	attach_pid(current, PIDTYPE_PID, leader_pid);
	attach_pid(leader, PIDTYPE_PID, own_pid);
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++) {
		list_add(&current->pid_links[type], &leader->pid_links[type]);
		list_del_init(&leader->pid_links[type]);
	}
	list_add(&current->tasks, &leader->tasks);
	list_del_init(&leader->tasks);
	list_add(&current->sibling, &leader->sibling);
	list_del_init(&leader->sibling);
	list_splice_tail_init(&leader->children, &current->children);
	for (struct task_struct *c = list_first_entry(&current->children, struct task_struct, sibling);
	     &c->sibling != &current->children; c = list_next_entry(c, sibling)) {
		if (c->real_parent == leader)
			set_real_parent(c, current);
	}
	current->pid = leader->pid;
	leader->pid = nr;
	current->start_time = leader->start_time;
	current->group_leader = leader->group_leader = current;
	current->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	leader->exit_state = EXIT_DEAD;
}

/* The others are told to die. -EAGAIN if somebody else ends or replaces the group already. */
static int begin_de_thread(struct signal_struct *sig)
{
	int err = 0;

	spin_lock_irq(&current->sighand->siglock);
	if ((sig->flags & SIGNAL_GROUP_EXIT) || sig->group_exec_task) {
		err = -EAGAIN;
	} else {
		sig->group_exec_task = current;
		/* dead ones that are not released yet count too; a zombie leader is not waited for */
		sig->notify_count = zap_other_threads(current) - !thread_group_leader(current);
	}
	spin_unlock_irq(&current->sighand->siglock);
	return err;
}

/* Be the only thread of the group, and its leader. -EAGAIN or -EINTR: we are about to die. */
static int de_thread(void)
{
	struct signal_struct *sig = current->signal;
	struct task_struct *leader = NULL;
	int err;

	if (thread_group_empty(current))
		return 0;
	err = begin_de_thread(sig);
	if (err)
		return err;
	err = wait_for_threads(sig);
	spin_lock_irq(&tasklist_lock);
	if (!err && !thread_group_leader(current)) {
		leader = current->group_leader;
		become_leader(leader);
	}
	spin_lock(&current->sighand->siglock);
	sig->group_exec_task = NULL;
	sig->notify_count = 0;
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&tasklist_lock);
	if (leader)
		release_task(leader);
	return err;
}

/* exec resets what handlers there are, so they must not be anybody else's. */
static int unshare_sighand(void)
{
	struct sighand_struct *old = current->sighand, *new;

	if (refcount_read(&old->count) == 1)
		return 0;
	new = sighand_dup(old);
	if (!new)
		return -ENOMEM;
	spin_lock_irq(&tasklist_lock);
	spin_lock(&old->siglock);
	current->sighand = new;
	spin_unlock(&old->siglock);
	spin_unlock_irq(&tasklist_lock);
	sighand_put(old);
	return 0;
}

/* Load the new address space and let go of the old one. */
static void exec_mmap(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm, *old_active = current->active_mm;

	mm_release(current);
	task_lock(current);
	local_irq_disable();
	current->mm = current->active_mm = mm;
	switch_mm(old_active, mm);
	local_irq_enable();
	task_unlock(current);
	if (old)
		mmput(old);
	else
		mmdrop(old_active);	/* what a kernel thread had borrowed */
}

static void set_comm(struct linux_binprm *bprm, const char *filename)
{
	const char *base = strrchr(filename, '/');

	strscpy(bprm->comm, base ? base + 1 : filename, sizeof(bprm->comm));
}

/* Forget what belonged to the old program, and to its user if the new one is another. */
static void reset_task(struct linux_binprm *bprm)
{
	current->flags &= ~(PF_FORKNOEXEC | PF_KTHREAD);
	flush_thread();
	flush_signal_handlers(current);
	current->sas_ss_sp = current->sas_ss_size = 0;
	current->robust_list = NULL;
	current->clear_child_tid = current->set_child_tid = NULL;
	current->restart_block.fn = NULL;
	current->signal->dumpable = 1;
	if (bprm->secure) {
		struct rlimit64 *stack = &current->signal->rlim[RLIMIT_STACK];

		/* a layout of memory that the caller chose could help it against the program */
		current->pdeath_signal = 0;
		spin_lock_irq(&current->sighand->siglock);
		stack->rlim_cur = min(stack->rlim_cur, (u64)_STK_LIM);
		spin_unlock_irq(&current->sighand->siglock);
	}
	spin_lock_irq(&tasklist_lock);
	current->self_exec_id++;
	current->exit_signal = SIGCHLD;
	spin_unlock_irq(&tasklist_lock);
	task_lock(current);
	memcpy(current->comm, bprm->comm, sizeof(current->comm));
	task_unlock(current);
}

int begin_new_exec(struct linux_binprm *bprm)
{
	int err = de_thread();

	if (!err)
		posix_timers_exit(current->signal);
	if (!err)
		err = unshare_files();
	if (!err)
		err = unshare_sighand();
	if (!err)
		err = flush_arg_page(bprm);
	if (err)
		return err;
	set_mm_exe_file(bprm->mm, bprm->file);
	bprm->point_of_no_return = true;
	exec_mmap(bprm->mm);
	bprm->mm = NULL;
	reset_task(bprm);
	do_close_on_exec(current->files);
	commit_creds(bprm->cred);
	bprm->cred = NULL;
	return 0;
}

/* ---- putting it together ------------------------------------------------------------------- */

static int search_binary_handler(struct linux_binprm *bprm)
{
	int err;

	for (bprm->depth = 0; bprm->depth <= MAX_SCRIPT_DEPTH; bprm->depth++) {
		err = prepare_binprm(bprm);
		if (err)
			return err;
		err = load_script(bprm);
		if (err == -ENOEXEC)
			return load_elf_binary(bprm);
		if (err < 0)
			return err;
	}
	return -ELOOP;
}

static int copy_all_strings(struct linux_binprm *bprm, const char *filename, const struct arg_list *argv,
			    const struct arg_list *envp)
{
	int err;

	bprm->argc = count_strings(argv);
	if (bprm->argc < 0)
		return bprm->argc;
	bprm->envc = count_strings(envp);
	if (bprm->envc < 0)
		return bprm->envc;
	err = copy_string_kernel(bprm, filename);
	bprm->exec = bprm->p;
	if (!err)
		err = copy_strings(bprm, envp, bprm->envc);
	if (!err)
		err = copy_strings(bprm, argv, bprm->argc);
	if (!err && bprm->argc == 0) {	/* programs trust argv[0] to be there: CVE-2021-4034 */
		err = copy_string_kernel(bprm, "");
		bprm->argc = 1;
	}
	return err;
}

static void free_bprm(struct linux_binprm *bprm)
{
	if (bprm->mm)
		mmput(bprm->mm);
	if (bprm->cred)
		put_cred(bprm->cred);
	if (bprm->file)
		fput(bprm->file);
	kfree(bprm->page);
	kfree(bprm);
}

/* Consumes the reference to @file. */
static int do_execve_file(struct file *file, const char *filename, const struct arg_list *argv,
			  const struct arg_list *envp)
{
	struct linux_binprm *bprm = NULL;
	int err = -ENOMEM;

	/* set*id(2) went over RLIMIT_NPROC and nobody looked: now it counts */
	if ((current->flags & PF_NPROC_EXCEEDED) && over_nproc_limit(current_cred()))
		err = -EAGAIN;
	else
		bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	if (!bprm) {
		fput(file);
		return err;
	}
	current->flags &= ~PF_NPROC_EXCEEDED;
	bprm->file = file;
	bprm->interp = filename;
	set_comm(bprm, filename);
	bprm->cred = prepare_creds();
	err = bprm->cred ? bprm_mm_init(bprm) : -ENOMEM;
	if (!err)
		err = copy_all_strings(bprm, filename, argv, envp);
	if (!err)
		err = search_binary_handler(bprm);
	fs_exec_end();
	if (err && bprm->point_of_no_return)
		force_sigsegv(SIGSEGV);
	free_bprm(bprm);
	return err;
}

int kernel_execve(const char *filename, const char *const *argv, const char *const *envp)
{
	struct arg_list args = { .kernel = argv }, env = { .kernel = envp };
	struct file *file = open_exec_kernel(filename);

	if (IS_ERR(file))
		return PTR_ERR(file);
	return do_execve_file(file, filename, &args, &env);
}

/* execveat(2) shows a script opened by descriptor as /dev/fd/N[/name]. */
static int display_name(char *buf, int dfd, const char __user *name)
{
	long len = strncpy_from_user(buf, name, PATH_MAX);

	if (len < 0)
		return len;
	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	if (dfd != AT_FDCWD && buf[0] != '/') {
		char *rest = kstrdup(buf, GFP_KERNEL);

		if (!rest)
			return -ENOMEM;
		scnprintf(buf, PATH_MAX, *rest ? "/dev/fd/%d/%s" : "/dev/fd/%d", dfd, rest);
		kfree(rest);
	}
	return 0;
}

long do_execveat(int dfd, const char __user *name, const struct arg_list *argv, const struct arg_list *envp,
		 int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	char *filename;
	struct file *file;
	long err;

	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	filename = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!filename)
		return -ENOMEM;
	err = display_name(filename, dfd, name);
	if (!err) {
		file = open_exec_user(dfd, name, lookup);
		err = IS_ERR(file) ? PTR_ERR(file) : do_execve_file(file, filename, argv, envp);
	}
	kfree(filename);
	return err;
}

long sys_execve(const char __user *name, const char __user *const __user *argv,
		const char __user *const __user *envp)
{
	struct arg_list args = { .user = argv }, env = { .user = envp };

	return do_execveat(AT_FDCWD, name, &args, &env, 0);
}

long sys_execveat(int dfd, const char __user *name, const char __user *const __user *argv,
		  const char __user *const __user *envp, int flags)
{
	struct arg_list args = { .user = argv }, env = { .user = envp };

	return do_execveat(dfd, name, &args, &env, flags);
}
