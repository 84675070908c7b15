/*
 * sighand.c - what each signal does: sharing, copies, exec's reset.
 *
 * A sighand_struct is what CLONE_SIGHAND shares. Its actions are shared with a forked child until one of
 * the two changes any of them, and then copied into memory that was set aside at fork (cow.h): sigaction(2),
 * SA_RESETHAND and forced signals cannot fail for it.
 *
 * Locks: siglock guards the pointer to the actions, and them while they are this sighand_struct's own.
 */
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

static struct kmem_cache *sighand_cachep, *sigactions_cachep;
static struct sigactions init_actions;
struct sighand_struct init_sighand = { .count = REFCOUNT_INIT(1), .actions = &init_actions };

void sighand_init(void)
{
	sighand_cachep = kmem_cache_create("sighand", sizeof(struct sighand_struct), 0);
	sigactions_cachep = kmem_cache_create("sigactions", sizeof(struct sigactions), 0);
	init_waitqueue_head(&init_sighand.signalfd_wqh);
	cow_init(&init_actions.cow);
}

static struct sigactions *actions_of(struct cow *cow)
{
	return container_of(cow, struct sigactions, cow);
}

static void copy_actions(struct cow *to, const struct cow *from)
{
	const struct sigactions *old = container_of(from, const struct sigactions, cow);
	struct sigactions *new = actions_of(to);

	new->set = old->set;
	memcpy(new->of, old->of, sizeof(new->of));
}

struct sigaction *sig_action_own(struct sighand_struct *sighand, int sig)
{
	if (!cow_is_own(&sighand->actions->cow)) {
		struct cow *copy = cow_split(&sighand->actions->cow, copy_actions);

		if (copy)
			sighand->actions = actions_of(copy);
	}
	sighand->actions->set |= sigmask(sig);
	return &sighand->actions->of[sig - 1];
}

/* Ignored signals stay ignored, but without what belongs to handlers. */
static bool changes_at_exec(const struct sigaction *ka)
{
	return (ka->sa_handler != SIG_IGN && ka->sa_handler != SIG_DFL) || ka->sa_flags || ka->sa_restorer || ka->sa_mask;
}

void flush_signal_handlers(struct task_struct *p)
{
	struct sighand_struct *sighand = p->sighand;

	spin_lock_irq(&sighand->siglock);
	for (sigset_t left = sighand->actions->set; left; left &= left - 1) {
		int sig = __builtin_ctzl(left) + 1;
		bool ignored = sig_action(sighand, sig)->sa_handler == SIG_IGN;

		if (!changes_at_exec(sig_action(sighand, sig)))
			continue;
		*sig_action_own(sighand, sig) = (struct sigaction){ .sa_handler = ignored ? SIG_IGN : SIG_DFL };
		if (!ignored)
			sighand->actions->set &= ~sigmask(sig);
	}
	spin_unlock_irq(&sighand->siglock);
}

struct sighand_struct *sighand_dup(struct sighand_struct *old)
{
	struct sighand_struct *new = kmem_cache_alloc(sighand_cachep, GFP_KERNEL);
	struct sigactions *spare;

	if (!new)
		return NULL;
	spare = kmem_cache_alloc(sigactions_cachep, GFP_KERNEL);
	if (!spare) {
		kmem_cache_free(sighand_cachep, new);
		return NULL;
	}
	refcount_set(&new->count, 1);
	spin_lock_init(&new->siglock);
	init_waitqueue_head(&new->signalfd_wqh);
	spin_lock_irq(&old->siglock);
	new->actions = old->actions;
	cow_get(&new->actions->cow, &spare->cow);
	spin_unlock_irq(&old->siglock);
	return new;
}

void sighand_put(struct sighand_struct *sighand)
{
	struct cow *unused;
	unsigned long flags;

	if (!refcount_dec_and_test(&sighand->count))
		return;
	flags = local_irq_save();
	unused = cow_put(&sighand->actions->cow);
	local_irq_restore(flags);
	kmem_cache_free(sigactions_cachep, actions_of(unused));
	kmem_cache_free(sighand_cachep, sighand);
}

/* ---- stage of copy_process ----------------------------------------------------------------- */

fork_path int copy_sighand(struct task_struct *p, const struct kernel_clone_args *args)
{
	if (args->flags & CLONE_SIGHAND) {
		refcount_inc(&current->sighand->count);
		return 0;
	}
	p->sighand = sighand_dup(current->sighand);
	if (!p->sighand)
		return -ENOMEM;
	if (args->flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(p);
	return 0;
}

void put_sighand(struct task_struct *p)
{
	struct sighand_struct *sighand = p->sighand;

	p->sighand = NULL;
	sighand_put(sighand);
}
