/*
 * sigqueue.c - what is pending, and in which order it is taken.
 *
 * A signal is pending for a thread (task->pending) or for its group (signal->shared_pending):
 * a bit in the set and, if memory and RLIMIT_SIGPENDING allowed, a sigqueue with its siginfo.
 * A sigqueue counts for the real user of the process it was sent to; that of a timer for the
 * timer's. signal(7), "Real-time signals"; getrlimit(2).
 *
 * Locks: siglock of whom it is for.
 */
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "signal_internal.h"

static struct kmem_cache *sigqueue_cachep;

void sigqueue_init(void)
{
	sigqueue_cachep = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0);
}

/* Only the first signal that waits holds the user, for all of them. */
static int count_signal(struct user_struct *user)
{
	int waiting = atomic_inc_return(&user->sigpending);

	if (waiting == 1)
		refcount_inc(&user->count);
	return waiting;
}

static void uncount_signal(struct user_struct *user)
{
	if (atomic_dec_and_test(&user->sigpending))
		free_uid(user);
}

/* Credentials are replaced under siglock: those of @p stay. */
struct sigqueue *sigqueue_alloc(struct task_struct *p, bool override)
{
	u64 limit = READ_ONCE(p->signal->rlim[RLIMIT_SIGPENDING].rlim_cur);
	struct user_struct *user = p->real_cred->user;
	struct sigqueue *q = NULL;

	if ((u64)count_signal(user) <= limit || override)
		q = kmem_cache_alloc(sigqueue_cachep, GFP_ATOMIC);
	if (!q) {
		uncount_signal(user);
		return NULL;
	}
	q->user = user;
	q->timer = NULL;
	INIT_LIST_HEAD(&q->list);
	return q;
}

struct sigqueue *sigqueue_alloc_for(struct k_itimer *timer)
{
	struct sigqueue *q;

	spin_lock_irq(&current->sighand->siglock);
	q = sigqueue_alloc(current, false);
	if (q)
		q->timer = timer;
	spin_unlock_irq(&current->sighand->siglock);
	return q;
}

static void sigqueue_free(struct sigqueue *q)
{
	if (q->timer)		/* it stays the timer's */
		return;
	uncount_signal(q->user);
	kmem_cache_free(sigqueue_cachep, q);
}

void sigqueue_disown(struct sigqueue *q)
{
	q->timer = NULL;
	if (list_empty(&q->list))
		sigqueue_free(q);
}

void init_sigpending(struct sigpending *pending)
{
	INIT_LIST_HEAD(&pending->list);
	pending->signal = 0;
}

void flush_mask(struct sigpending *pending, sigset_t mask)
{
	struct sigqueue *q, *next;

	if (!(pending->signal & mask))
		return;
	pending->signal &= ~mask;
	list_for_each_entry_safe(q, next, &pending->list, list) {
		if (sigmask(q->info.si_signo) & mask) {
			list_del_init(&q->list);
			sigqueue_free(q);
		}
	}
}

void flush_sigqueue(struct sigpending *pending)
{
	flush_mask(pending, ~0UL);
}

static void take_queued(struct sigqueue *q, siginfo_t *info, bool info_wanted)
{
	if (info_wanted || q->timer)
		*info = q->info;
	list_del_init(&q->list);
	if (q->timer)
		posix_timer_dequeued(q->timer, info);
	sigqueue_free(q);
}

static void collect_signal(int sig, struct sigpending *pending, siginfo_t *info, bool info_wanted)
{
	struct sigqueue *q, *first = NULL;
	bool more = false;

	list_for_each_entry(q, &pending->list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = q;
	}
	if (!more)
		pending->signal &= ~sigmask(sig);
	if (first) {
		take_queued(first, info, info_wanted);
		return;
	}
	/* there was no memory for its info when it was sent, or too many waited */
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = SI_USER;
}

/* Synchronous faults first, then by number: the handler of a fault must see its own registers. */
static int next_signal(const struct sigpending *pending, sigset_t mask)
{
	static const sigset_t synchronous = sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) |
					    sigmask(SIGTRAP) | sigmask(SIGFPE) | sigmask(SIGSYS);
	sigset_t ready = pending->signal & ~mask;

	if (!ready)
		return 0;
	if (ready & synchronous)
		ready &= synchronous;
	return __builtin_ctzl(ready) + 1;
}

/* Whose signal is next, the thread's or its group's; its number into *sig, 0: none. */
static struct sigpending *next_pending(struct task_struct *p, sigset_t mask, int *sig)
{
	*sig = next_signal(&p->pending, mask);
	if (*sig)
		return &p->pending;
	*sig = next_signal(&p->signal->shared_pending, mask);
	return &p->signal->shared_pending;
}

int dequeue_signal(struct task_struct *p, sigset_t mask, siginfo_t *info)
{
	int sig;
	struct sigpending *pending = next_pending(p, mask, &sig);

	if (sig)
		collect_signal(sig, pending, info, true);
	recalc_sigpending_tsk(p);
	return sig;
}

int dequeue_for_action(struct task_struct *p, sigset_t mask, siginfo_t *info)
{
	int sig;
	struct sigpending *pending = next_pending(p, mask, &sig);

	if (sig)
		collect_signal(sig, pending, info, sig_action(p->sighand, sig)->sa_flags & SA_SIGINFO);
	recalc_sigpending_tsk(p);
	return sig;
}
