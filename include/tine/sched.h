/*
 * sched.h - tasks, and what the scheduler offers.
 *
 * Letters at fields say who may touch them:
 *   (c) constant once the task is published      (o) only the task itself, or before publishing
 *   (a) atomic, or one word read racily           (t) tasklist_lock
 *   (s) sighand->siglock                          (r) lock of the run queue of task_cpu()
 *   (A) alloc_lock of the task: readers other than the task take it; the task takes it to change.
 *       Not with interrupts off, and so never under tasklist_lock or siglock
 *   (C) cred_lock of the task; a leaf, interrupts off
 *
 * Lock order: tasklist_lock, sighand->siglock, wait queues, run queue.
 */
#pragma once

#include <arch/process.h>
#include <arch/thread.h>
#include <tine/atomic.h>
#include <tine/kstack.h>
#include <tine/list.h>
#include <tine/percpu.h>
#include <tine/pid.h>
#include <tine/rbtree.h>
#include <tine/signal.h>
#include <tine/spinlock.h>
#include <tine/time.h>
#include <tine/upcalls.h>

struct completion;
struct cred;
struct file;
struct files_struct;
struct fs_struct;
struct mm_struct;
struct sched_class;
struct rq;

/* task_struct.state: 0 is runnable. */
#define TASK_RUNNING		0x000
#define TASK_INTERRUPTIBLE	0x001
#define TASK_UNINTERRUPTIBLE	0x002
#define TASK_STOPPED_BIT	0x004
#define TASK_DEAD		0x080	/* last schedule(): finish_task_switch() drops the stack */
#define TASK_WAKEKILL		0x100	/* a fatal signal wakes it */
#define TASK_NEW		0x800	/* not woken for the first time yet */
#define TASK_KILLABLE		(TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_STOPPED		(TASK_WAKEKILL | TASK_STOPPED_BIT)
#define TASK_NORMAL		(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define TIMER_SLACK_DEFAULT	50000UL	/* ns */

/* task_struct.exit_state */
#define EXIT_ZOMBIE		1	/* waits to be waited for */
#define EXIT_DEAD		2	/* being released */

/* task_struct.flags: only the task itself changes them after publishing. */
#define PF_IDLE			0x00000002
#define PF_EXITING		0x00000004
#define PF_FORKNOEXEC		0x00000040	/* forked but has not exec'ed */
#define PF_SUPERPRIV		0x00000100
#define PF_SIGNALED		0x00000400	/* killed by a signal */
#define PF_NPROC_EXCEEDED	0x00001000	/* set*id(2) went over RLIMIT_NPROC */
#define PF_KTHREAD		0x00200000

/* thread_info.flags, atomic bits: work to do before the task returns to user space. */
#define TIF_NEED_RESCHED	0
#define TIF_SIGPENDING		1
#define TIF_SYSCALL_WORK	2	/* fault injection is armed or to be disarmed */
#define TIF_EXIT_MASK		(BIT(TIF_NEED_RESCHED) | BIT(TIF_SIGPENDING) | BIT(TIF_SYSCALL_WORK))

struct thread_info {
	unsigned long flags;		/* (a) */
};

#define NICE_0_LOAD		1024
#define MAX_RT_PRIO		100
#define DEFAULT_PRIO		(MAX_RT_PRIO + 20)
#define NICE_TO_PRIO(nice)	((nice) + DEFAULT_PRIO)
#define PRIO_TO_NICE(prio)	((prio) - DEFAULT_PRIO)

struct load_weight {
	u64 weight;			/* 1024 at nice 0 */
	u32 inv_weight;			/* 2^32 / weight */
};

struct sched_entity {
	struct load_weight load;	/* (r) */
	struct rb_node run_node;	/* (r) */
	bool on_rq;			/* (r) queued or running */
	u64 exec_start;			/* (r) ns */
	u64 sum_exec_runtime;		/* (r) ns */
	u64 prev_sum_exec_runtime;	/* (r) at the time it was picked */
	u64 vruntime;			/* (r) ns, weighted */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int state;		/* (a) TASK_*; see wait.h for the order */
	unsigned int flags;		/* (o) PF_* */
	void *stack;			/* (c) lowest address of the kernel stack */
	refcount_t usage;		/* one for the scheduler, one for the parent's wait, and others' */

	/* scheduling */
	int on_cpu;			/* (a) its stack is in use by a CPU */
	unsigned int cpu;		/* (r) */
	bool on_rq;			/* (r) */
	int prio, static_prio, normal_prio; /* (r) */
	unsigned int policy;		/* (r) SCHED_* */
	unsigned int rt_priority;	/* (r) */
	bool sched_reset_on_fork;	/* (r) */
	const struct sched_class *sched_class; /* (r) */
	struct sched_entity se;		/* (r) */
	u64 cpus_allowed;		/* (r) one bit for each CPU */
	unsigned int nr_cpus_allowed;	/* (r) */
	unsigned long nvcsw, nivcsw;	/* (o) switches by its own wish, by force */

	/* memory */
	struct mm_struct *mm;		/* (A) NULL in kernel threads and after exit_mm() */
	struct mm_struct *active_mm;	/* (o) what the CPU really has loaded */
	unsigned long min_flt, maj_flt;	/* (o) */

	/* identity and family */
	pid_t pid, tgid;		/* (c) numbers as user space sees them */
	pid_t ppid;			/* (t), (a) for reading: real_parent->tgid */
	struct pid *thread_pid;		/* (t) its own; NULL once released */
	struct list_head pid_links[PIDTYPE_MAX]; /* (t) in pid->tasks[] */
	struct task_struct *real_parent; /* (t) by set_real_parent() */
	struct task_struct *parent;	/* (t) who is told and who waits; real_parent unless traced */
	struct list_head children;	/* (t) */
	struct list_head sibling;	/* (t) in parent->children */
	struct task_struct *group_leader; /* (t) */
	struct list_head thread_node;	/* (t) in signal->thread_head */
	struct list_head tasks;		/* (t) group leaders, from init_task */
	int exit_state;			/* (t) EXIT_* */
	int exit_code, exit_signal;	/* (t) exit_signal is -1 in threads other than the leader */
	int pdeath_signal;		/* (o) */
	bool no_new_privs;		/* (o) PR_SET_NO_NEW_PRIVS: for ever, and for children */
	unsigned long timer_slack;	/* (o) ns; PR_SET_TIMERSLACK */
	u64 parent_exec_id, self_exec_id; /* (t), (o); 64 bits never wrap: CVE-2020-12826 */
	char comm[16];			/* (A) */

	/* vfork, thread ids in user memory */
	struct completion *vfork_done;	/* (A) */
	struct file *pidfd_file;	/* (o) CLONE_PIDFD, until the child is published */
	unsigned int pidfd;		/* (o) its descriptor */
	int __user *set_child_tid;	/* (o) CLONE_CHILD_SETTID */
	int __user *clear_child_tid;	/* (o) CLONE_CHILD_CLEARTID */
	void __user *robust_list;	/* (o) */

	/* what may be shared with other tasks */
	const struct cred *cred;	/* (o) what it acts with: real_cred, but for a moment in access(2) */
	const struct cred *real_cred;	/* (C)(s) who it is to others: changed under both; counted until freed */
	struct fs_struct *fs;		/* (A) */
	struct files_struct *files;	/* (A) */
	struct signal_struct *signal;	/* (t)(s) shared by the thread group; valid until reaped */
	struct sighand_struct *sighand;	/* (t)(s) NULL once released */
	sigset_t blocked;		/* (s); a thread that is alone changes its own without the lock */
	sigset_t real_blocked;		/* (s) what rt_sigtimedwait(2) has unblocked meanwhile */
	bool stop_pending;		/* (s) has to take part in a group stop */
	bool stop_dequeued;		/* (s) has taken a signal that will begin one: see stop_is_futile() */
	sigset_t saved_sigmask;		/* (o) to be restored after rt_sigsuspend(2), pselect6(2) */
	bool restore_sigmask;		/* (o) */
	struct sigpending pending;	/* (s) sent to this thread alone */
	unsigned long sas_ss_sp, sas_ss_size; /* (o) sigaltstack(2) */
	unsigned int sas_ss_flags;	/* (o) */
	struct restart_block {
		long (*fn)(struct restart_block *);	/* (o) for ERESTART_RESTARTBLOCK */
		ktime_t expires;
		void __user *rmtp;
		clockid_t clockid;
		unsigned int nfds;	/* poll(2): length of the array at rmtp */
		u32 futex_op, futex_val, futex_bitset; /* futex(2): of the word at rmtp */
	} restart_block;

	u64 utime, stime;		/* (o) ns */
	ktime_t start_time;		/* (c) monotonic */

	unsigned int fail_nth;		/* (o) fault injection: acts left, 0: off */
	unsigned int fail_state;	/* (o) see kernel/trace/fault_inject.c */
	unsigned int pagefault_disabled; /* (o) */

	spinlock_t alloc_lock;		/* (A) */
	spinlock_t cred_lock;		/* (C) */
	struct thread_struct thread;	/* last: its size depends on the CPU */
};

DECLARE_PER_CPU(struct task_struct *, current_task);

static force_inline struct task_struct *get_current(void)
{
	return this_cpu_read(current_task);
}
#define current get_current()

extern struct task_struct *init_task;		/* pid 0: the boot CPU's idle task */
extern spinlock_t tasklist_lock;		/* irqs off: interrupts send signals */
extern unsigned int nr_threads, max_threads;	/* (t); constant after fork_init() */
extern unsigned long total_forks;		/* (t) */
extern struct kmem_cache *task_struct_cachep, *signal_cachep;

static inline void set_tsk_thread_flag(struct task_struct *p, unsigned int bit)
{
	__atomic_or_fetch(&p->thread_info.flags, BIT(bit), __ATOMIC_SEQ_CST);
}

static inline void clear_tsk_thread_flag(struct task_struct *p, unsigned int bit)
{
	__atomic_and_fetch(&p->thread_info.flags, ~BIT(bit), __ATOMIC_SEQ_CST);
}

static inline bool test_tsk_thread_flag(struct task_struct *p, unsigned int bit)
{
	return READ_ONCE(p->thread_info.flags) & BIT(bit);
}
#define need_resched() test_tsk_thread_flag(current, TIF_NEED_RESCHED)

#define set_current_state(s) ((void)xchg(&current->state, (unsigned int)(s)))
#define __set_current_state(s) WRITE_ONCE(current->state, (unsigned int)(s))

/* No alternate signal stack: sigaltstack(2). */
static inline void sas_ss_reset(struct task_struct *p)
{
	p->sas_ss_sp = p->sas_ss_size = 0;
	p->sas_ss_flags = SS_DISABLE;
}

static inline bool thread_group_leader(const struct task_struct *p)
{
	return p->exit_signal >= 0;
}

static inline bool thread_group_empty(struct task_struct *p)
{
	return list_empty(&p->thread_node) || p->thread_node.next->next == &p->thread_node;
}

/* tasklist_lock held. */
static inline void set_real_parent(struct task_struct *p, struct task_struct *parent)
{
	p->real_parent = p->parent = parent;
	WRITE_ONCE(p->ppid, parent->tgid);
}

static inline void task_lock(struct task_struct *p)
{
	spin_lock(&p->alloc_lock);
}

static inline void task_unlock(struct task_struct *p)
{
	spin_unlock(&p->alloc_lock);
}

/* References to the structure (not to a living task). The last put frees it. */
static inline void get_task_struct(struct task_struct *p)
{
	refcount_inc(&p->usage);
}
void put_task_struct(struct task_struct *p);		/* kernel/fork.c */
void put_task_stack(struct task_struct *p);		/* by finish_task_switch() */

/* Every process (group leader) with tasklist_lock held. */
#define for_each_process(p) \
	for (p = init_task; (p = list_next_entry(p, tasks)) != init_task; )
/* Every thread of the group of @p; tasklist_lock or siglock held. */
#define for_each_thread(p, t) list_for_each_entry(t, &(p)->signal->thread_head, thread_node)

/* ---- kernel/sched/core.c ---- */
void sched_init(void);
/* Make the boot context the idle task of its CPU. */
void init_idle(struct task_struct *idle, unsigned int cpu);
/*
 * Prepare the scheduling state of a child: TASK_NEW, no run queue, policy and nice inherited (or
 * reset), class chosen. -EAGAIN if the policy cannot be had.
 */
int sched_fork(unsigned long clone_flags, struct task_struct *p);
/* Choose a CPU for @p, place it on that run queue and preempt who runs there if it should. */
void wake_up_new_task(struct task_struct *p);
/* Wake @p if its state is in @state; 1 if it was woken. From any context. */
int try_to_wake_up(struct task_struct *p, unsigned int state);
int wake_up_state(struct task_struct *p, unsigned int state);
void set_user_nice(struct task_struct *p, int nice);
int task_nice(const struct task_struct *p);
/* Book the last of the CPU time of @p, which exits, in utime and stime. Call it before they are
 * added to the signal_struct. */
void sched_exit(struct task_struct *p);
/*
 * The last act of the running task: never runs again; finish_task_switch() drops its stack and the
 * scheduler's reference. Preemption may be off once already, so that the parent woken by
 * exit_notify() does not run in between (that would cost two switches).
 */
void do_task_dead(void) __attribute__((noreturn));
/* The idle loop of a CPU: never returns. */
void cpu_startup_entry(void) __attribute__((noreturn));
/* ns of CPU time consumed, the running slice included. */
u64 task_sched_runtime(struct task_struct *p);
/* The same, split into user and system time, up to this moment; ns. */
void task_cputime(struct task_struct *p, u64 *utime, u64 *stime);
/* The sum over the group of @p, exited threads included. tasklist_lock or siglock held. */
void thread_group_cputime(struct task_struct *p, u64 *utime, u64 *stime);
/* Runnable tasks on all CPUs; context switches since boot; for /proc. */
unsigned int nr_running(void);
unsigned long nr_context_switches(void);
void get_avenrun(unsigned long loads[3]);	/* 1, 5, 15 minutes; fixed point, 11 bits of fraction */
char task_state_char(struct task_struct *p);	/* the letter of /proc/PID/stat */

/* ---- kernel/fork.c, kernel/exit.c ---- */
#include <tine/fork.h>
