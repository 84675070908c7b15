/*
 * fair.c - the fair class: every task gets CPU time in proportion to its weight.
 *
 * Arithmetic and a red-black tree; no hardware, no locks, no clock of its own (time is rq->clock),
 * so that tests/unit/test_fair.c can run it on the host. Callers hold rq->lock.
 *
 * Symbols and units
 *   w_i	weight of task i: 1024 at nice 0, 1.25 times more for each step of nice down
 *   W		sum of the weights of all runnable tasks (cfs->load)
 *   S_i	CPU time that i has received, ns (sum_exec_runtime)
 *   v_i	virtual runtime, ns: v_i grows by 1024 / w_i for each ns that i runs
 *   V		min_vruntime: the v of the task that is furthest behind; never goes back
 *
 * Formulas
 *   An ideal machine runs all tasks at once, each at the speed w_i / W; there all v_i are equal.
 *   We run the task with the smallest v_i, for its slice:
 *	slice_i = period * w_i / W,  period = max(6 ms, n * 0.75 ms) for n runnable tasks
 *   which advances v_i by the same period * 1024 / W whatever its weight.
 *   A child starts at max(v_parent, V + its slice in virtual time): a start debit, so that forking
 *   gains no time. A sleeper comes back at max(v_i, V - 3 ms): a bounded credit, so that it runs
 *   soon but cannot save up its sleep. It preempts when it is more than 1 ms (in its own virtual
 *   time) behind the running task.
 *
 * Bounds
 *   A task is looked at each tick, so it runs at most slice + tick at a time. Hence at any moment
 *   v_i - V <= period * 1024 / W + tick * 1024 / w_i + start debit, and over any stretch in which
 *   the same tasks are runnable, S_i / w_i of any two differ by at most twice that: the simulator
 *   asserts it.
 *   Virtual times are compared by the sign of their difference, so they may wrap around. A
 *   difference overflows after 2^63 ns of virtual time: at nice 19, where v runs 68 times as fast
 *   as the clock, in 4.3 years. The product in calc_delta() is 128 bits wide and cannot overflow.
 *
 * Example: A, B, C at nice 0, 0 and 5, weights 1024, 1024, 335; W = 2383, period 6 ms.
 *	slices: A and B 2.578 ms, C 0.843 ms; each advances v by 2.578 ms.
 *	All start at v = 0: A runs, v_A = 2.578; B runs; C runs; then all are equal again after 6 ms.
 *	C sleeps for a second and returns when v_A = 500, v_B = 502 ms: V = 500, so v_C = 497 ms. If
 *	B runs, v_B - v_C = 5 ms exceeds 1 ms * 1024 / 335 = 3.06 ms: C preempts B at once.
 */

#include "sched.h"

/* 1024 / 1.25^nice, for nice -20 to 19. Ten per cent of one CPU more or less for each step. */
static const u32 prio_to_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	 9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
	 1024,   820,   655,   526,   423,   335,   272,   215,   172,   137,
	  110,    87,    70,    56,    45,    36,    29,    23,    18,    15,
};

#define WEIGHT_IDLEPRIO	3	/* SCHED_IDLE: less than nice 19, whatever the nice value */

#define se_of(node) rb_entry(node, struct sched_entity, run_node)

static inline struct task_struct *task_of(struct sched_entity *se)
{
	return container_of(se, struct task_struct, se);
}

static inline bool vruntime_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline u64 max_vruntime(u64 a, u64 b)
{
	return vruntime_before(a, b) ? b : a;
}

void init_cfs_rq(struct cfs_rq *cfs)
{
	*cfs = (struct cfs_rq){ .timeline = RB_ROOT_CACHED };
	/* Close to the wrap-around, so that comparisons that are not wrap-safe fail soon after boot. */
	cfs->min_vruntime = cfs->checked_min_vruntime = (u64)-(1L << 20);
}

void set_load_weight(struct task_struct *p)
{
	u32 weight = p->policy == SCHED_IDLE ? WEIGHT_IDLEPRIO : prio_to_weight[p->static_prio - MAX_RT_PRIO];

	p->se.load.weight = weight;
	p->se.load.inv_weight = (u32)((1UL << 32) / weight);
}

/* @delta ns of real time in the virtual time of a task: delta * 1024 / weight. */
static inline u64 calc_delta(u64 delta, const struct load_weight *load)
{
	if (likely(load->weight == NICE_0_LOAD))
		return delta;
	return (u64)(((unsigned __int128)delta * load->inv_weight) >> 22);
}

u64 sched_slice(const struct cfs_rq *cfs, const struct sched_entity *se)
{
	u64 nr = cfs->nr_running + !se->on_rq;
	u64 load = cfs->load + (se->on_rq ? 0 : se->load.weight);
	u64 period = nr > SCHED_NR_LATENCY ? nr * SCHED_MIN_GRANULARITY : SCHED_LATENCY;

	return period * se->load.weight / load;
}

static inline struct sched_entity *leftmost_entity(const struct cfs_rq *cfs)
{
	return cfs->timeline.leftmost ? se_of(cfs->timeline.leftmost) : NULL;
}

static force_inline void update_min_vruntime(struct cfs_rq *cfs)
{
	const struct sched_entity *left = leftmost_entity(cfs), *curr = cfs->curr;
	u64 least;

	if (curr && !curr->on_rq)
		curr = NULL;
	if (!curr && !left)
		return;
	if (!curr)
		least = left->vruntime;
	else if (!left || vruntime_before(curr->vruntime, left->vruntime))
		least = curr->vruntime;
	else
		least = left->vruntime;
	cfs->min_vruntime = max_vruntime(cfs->min_vruntime, least);
}

static void update_curr_fair(struct rq *rq)
{
	struct sched_entity *curr = rq->cfs.curr;
	u64 delta;

	if (!curr)
		return;
	delta = rq->clock - curr->exec_start;
	if ((s64)delta <= 0)		/* clocks of two CPUs may differ by a little */
		return;
	curr->exec_start = rq->clock;
	curr->sum_exec_runtime += delta;
	curr->vruntime += calc_delta(delta, &curr->load);
	update_min_vruntime(&rq->cfs);
}

/* Among equals the new one goes last. */
static void insert_entity(struct cfs_rq *cfs, struct sched_entity *se)
{
	struct rb_node **link = &cfs->timeline.root.node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (vruntime_before(se->vruntime, se_of(parent)->vruntime)) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	rb_link_node(&se->run_node, parent, link);
	rb_insert_color_cached(&se->run_node, &cfs->timeline, leftmost);
}

static void enqueue_task_fair(struct rq *rq, struct task_struct *p, unsigned int flags)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = &p->se;

	update_curr_fair(rq);
	if (flags & ENQUEUE_WAKEUP)
		se->vruntime = max_vruntime(se->vruntime, cfs->min_vruntime - SCHED_LATENCY / 2);
	se->on_rq = true;
	cfs->load += se->load.weight;
	cfs->nr_running++;
	insert_entity(cfs, se);
}

static void dequeue_task_fair(struct rq *rq, struct task_struct *p, unsigned int flags)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = &p->se;

	update_curr_fair(rq);
	if (se != cfs->curr)
		rb_erase_cached(&se->run_node, &cfs->timeline);
	se->on_rq = false;
	cfs->load -= se->load.weight;
	cfs->nr_running--;
	update_min_vruntime(cfs);
}

/* Go just behind the one who would be next; if nobody waits, stay. */
static void yield_task_fair(struct rq *rq)
{
	struct sched_entity *left = leftmost_entity(&rq->cfs);

	update_curr_fair(rq);
	if (left)
		rq->cfs.curr->vruntime = max_vruntime(rq->cfs.curr->vruntime, left->vruntime);
}

/* Batch and idle tasks wait for their turn; who is not idle does not wait for who is. */
static void check_preempt_wakeup(struct rq *rq, struct task_struct *p)
{
	struct sched_entity *curr = rq->cfs.curr, *se = &p->se;

	update_curr_fair(rq);
	if (task_of(curr)->policy == SCHED_IDLE && p->policy != SCHED_IDLE)
		resched_curr(rq);
	if (p->policy != SCHED_NORMAL)
		return;
	if ((s64)(curr->vruntime - se->vruntime) > (s64)calc_delta(SCHED_WAKEUP_GRANULARITY, &se->load))
		resched_curr(rq);
}

static struct task_struct *pick_next_task_fair(struct rq *rq)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = leftmost_entity(cfs);

	if (!se)
		return NULL;
	rb_erase_cached(&se->run_node, &cfs->timeline);
	se->exec_start = rq->clock;
	se->prev_sum_exec_runtime = se->sum_exec_runtime;
	cfs->curr = se;
	return task_of(se);
}

static void put_prev_task_fair(struct rq *rq, struct task_struct *p)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = &p->se;

	if (se->on_rq) {
		update_curr_fair(rq);
		insert_entity(cfs, se);
	}
	cfs->curr = NULL;
}

/* The slice is over, or somebody waits who is more than a slice behind. */
static void task_tick_fair(struct rq *rq, struct task_struct *p)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = &p->se, *left;
	u64 slice, ran;

	update_curr_fair(rq);
	left = leftmost_entity(cfs);
	if (!left)
		return;
	slice = sched_slice(cfs, se);
	ran = se->sum_exec_runtime - se->prev_sum_exec_runtime;
	if (ran > slice ||
	    (ran >= SCHED_MIN_GRANULARITY && (s64)(se->vruntime - left->vruntime) > (s64)slice))
		resched_curr(rq);
}

static void detach_task_fair(struct rq *rq, struct task_struct *p)
{
	p->se.vruntime -= rq->cfs.min_vruntime;
}

static void attach_task_fair(struct rq *rq, struct task_struct *p)
{
	p->se.vruntime += rq->cfs.min_vruntime;
}

static void task_fork_fair(struct rq *rq, struct task_struct *p)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct sched_entity *se = &p->se;
	u64 debit;

	update_curr_fair(rq);
	debit = cfs->min_vruntime + calc_delta(sched_slice(cfs, se), &se->load);
	/* Boot forks from the idle task, which has no virtual time to inherit. */
	se->vruntime = cfs->curr ? max_vruntime(cfs->curr->vruntime, debit) : debit;
	detach_task_fair(rq, p);
}

static void reweight_task_fair(struct rq *rq, struct task_struct *p)
{
	struct cfs_rq *cfs = &rq->cfs;

	if (!p->se.on_rq) {
		set_load_weight(p);
		return;
	}
	update_curr_fair(rq);
	cfs->load -= p->se.load.weight;
	set_load_weight(p);
	cfs->load += p->se.load.weight;
}

const struct sched_class fair_sched_class = {
	.next = &idle_sched_class,
	.rank = 1,
	.enqueue_task = enqueue_task_fair,
	.dequeue_task = dequeue_task_fair,
	.yield_task = yield_task_fair,
	.check_preempt_curr = check_preempt_wakeup,
	.pick_next_task = pick_next_task_fair,
	.put_prev_task = put_prev_task_fair,
	.task_tick = task_tick_fair,
	.task_fork = task_fork_fair,
	.detach_task = detach_task_fair,
	.attach_task = attach_task_fair,
	.update_curr = update_curr_fair,
	.reweight_task = reweight_task_fair,
};

static const char *check_entity(struct rq *rq, struct sched_entity *se)
{
	struct task_struct *p = task_of(se);

	if (!se->on_rq || !p->on_rq)
		return "an entity in the tree is not marked as queued";
	if (p->sched_class != &fair_sched_class || p->cpu != rq->cpu)
		return "a task is queued in the wrong place";
	return NULL;
}

const char *fair_check(struct rq *rq)
{
	struct cfs_rq *cfs = &rq->cfs;
	struct rb_node *node = rb_first(&cfs->timeline.root), *next;
	unsigned int nr = 0;
	const char *bad;
	u64 load = 0;

	if (node != cfs->timeline.leftmost)
		return "leftmost is not the first entity";
	if (rb_check(&cfs->timeline.root) < 0)
		return "a red-black rule is broken";
	for (; node; node = next) {
		next = rb_next(node);
		bad = check_entity(rq, se_of(node));
		if (bad)
			return bad;
		if (next && vruntime_before(se_of(next)->vruntime, se_of(node)->vruntime))
			return "the tree is out of order";
		load += se_of(node)->load.weight;
		nr++;
	}
	if (cfs->curr && cfs->curr->on_rq) {
		load += cfs->curr->load.weight;
		nr++;
	}
	if (nr != cfs->nr_running || load != cfs->load)
		return "number or weight of the runnable tasks is wrong";
	if (vruntime_before(cfs->min_vruntime, cfs->checked_min_vruntime))
		return "min_vruntime went back";
	cfs->checked_min_vruntime = cfs->min_vruntime;
	return NULL;
}
