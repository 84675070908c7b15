/*
 * signal_internal.h - what signal.c, signal_send.c and signal_sys.c share.
 */
#pragma once

#include <tine/signal.h>

/* Signals by what they do without a handler: signal(7), "Standard signals". */
#define SIG_KERNEL_STOP	  (sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIG_KERNEL_IGNORE (sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG))

/* One signal that waits, with what is known about it. */
struct sigqueue {
	struct list_head list;
	siginfo_t info;
};

static inline bool valid_signal(int sig)
{
	return sig >= 0 && sig <= _NSIG;
}

struct sigqueue *sigqueue_alloc(void);
void sigqueue_free(struct sigqueue *q);
/* Take @sig off @pending; its info to *info. siglock held. */
void collect_signal(int sig, struct sigpending *pending, siginfo_t *info);
/* The next signal not in @mask, thread's own first; 0: none. siglock held. */
int dequeue_signal(struct task_struct *p, sigset_t mask, siginfo_t *info);
/* Drop all signals of @mask. siglock held. */
void flush_mask(struct sigpending *pending, sigset_t mask);
/* Is @sig without effect on @p as things are? siglock held. */
bool sig_ignored(struct task_struct *p, int sig, bool force);
/* tasklist_lock and siglock held. @force: also past SIGNAL_UNKILLABLE. */
int send_signal_locked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type, bool force);
/* If the running task may: 0, -ESRCH (also for NULL), -EPERM, -EINVAL. tasklist_lock held. */
int send_checked(int sig, siginfo_t *info, struct task_struct *p, enum pid_type type);
