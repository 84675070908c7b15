/*
 * signal_internal.h - what the files about signals share.
 */
#pragma once

#include <tine/signal.h>

/* Signals by what they do without a handler: signal(7), "Standard signals". */
#define SIG_KERNEL_STOP	  (sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIG_KERNEL_IGNORE (sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG))

struct k_itimer;
struct user_struct;

/* One signal that waits, with what is known about it. */
struct sigqueue {
	struct list_head list;		/* (s) in a struct sigpending, else empty */
	struct k_itimer *timer;		/* (s) that owns it and uses it again and again; NULL: freed when taken */
	struct user_struct *user;	/* constant: whose RLIMIT_SIGPENDING it counts for */
	siginfo_t info;
};

static inline bool valid_signal(int sig)
{
	return sig >= 0 && sig <= _NSIG;
}

/* ---- sigqueue.c ---- */
void sigqueue_init(void);
/*
 * For a signal to @p, counted against RLIMIT_SIGPENDING of its user; @override: beyond it, too.
 * NULL: no memory or too many. siglock of @p held.
 */
struct sigqueue *sigqueue_alloc(struct task_struct *p, bool override);
/* One that belongs to @timer of the running task. NULL as above. No lock held. */
struct sigqueue *sigqueue_alloc_for(struct k_itimer *timer);
/* Its timer goes: freed now, or when it is taken. siglock held. */
void sigqueue_disown(struct sigqueue *q);
/* Drop all signals of @mask. siglock held. */
void flush_mask(struct sigpending *pending, sigset_t mask);
/* Is @sig without effect on @p as things are? siglock held. */
bool sig_ignored(struct task_struct *p, int sig, bool force);
/* tasklist_lock and siglock held. @force: also past SIGNAL_UNKILLABLE. */
int send_signal_locked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type, bool force);
/* If the running task may: 0, -ESRCH (also for NULL), -EPERM, -EINVAL. tasklist_lock held. */
int send_checked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type);
/*
 * After @sig was sent to @p as one of several processes: let the children of its forks under way have it, too.
 * tasklist_lock held.
 */
void signal_forks(int sig, struct task_struct *p);
/* From the timer that owns it; false if @p ignores the signal. tasklist_lock and siglock held. */
bool send_sigqueue(struct sigqueue *q, struct task_struct *p, enum pid_type type);

/* ---- siginfo.c ---- */
int copy_siginfo_from_user(siginfo_t *info, const siginfo_t __user *from);

/* ---- posix_timer.c ---- */
/* The signal of a timer has been taken, with @info: a periodic one goes on. siglock held. */
void posix_timer_dequeued(struct k_itimer *timer, siginfo_t *info);
