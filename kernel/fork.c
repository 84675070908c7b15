/*
 * fork.c - how a task is made from another.
 *
 *   sys_fork, sys_vfork, kernel_thread (here), sys_clone, sys_clone3 (clone.c)
 *      fill in a kernel_clone_args and call
 *   do_fork()
 *      copy_process()
 *         check_clone_flags()  refuses contradictions before any work
 *         dup_task_struct()    the task and its fresh kernel stack
 *         stages[]             everything that is copied or shared, in order
 *         publish_task()       pid, parent and lists become visible, under one lock
 *      wake_up_new_task()      the scheduler places the child; from here on it may already be dead
 *
 * Stages are data: copy_process() walks the table forward, a failure walks it backward from where
 * it stopped and calls put(). Exit uses the same put functions: those marked PUT_AT_EXIT when the
 * task exits (memory first, then files), those marked PUT_AT_REAP when its parent has waited for
 * it. So nothing is undone in two places.
 *
 * A put function never fails, allocates nothing, and leaves its field NULL.
 *
 * Locks: none while stages run: the child is unknown to everybody. publish_task() takes
 * tasklist_lock, then siglock of the parent.
 *
 * clone(2), fork(2), vfork(2).
 */
#include <arch/ptrace.h>
#include <arch/uaccess.h>
#include <tine/clone_flags.h>
#include <tine/cred.h>
#include <tine/fault_inject.h>
#include <tine/fs.h>
#include <tine/futex.h>
#include <tine/ledger.h>
#include <tine/mm.h>
#include <tine/pidfd.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>
#include <tine/tty.h>

#include "fork.h"

DEFINE_SPINLOCK(tasklist_lock);
unsigned int nr_threads;
unsigned int max_threads;
unsigned long total_forks;
struct kmem_cache *task_struct_cachep;

/* ---- task and stack ---------------------------------------------------------------------- */

void put_task_struct(struct task_struct *p)
{
	if (!refcount_dec_and_test(&p->usage))
		return;
	assert(!p->stack && !p->signal && !p->mm);
	put_cred(p->real_cred);
	kmem_cache_free(task_struct_cachep, p);
	ledger_add(LEDGER_TASKS, -1);
}

void put_task_stack(struct task_struct *p)
{
	kstack_free(p->stack);
	p->stack = NULL;
}

static fork_path void set_task_stack_end_magic(struct task_struct *p)
{
	*(unsigned long *)p->stack = STACK_END_MAGIC;
}

/*
 * A copy of @orig with a kernel stack of its own. The stack's contents are not copied: the child
 * starts on an empty one, on which copy_thread_tls() lays out where it begins.
 */
static fork_path struct task_struct *dup_task_struct(struct task_struct *orig)
{
	struct task_struct *p = kmem_cache_alloc(task_struct_cachep, GFP_KERNEL);
	void *stack;

	if (!p)
		return NULL;
	stack = kstack_alloc();
	if (!stack) {
		kmem_cache_free(task_struct_cachep, p);
		return NULL;
	}
	arch_dup_task_struct(p, orig);
	p->stack = stack;
	p->thread_info.flags = 0;
	set_task_stack_end_magic(p);
	refcount_set(&p->usage, 2);	/* one for the scheduler, one for who waits */
	ledger_add(LEDGER_TASKS, 1);
	return p;
}

/* ---- memory ------------------------------------------------------------------------------ */

/* Give @mm, which is bare, the mappings of @oldmm and, copy on write, its pages. 0, -ENOMEM or -EINTR. */
static fork_path int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	int err = mutex_lock_killable(&oldmm->mmap_lock);

	if (err)
		return err;
	mutex_lock(&mm->mmap_lock);
	err = mm_share_map(mm, oldmm);
	/* Only now, with the child known to the files: truncation must find its pages. */
	if (!err)
		err = copy_page_range(mm, oldmm, current_pt_regs()->sp);
	mutex_unlock(&mm->mmap_lock);
	mutex_unlock(&oldmm->mmap_lock);
	return err;
}

/* A new address space that is a copy of @oldmm, or an ERR_PTR. */
static fork_path struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	struct mm_struct *mm = mm_alloc_bare();
	int err;

	if (!mm)
		return ERR_PTR(-ENOMEM);
	err = dup_mmap(mm, oldmm);
	if (err) {
		mmput(mm);
		return ERR_PTR(err);
	}
	return mm;
}

static fork_path int copy_mm(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct mm_struct *mm, *oldmm = current->mm;

	p->mm = p->active_mm = NULL;
	p->min_flt = p->maj_flt = 0;
	if (!oldmm)		/* a kernel thread borrows whatever is loaded */
		return 0;
	if (args->flags & CLONE_VM) {
		mmget(oldmm);
		mm = oldmm;
	} else {
		mm = dup_mm(oldmm);
		if (IS_ERR(mm))
			return PTR_ERR(mm);
	}
	p->mm = p->active_mm = mm;
	return 0;
}

/* Leave the address space: at exit, or for a child that will never run. */
static void exit_mm(struct task_struct *p)
{
	struct mm_struct *mm = p->mm;

	if (!mm)
		return;
	if (p == current) {
		mmgrab(mm);	/* its tables stay loaded until the next switch: see context_switch() */
		p->active_mm = mm;
	}
	task_lock(p);
	p->mm = NULL;
	task_unlock(p);
	mmput(mm);
}

/* ---- stages with little to do ------------------------------------------------------------- */

/* Rough, and allowed to be: it stops root's fork bombs; publish_task() does the counting. */
static fork_path int check_max_threads(struct task_struct *p, const struct kernel_clone_args *args)
{
	return READ_ONCE(nr_threads) >= max_threads ? -EAGAIN : 0;
}

static fork_path int copy_sched(struct task_struct *p, const struct kernel_clone_args *args)
{
	return sched_fork(args->flags, p);
}

static fork_path int copy_thread(struct task_struct *p, const struct kernel_clone_args *args)
{
	return copy_thread_tls(p, args);
}

static fork_path int copy_pid(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct pid *pid;

	p->thread_pid = NULL;
	if (args->kernel_flags & KCLONE_IDLE_THREAD) {
		p->pid = p->tgid = 0;
		return 0;
	}
	pid = args->set_tid_size ? alloc_pid_at(args->set_tid, args->set_tid_size) : alloc_pid();
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	p->thread_pid = pid;
	p->pid = pid->nr;
	p->tgid = args->flags & CLONE_THREAD ? current->tgid : p->pid;
	return 0;
}

/* Give a number back that no task was ever attached to. */
static void put_unused_pid(struct task_struct *p)
{
	if (p->thread_pid)
		free_pid(p->thread_pid);
	p->thread_pid = NULL;
}

/*
 * LegoOS: tell the global monitor that a process is about to exist. This machine is its own
 * monitor, so there is nobody to tell; the stage marks the place, the last one that may fail. Fault
 * injection plays the monitor that refuses: so all that comes before is seen to be undone.
 */
static fork_path int p2m_fork(struct task_struct *p, const struct kernel_clone_args *args)
{
	return should_fail(FAIL_LIMIT) ? -EAGAIN : 0;
}

/* ---- the table ---------------------------------------------------------------------------- */

static const struct copy_stage {
	const char *name;
	int (*copy)(struct task_struct *p, const struct kernel_clone_args *args);
	void (*put)(struct task_struct *p);
	enum put_when when;		/* besides undoing: when a task that lived calls put() */
} stages[] = {
	{ "creds",	copy_creds,		exit_creds,	PUT_AT_REAP },
	{ "threads",	check_max_threads,	NULL,		PUT_NEVER },
	{ "sched",	copy_sched,		NULL,		PUT_NEVER },
	{ "semundo",	copy_semundo,		NULL,		PUT_NEVER },
	{ "files",	copy_files,		exit_files,	PUT_AT_EXIT },
	{ "fs",		copy_fs,		exit_fs,	PUT_AT_EXIT },
	{ "sighand",	copy_sighand,		put_sighand,	PUT_AT_REAP },
	{ "signal",	copy_signal,		put_signal,	PUT_AT_REAP },
	{ "mm",		copy_mm,		exit_mm,	PUT_AT_EXIT },
	{ "keys",	copy_keys,		NULL,		PUT_NEVER },
	{ "namespaces",	copy_namespaces,	NULL,		PUT_NEVER },
	{ "io",		copy_io,		NULL,		PUT_NEVER },
	{ "thread",	copy_thread,		NULL,		PUT_NEVER },
	{ "pid",	copy_pid,		put_unused_pid,	PUT_NEVER },
	{ "pidfd",	copy_pidfd,		put_pidfd,	PUT_NEVER },
	{ "p2m",	p2m_fork,		NULL,		PUT_NEVER },
};

static void undo_stages(struct task_struct *p, unsigned int done)
{
	while (done--) {
		if (stages[done].put)
			stages[done].put(p);
	}
}

/* 0, or the error of the stage that failed with all before it undone. Unrolled, the calls are direct ones. */
static int run_stages(struct task_struct *p, const struct kernel_clone_args *args)
{
#pragma GCC unroll 16
	for (unsigned int i = 0; i < ARRAY_SIZE(stages); i++) {
		int err = stages[i].copy(p, args);

		if (unlikely(err)) {
			undo_stages(p, i);
			return err;
		}
	}
	return 0;
}

/* Which stages have something to put at each time: constant after fork_init(). */
static unsigned long put_masks[PUT_AT_REAP + 1];

static void make_put_masks(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stages); i++) {
		if (stages[i].put)
			put_masks[stages[i].when] |= BIT(i);
	}
}

/* From the last stage to the first, as at a failure. */
void put_stages(struct task_struct *p, enum put_when when)
{
	unsigned long left = put_masks[when];

	while (left) {
		unsigned int last = 63 - (unsigned int)__builtin_clzl(left);

		left &= ~BIT(last);
		stages[last].put(p);
	}
}

/* ---- copy_process ------------------------------------------------------------------------- */

/* What a child does not inherit, and the links that nobody follows yet. */
static void reset_child(struct task_struct *p, const struct kernel_clone_args *args)
{
	p->flags &= ~(PF_SUPERPRIV | PF_IDLE | PF_KTHREAD);
	p->flags |= PF_FORKNOEXEC;
	if (args->fn)
		p->flags |= PF_KTHREAD;
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->tasks);
	INIT_LIST_HEAD(&p->thread_node);
	for (int i = 0; i < PIDTYPE_MAX; i++)
		INIT_LIST_HEAD(&p->pid_links[i]);
	spin_lock_init(&p->alloc_lock);
	spin_lock_init(&p->cred_lock);
	p->real_cred = NULL;
	init_sigpending(&p->pending);
	p->restore_sigmask = false;
	p->stop_pending = false;
	p->real_blocked = 0;
	p->restart_block.fn = NULL;
	p->vfork_done = NULL;
	p->set_child_tid = args->flags & CLONE_CHILD_SETTID ? args->child_tid : NULL;
	p->clear_child_tid = args->flags & CLONE_CHILD_CLEARTID ? args->child_tid : NULL;
	p->robust_list = NULL;
	/* an alternate stack lies in memory: who shares the memory without waiting must not share it */
	if ((args->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		sas_ss_reset(p);
	p->utime = p->stime = 0;
	p->nvcsw = p->nivcsw = 0;
	p->start_time = ktime_get();
	p->exit_state = p->exit_code = 0;
	p->exit_signal = args->flags & CLONE_THREAD ? -1 : args->exit_signal;
	p->pdeath_signal = 0;
	p->fail_nth = p->fail_state = 0;
	p->pagefault_disabled = 0;
}

/* Parent of the child: the caller, or whoever is the caller's own parent. tasklist_lock held. */
static void set_parent(struct task_struct *p, const struct kernel_clone_args *args)
{
	if (args->flags & (CLONE_PARENT | CLONE_THREAD)) {
		set_real_parent(p, current->real_parent);
		p->parent_exec_id = current->parent_exec_id;
		if (!(args->flags & CLONE_THREAD))
			p->exit_signal = current->group_leader->exit_signal;
	} else {
		set_real_parent(p, current);
		p->parent_exec_id = current->self_exec_id;
	}
}

/* tasklist_lock and the parent's siglock held. */
static void link_thread(struct task_struct *p)
{
	p->group_leader = current->group_leader;
	p->signal->nr_threads++;
	atomic_inc(&p->signal->live);
	join_group_stop(p);
	list_add_tail(&p->thread_node, &p->signal->thread_head);
	/* a group stop has begun: one more thread that has to take part before it is complete */
	if (p->signal->group_stop_count) {
		p->signal->group_stop_count++;
		p->stop_pending = true;
		set_tsk_thread_flag(p, TIF_SIGPENDING);
	}
}

/* @pending: signals that it begins with. tasklist_lock and the parent's siglock held. */
static void link_process(struct task_struct *p, sigset_t pending)
{
	p->group_leader = p;
	p->signal->nr_threads = 1;
	atomic_set(&p->signal->live, 1);
	if (p->pid == 1)	/* signals without a handler do not reach it */
		p->signal->flags |= SIGNAL_UNKILLABLE;
	list_add_tail(&p->thread_node, &p->signal->thread_head);
	p->signal->tty = tty_get(current->signal->tty);
	p->signal->has_child_subreaper = p->real_parent->signal->has_child_subreaper ||
					 p->real_parent->signal->is_child_subreaper;
	list_add_tail(&p->sibling, &p->real_parent->children);
	list_add_tail(&p->tasks, &init_task->tasks);
	attach_pid(p, PIDTYPE_TGID, p->thread_pid);
	attach_pid(p, PIDTYPE_PGID, current->signal->pids[PIDTYPE_PGID]);
	attach_pid(p, PIDTYPE_SID, current->signal->pids[PIDTYPE_SID]);
	p->signal->shared_pending.signal = pending;
	if (pending)
		set_tsk_thread_flag(p, TIF_SIGPENDING);
}

/*
 * Make the child visible: the only place where pid, parent and lists learn of it. All checks come
 * first; what follows them cannot fail. Signals sent to several processes while the fork ran (kill
 * of a group) are pending in the child from the beginning: none escapes, and none but a fatal one
 * disturbs the fork, however fast they come.
 */
static fork_path int publish_task(struct task_struct *p, const struct kernel_clone_args *args,
				  struct multiprocess_signals *delayed)
{
	struct sighand_struct *sighand = current->sighand;
	int err = 0;

	spin_lock_irq(&tasklist_lock);
	spin_lock(&sighand->siglock);
	list_del_init(&delayed->node);
	if (fatal_signal_pending(current))
		err = -EINTR;
	else if ((args->flags & CLONE_THREAD) && (current->signal->flags & SIGNAL_GROUP_EXIT))
		err = -EAGAIN;
	if (!err && p->thread_pid) {	/* idle tasks stay invisible */
		set_parent(p, args);
		if (args->flags & CLONE_THREAD)
			link_thread(p);
		else
			link_process(p, delayed->signal);
		attach_pid(p, PIDTYPE_PID, p->thread_pid);
		nr_threads++;
		total_forks++;
	}
	spin_unlock(&sighand->siglock);
	spin_unlock_irq(&tasklist_lock);
	return err;
}

static void discard_task(struct task_struct *p)
{
	put_task_stack(p);
	refcount_set(&p->usage, 1);
	p->signal = NULL;	/* what the stages did not take, the copy still names */
	p->sighand = NULL;
	p->mm = NULL;
	put_task_struct(p);
}

/* Everything but what others see: a task on which all stages have run. ERR_PTR. */
static fork_path struct task_struct *prepare_child(const struct kernel_clone_args *args)
{
	struct task_struct *p;
	int err;

	if (signal_pending(current))
		return ERR_PTR(-ERESTARTNOINTR);
	p = dup_task_struct(current);
	if (!p)
		return ERR_PTR(-ENOMEM);
	reset_child(p, args);
	err = run_stages(p, args);
	if (err) {
		discard_task(p);
		return ERR_PTR(err);
	}
	return p;
}

/*
 * A child of the running task as @args say: complete, visible, but not running yet. An ERR_PTR
 * with nothing left behind otherwise.
 */
static fork_path struct task_struct *copy_process(const struct kernel_clone_args *args)
{
	struct multiprocess_signals delayed;
	struct task_struct *p;
	int err;

	err = check_clone_flags(args, current->signal->flags & SIGNAL_UNKILLABLE);
	if (err)
		return ERR_PTR(err);
	collect_signals(&delayed);
	p = prepare_child(args);
	if (IS_ERR(p)) {
		forget_signals(&delayed);
		return p;
	}
	err = publish_task(p, args, &delayed);
	if (err) {
		undo_stages(p, ARRAY_SIZE(stages));
		discard_task(p);
		return ERR_PTR(err);
	}
	install_pidfd(p);
	return p;
}

/* ---- vfork ------------------------------------------------------------------------------- */

static void complete_vfork_done(struct task_struct *p)
{
	struct completion *vfork;

	task_lock(p);
	vfork = p->vfork_done;
	if (vfork) {
		p->vfork_done = NULL;
		complete(vfork);
	}
	task_unlock(p);
}

/*
 * Sleep until @child has left our memory. A fatal signal ends the wait: then the child must not
 * complete what lies on a stack that is going away. Consumes the reference to @child.
 */
static fork_path void wait_for_vfork_done(struct task_struct *child, struct completion *vfork)
{
	if (wait_for_completion_killable(vfork)) {
		task_lock(child);
		child->vfork_done = NULL;
		task_unlock(child);
	}
	put_task_struct(child);
}

void mm_release(struct task_struct *p)
{
	futex_exit_release(p);
	if (p->clear_child_tid) {
		/* Only a sharer of the memory can look at the word. Failure is the program's affair. */
		if (p->mm && atomic_read(&p->mm->mm_users) > 1 && put_user(0, p->clear_child_tid) == 0)
			futex_wake((u32 __user *)p->clear_child_tid, true, 1, FUTEX_BITSET_MATCH_ANY);
		p->clear_child_tid = NULL;
	}
	complete_vfork_done(p);
}

/* ---- do_fork and its callers -------------------------------------------------------------- */

fork_path pid_t do_fork(struct kernel_clone_args *args)
{
	struct completion vfork;
	struct task_struct *p;
	pid_t nr;

	p = copy_process(args);
	if (IS_ERR(p))
		return PTR_ERR(p);
	nr = p->pid;		/* read now: once awake, the child may exit and be reaped at any time */
	/* As on Linux a bad pointer here is ignored: the child exists already. */
	if ((args->flags & CLONE_PARENT_SETTID) && put_user(nr, args->parent_tid))
		args->parent_tid = NULL;
	if (args->flags & CLONE_VFORK) {
		init_completion(&vfork);
		p->vfork_done = &vfork;
		get_task_struct(p);
	}
	wake_up_new_task(p);
	if (args->flags & CLONE_VFORK)
		wait_for_vfork_done(p, &vfork);
	return nr;
}

fork_path pid_t kernel_thread(int (*fn)(void *), void *arg, unsigned long flags)
{
	struct kernel_clone_args args = {
		.flags = (flags & ~(unsigned long)CSIGNAL) | CLONE_VM | CLONE_UNTRACED,
		.exit_signal = flags & CSIGNAL,
		.fn = fn,
		.fn_arg = arg,
	};

	return do_fork(&args);
}

fork_path long sys_fork(void)
{
	struct kernel_clone_args args = {
		.kernel_flags = KCLONE_GLOBAL_THREAD,
		.exit_signal = SIGCHLD,
	};

	return do_fork(&args);
}

fork_path long sys_vfork(void)
{
	struct kernel_clone_args args = {
		.flags = CLONE_VFORK | CLONE_VM,
		.kernel_flags = KCLONE_GLOBAL_THREAD,
		.exit_signal = SIGCHLD,
	};

	return do_fork(&args);
}

/*
 * Size the machine for tasks: as many as use an eighth of memory for their kernel stacks, so that
 * a fork bomb runs into EAGAIN while there is still memory to end it.
 */
void fork_init(void)
{
	make_put_masks();
	task_struct_cachep = kmem_cache_create("task_struct", arch_task_struct_size, 64);
	max_threads = max(nr_total_pages() / (8 * THREAD_SIZE / PAGE_SIZE), 20UL);
	max_threads = min(max_threads, (unsigned int)PID_MAX_LIMIT);
	init_task->signal->rlim[RLIMIT_NPROC] = (struct rlimit64){ max_threads / 2, max_threads / 2 };
	init_task->signal->rlim[RLIMIT_SIGPENDING] = init_task->signal->rlim[RLIMIT_NPROC];
}
