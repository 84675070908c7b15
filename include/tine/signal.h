/*
 * signal.h - signals: what is pending for whom, and what each does.
 *
 * See signal(7), sigaction(2). A signal is queued per thread (pending) or per thread group
 * (signal->shared_pending); standard signals once, real-time signals each time.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/cow.h>
#include <tine/list.h>
#include <tine/pid.h>
#include <tine/spinlock.h>
#include <tine/time.h>
#include <tine/uapi.h>
#include <tine/wait.h>

struct pt_regs;
struct task_struct;
struct tty_struct;

#define _NSIG		64
#define sigmask(sig)	(1UL << ((sig) - 1))
#define SIG_KERNEL_ONLY	(sigmask(SIGKILL) | sigmask(SIGSTOP))

struct sigpending {
	struct list_head list;		/* of struct sigqueue, oldest first */
	sigset_t signal;		/* one bit for each pending signal */
};

/*
 * Signals that were sent to several processes while one of them forked: they are to appear after the fork, so the child
 * gets them as well.
 */
struct multiprocess_signals {
	struct list_head node;		/* (s) in signal->multiprocess */
	sigset_t signal;		/* (s) */
};

/* What each signal does. Holders are sighand_structs, each under its siglock. */
struct sigactions {
	struct cow cow;
	sigset_t set;			/* those that may be other than the default; the rest is 0 */
	struct sigaction of[_NSIG];	/* index is signal - 1 */
};

/*
 * Whose actions they are, shared by threads (CLONE_SIGHAND), and the lock of nearly all about signals. The
 * actions are shared with a forked child until one of the two changes any: see <tine/cow.h>.
 */
struct sighand_struct {
	refcount_t count;		/* tasks */
	spinlock_t siglock;		/* irqs off */
	wait_queue_head_t signalfd_wqh;
	struct sigactions *actions;	/* siglock */
};

/* What @sig does; siglock held, the pointer is good as long. */
static inline const struct sigaction *sig_action(const struct sighand_struct *sighand, int sig)
{
	return &sighand->actions->of[sig - 1];
}

/* signal_struct.flags */
#define SIGNAL_STOP_STOPPED	0x01	/* all threads are stopped */
#define SIGNAL_STOP_CONTINUED	0x02	/* SIGCONT came; wait(2) may report it */
#define SIGNAL_GROUP_EXIT	0x04	/* group_exit_code counts */
#define SIGNAL_CLD_STOPPED	0x10	/* the parent is still to be told */
#define SIGNAL_CLD_CONTINUED	0x20
#define SIGNAL_UNKILLABLE	0x40	/* PID 1: signals without a handler are dropped */

/* What a thread group has in common. */
struct signal_struct {
	refcount_t sigcnt;		/* tasks that point here, zombies included */
	atomic_t live;			/* threads that have not begun to exit */
	int nr_threads;			/* (s) */
	struct list_head thread_head;	/* (t)(s) all threads, the leader first */
	wait_queue_head_t wait_chldexit; /* for wait4(2) */
	struct sigpending shared_pending; /* (s) */
	struct task_struct *group_exec_task; /* (s) the thread that runs exec and waits for the others */
	int notify_count;		/* (s) threads it waits for */
	int group_exit_code;		/* (s) */
	int group_stop_count;		/* (s) threads still to stop */
	unsigned int flags;		/* (s) SIGNAL_* */
	struct list_head multiprocess;	/* (s) of struct multiprocess_signals: forks under way */
	unsigned int dumpable;		/* (o) PR_SET_DUMPABLE */
	bool thp_disabled;		/* (o) PR_SET_THP_DISABLE */
	bool is_child_subreaper;	/* (o) */
	bool has_child_subreaper;	/* (t) */
	struct pid *pids[PIDTYPE_MAX];	/* (t) TGID, PGID, SID; references held by the leader's links */
	bool leader;			/* (t) of its session */
	struct tty_struct *tty;		/* (s) controlling terminal, with a reference */
	struct pid *tty_old_pgrp;	/* (s) its foreground group when the line died, with a reference */
	struct timer real_timer;	/* ITIMER_REAL; see kernel/itimer.c */
	ktime_t it_real_expires;	/* (s) monotonic; 0: not armed, a timer that still fires is stale */
	ktime_t it_real_incr;		/* (s) */
	struct cpu_itimer it_cpu[2];	/* (s) ITIMER_VIRTUAL - 1, ITIMER_PROF - 1 */
	struct list_head posix_timers;	/* (s) timer_create(2) */
	unsigned int next_timer_id;	/* (s) */
	unsigned int nr_cpu_timers;	/* (s) of posix_timers, those that count CPU time */
	/* (s) of exited threads; c*: of waited-for children */
	u64 utime, stime, cutime, cstime;
	unsigned long nvcsw, nivcsw, cnvcsw, cnivcsw;
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	unsigned long maxrss, cmaxrss;	/* KiB */
	/* last: what stands before it begins with 0 in a child */
	struct rlimit64 rlim[RLIM_NLIMITS]; /* (s) one value is read without */
};

struct ksignal {
	struct sigaction ka;
	siginfo_t info;
	int sig;
};

/* Bases for the sources of a signal that has no siginfo of its own. */
#define SEND_SIG_NOINFO ((siginfo_t *)0)	/* from the running task, as kill(2) */
#define SEND_SIG_PRIV	((siginfo_t *)1)	/* from the kernel */

void signal_init(void);
void init_sigpending(struct sigpending *pending);
/* The next signal of @p not in @mask, thread's own first, its info to *info; 0: none. siglock held. */
int dequeue_signal(struct task_struct *p, sigset_t mask, siginfo_t *info);
/* The same, for its action: *info is left out if no handler asks for it by SA_SIGINFO. */
int dequeue_for_action(struct task_struct *p, sigset_t mask, siginfo_t *info);
/* Which fields of a siginfo count, by signal and si_code: sigaction(2). */
enum siginfo_layout { SIL_KILL, SIL_TIMER, SIL_POLL, SIL_FAULT, SIL_CHLD, SIL_RT };
enum siginfo_layout siginfo_layout(int sig, int code);
void flush_sigqueue(struct sigpending *pending);
/* Signals that are pending for @p and not blocked decide TIF_SIGPENDING. siglock held. */
void recalc_sigpending(void);
void recalc_sigpending_tsk(struct task_struct *p);
void set_current_blocked(const sigset_t *set);
/* sigaltstack(2) of the running task: 0, -EPERM, -EINVAL, -ENOMEM. */
int set_altstack(const stack_t *ss);
/*
 * ppoll(2) and the like: take over the caller's mask until the system call returns. 0, -EINVAL or
 * -EFAULT; @uset may be NULL. Afterwards restore_saved_sigmask_unless(): if @interrupted, the exit
 * path restores the old mask once the handler's frame remembers it, else it is restored now.
 */
int set_user_sigmask(const sigset_t __user *uset, size_t size);
void restore_saved_sigmask_unless(bool interrupted);

bool signal_pending(struct task_struct *p);
bool fatal_signal_pending(struct task_struct *p);

/* To a thread (PIDTYPE_PID) or its group (TGID). tasklist_lock or a reference held by the caller. */
int send_signal_info(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type);
int group_send_sig_info(int sig, siginfo_t *info, struct task_struct *p);
/* @priv: from the kernel. */
int send_sig(int sig, struct task_struct *p, int priv);
/* To every process of a group, from the kernel (terminals) or with @info. */
int kill_pgrp(struct pid *pgrp, int sig, int priv);
int __kill_pgrp_info(int sig, siginfo_t *info, struct pid *pgrp);	/* tasklist_lock held */
/* To the running task, whatever it blocks or ignores: synchronous faults. */
void force_sig(int sig);
void force_sig_fault(int sig, int code, unsigned long addr);
void force_sigsegv(int sig);
/* Kill all other threads of the group: group exit, exec. siglock held. */
int zap_other_threads(struct task_struct *p);
/* @p has stopped, or need not any more: true if the whole group is stopped now. siglock held. */
bool leave_group_stop(struct task_struct *p);
/* @p, a new thread of the group that is being published, takes part in its stop. siglock held. */
void join_group_stop(struct task_struct *p);
void signal_wake_up(struct task_struct *p, bool fatal);
/*
 * @p, which may have been chosen to take one of the group's pending signals in @set, will not: it exits or
 * blocks them now. Wake others that can. siglock held.
 */
void retarget_shared_pending(struct task_struct *p, sigset_t set);

/* The action of @p's signals changed to ignore: forget what is pending of them. siglock held. */
void flush_ignored(struct task_struct *p, int sig);

/* Tell the parent of a dead / stopped / continued child. tasklist_lock held. */
bool do_notify_parent(struct task_struct *p, int sig);	/* true: nobody will wait, release it */
void do_notify_parent_cldstop(struct task_struct *p, int why);	/* CLD_STOPPED, CLD_CONTINUED */

/* Take the next signal that has a handler; default actions happen inside. False: none. */
bool get_signal(struct ksignal *ksig);
/* Before returning to user space: deliver what is pending, decide restarts. arch/x86/kernel/signal.c */
void do_signal(struct pt_regs *regs);
void signal_delivered(struct ksignal *ksig);	/* the frame is built: block, reset */

/* ---- kernel/sighand.c ---- */
extern struct sighand_struct init_sighand;	/* of the boot task */
void sighand_init(void);
/* The same, to be changed: never fails. siglock held. */
struct sigaction *sig_action_own(struct sighand_struct *sighand, int sig);
/* exec: caught signals go back to default. */
void flush_signal_handlers(struct task_struct *p);
/* A new one with the same actions, one reference; NULL without memory. */
struct sighand_struct *sighand_dup(struct sighand_struct *old);
void sighand_put(struct sighand_struct *sighand);

/* ---- stages of copy_process, kernel/sighand.c and kernel/signal.c ---- */
struct kernel_clone_args;
int copy_sighand(struct task_struct *p, const struct kernel_clone_args *args);
void put_sighand(struct task_struct *p);
int copy_signal(struct task_struct *p, const struct kernel_clone_args *args);
void put_signal(struct task_struct *p);
