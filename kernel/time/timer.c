/*
 * timer.c - functions to be called at a time.
 *
 * Each CPU has a timer base: a red-black tree by expiry under a lock, and the time for which its
 * clock-event device is programmed. A timer is queued on the base of the CPU that starts it; t->cpu
 * names the base whose lock guards it, also when it is not queued. Functions run in interrupt
 * context with interrupts off and the base unlocked; base->running names the timer meanwhile, so
 * that timer_cancel() on another CPU can wait until it is safe to free it. A timer whose function
 * runs stays on that base: the interrupt programs the device when it is done.
 *
 * Lock order: whatever the caller of timer_start() holds, then one base. Functions may take any
 * lock that is taken with interrupts off, so nobody may hold such a lock around timer_cancel() if
 * the function takes it too.
 */

#include <tine/sched.h>
#include "time.h"

struct timer_base {
	spinlock_t lock;		/* irqs off */
	struct rb_root_cached tree;	/* lock; by expires */
	struct timer *running;		/* lock; its function is being called */
	ktime_t programmed;		/* lock; what the device is set to; 0: nothing */
};

static DEFINE_PER_CPU(struct timer_base, timer_bases);

static inline struct timer *first_timer(const struct timer_base *base)
{
	return base->tree.leftmost ? rb_entry(base->tree.leftmost, struct timer, node) : NULL;
}

static void enqueue(struct timer_base *base, struct timer *t)
{
	struct rb_node **link = &base->tree.root.node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (t->expires < rb_entry(parent, struct timer, node)->expires) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	rb_link_node(&t->node, parent, link);
	rb_insert_color_cached(&t->node, &base->tree, leftmost);
	t->queued = true;
}

static bool dequeue(struct timer_base *base, struct timer *t)
{
	if (!t->queued)
		return false;
	rb_erase_cached(&t->node, &base->tree);
	t->queued = false;
	return true;
}

/* The base that guards @t, locked. */
static struct timer_base *lock_base(struct timer *t, unsigned long *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timer_base *base = per_cpu_ptr(&timer_bases, cpu);

		*flags = spin_lock_irqsave(&base->lock);
		if (likely(READ_ONCE(t->cpu) == cpu))
			return base;
		spin_unlock_irqrestore(&base->lock, *flags);
	}
}

void timer_init(struct timer *t, void (*function)(struct timer *t))
{
	t->function = function;
	t->queued = false;
	t->cpu = smp_processor_id();
}

/* @t, off the queue, changes over to this CPU unless its function runs. Returns its base, locked. */
static struct timer_base *move_to_this_cpu(struct timer_base *base, struct timer *t)
{
	unsigned int cpu = smp_processor_id();

	if (t->cpu == cpu || base->running == t)
		return base;
	WRITE_ONCE(t->cpu, cpu);
	spin_unlock(&base->lock);
	base = this_cpu_ptr(&timer_bases);
	spin_lock(&base->lock);
	dequeue(base, t);	/* somebody else may have started it in between */
	return base;
}

void timer_start(struct timer *t, ktime_t expires)
{
	unsigned long flags;
	struct timer_base *base = lock_base(t, &flags);

	dequeue(base, t);
	base = move_to_this_cpu(base, t);
	t->expires = expires;
	enqueue(base, t);
	/* From a timer's function the interrupt programs the device later: programmed is 0 then. */
	if (base == this_cpu_ptr(&timer_bases) && expires < base->programmed) {
		base->programmed = expires;
		clockevent_program(expires);
	}
	spin_unlock_irqrestore(&base->lock, flags);
}

bool timer_dequeue(struct timer *t)
{
	unsigned long flags;
	struct timer_base *base = lock_base(t, &flags);
	bool queued = dequeue(base, t);

	spin_unlock_irqrestore(&base->lock, flags);
	return queued;
}

bool timer_cancel(struct timer *t)
{
	bool was_queued = false, elsewhere;
	struct timer_base *base;
	unsigned long flags;

	for (;;) {
		base = lock_base(t, &flags);
		was_queued |= dequeue(base, t);
		/* On this CPU only the function itself can see itself running. */
		elsewhere = base->running == t && t->cpu != smp_processor_id();
		spin_unlock_irqrestore(&base->lock, flags);
		if (!elsewhere)
			return was_queued;
		while (READ_ONCE(base->running) == t)
			cpu_relax();
	}
}

void run_timers(ktime_t now)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);
	struct timer *t;

	spin_lock(&base->lock);
	base->programmed = 0;		/* it has fired */
	while ((t = first_timer(base)) && t->expires <= now) {
		dequeue(base, t);
		base->running = t;
		spin_unlock(&base->lock);
		t->function(t);
		spin_lock(&base->lock);
		base->running = NULL;	/* @t may be gone from now on */
	}
	spin_unlock(&base->lock);
}

void program_next_event(ktime_t limit)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);
	struct timer *t;

	spin_lock(&base->lock);
	t = first_timer(base);
	if (t && t->expires < limit)
		limit = t->expires;
	if (limit != base->programmed) {
		base->programmed = limit;
		clockevent_program(limit);
	}
	spin_unlock(&base->lock);
}

/* ---- sleeping until a time ---- */

struct sleeper {
	struct timer timer;
	struct task_struct *task;	/* constant */
};

static void wake_sleeper(struct timer *t)
{
	wake_up_process(container_of(t, struct sleeper, timer)->task);
}

/* The timer lies on the stack: cancelled, and its function waited for, on every way out. */
bool schedule_timeout_until(ktime_t expires)
{
	struct sleeper sleeper = { .task = current };

	if (expires >= KTIME_MAX) {
		schedule();
		return false;
	}
	timer_init(&sleeper.timer, wake_sleeper);
	timer_start(&sleeper.timer, expires);
	schedule();
	timer_cancel(&sleeper.timer);
	__set_current_state(TASK_RUNNING);
	return ktime_get() >= expires;
}
