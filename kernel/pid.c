/*
 * pid.c - process identifiers: a bitmap of numbers in use, searched onward from the last one
 * given, and a table from number to struct pid.
 *
 * A number is taken from alloc_pid() until the last task detaches from it as thread, group or
 * session; then it is free and may come again, but only after the search has gone round: the
 * rest of the space lies between two uses of one number. struct pid itself lives on for holders
 * of references (terminals, open /proc files), which then find no task behind it.
 *
 * Bitmap and table come in chunks of 32,768 numbers; chunks for all numbers below pid_max exist
 * always, so that alloc_pid() allocates nothing but the struct.
 *
 * Locks: pid_lock guards bitmap, table and last_pid; it is taken inside tasklist_lock, which
 * guards pid->tasks[].
 */
#include <tine/bitmap.h>
#include <tine/cred.h>
#include <tine/err.h>
#include <tine/fault_inject.h>
#include <tine/ledger.h>
#include <tine/pid.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/slab.h>

#define PIDS_PER_CHUNK	32768
#define NR_PID_CHUNKS	(PID_MAX_LIMIT / PIDS_PER_CHUNK)
#define SLOTS_ORDER	6		/* 32,768 pointers are 2^6 frames */

struct pid_chunk {
	unsigned long *used;		/* bitmap */
	struct pid **slots;		/* NULL where the number is free */
};

static DEFINE_SPINLOCK(pid_lock);
static struct pid_chunk chunks[NR_PID_CHUNKS];	/* pid_lock to change; chunks never go */
static pid_t last_pid;				/* pid_lock */
static pid_t pid_max = PID_MAX_DEFAULT;		/* pid_lock */
static struct kmem_cache *pid_cachep;

static int chunk_create(struct pid_chunk *chunk)
{
	struct page *slots;

	if (chunk->used)
		return 0;
	slots = alloc_pages(GFP_KERNEL | __GFP_ZERO, SLOTS_ORDER, FRAME_KERNEL);
	if (!slots)
		return -ENOMEM;
	chunk->used = kzalloc(PIDS_PER_CHUNK / 8, GFP_KERNEL);
	if (!chunk->used) {
		free_pages(slots, SLOTS_ORDER);
		return -ENOMEM;
	}
	chunk->slots = page_address(slots);
	return 0;
}

pid_t pid_max_get(void)
{
	return READ_ONCE(pid_max);
}

pid_t last_pid_get(void)
{
	return READ_ONCE(last_pid);
}

int pid_max_set(pid_t max)
{
	if (max <= RESERVED_PIDS || max > PID_MAX_LIMIT)
		return -EINVAL;
	for (int i = 0; i < DIV_ROUND_UP(max, PIDS_PER_CHUNK); i++) {
		if (chunk_create(&chunks[i]))
			return -ENOMEM;
	}
	WRITE_ONCE(pid_max, max);
	return 0;
}

void pid_init(void)
{
	pid_cachep = kmem_cache_create("pid", sizeof(struct pid), 0);
	if (chunk_create(&chunks[0]))
		panic("no memory for the table of process identifiers");
	set_bit(chunks[0].used, 0);	/* the idle tasks' number: no struct pid */
}

/* The first free number in [from, to), or -1. pid_lock held. */
static pid_t find_free(pid_t from, pid_t to)
{
	while (from < to) {
		struct pid_chunk *chunk = &chunks[from / PIDS_PER_CHUNK];
		pid_t base = ALIGN_DOWN(from, PIDS_PER_CHUNK);
		pid_t end = min(to - base, PIDS_PER_CHUNK);
		pid_t bit = find_next_zero_bit(chunk->used, end, from - base);

		if (bit < end)
			return base + bit;
		from = base + PIDS_PER_CHUNK;
	}
	return -1;
}

/* pid_lock held. */
static void use_number(struct pid *pid, pid_t nr)
{
	set_bit(chunks[nr / PIDS_PER_CHUNK].used, nr % PIDS_PER_CHUNK);
	chunks[nr / PIDS_PER_CHUNK].slots[nr % PIDS_PER_CHUNK] = pid;
}

/* The number pid->nr, below pid_max, unless it is in use. The search goes on where it was. */
static bool take_this_number(struct pid *pid)
{
	unsigned long flags = spin_lock_irqsave(&pid_lock);
	bool is_free = !test_bit(chunks[pid->nr / PIDS_PER_CHUNK].used, pid->nr % PIDS_PER_CHUNK);

	if (is_free)
		use_number(pid, pid->nr);
	spin_unlock_irqrestore(&pid_lock, flags);
	return is_free;
}

static pid_t take_number(struct pid *pid)
{
	unsigned long flags = spin_lock_irqsave(&pid_lock);
	pid_t nr = find_free(last_pid + 1, pid_max);

	if (nr < 0)		/* go round once, leaving out the numbers of long-lived daemons */
		nr = find_free(RESERVED_PIDS, min(last_pid + 1, pid_max));
	if (nr > 0) {
		use_number(pid, nr);
		last_pid = nr;
	}
	spin_unlock_irqrestore(&pid_lock, flags);
	return nr;
}

/* Without a number yet. */
static struct pid *new_pid(void)
{
	struct pid *pid;

	if (should_fail(FAIL_PID))
		return ERR_PTR(-EAGAIN);
	pid = kmem_cache_alloc(pid_cachep, GFP_KERNEL);
	if (!pid)
		return ERR_PTR(-ENOMEM);
	refcount_set(&pid->count, 1);
	for (int i = 0; i < PIDTYPE_MAX; i++)
		INIT_LIST_HEAD(&pid->tasks[i]);
	init_waitqueue_head(&pid->wait_pidfd);
	return pid;
}

fork_path struct pid *alloc_pid(void)
{
	struct pid *pid = new_pid();

	if (IS_ERR(pid))
		return pid;
	pid->nr = take_number(pid);
	if (pid->nr < 0) {
		kmem_cache_free(pid_cachep, pid);
		return ERR_PTR(-EAGAIN);
	}
	ledger_add(LEDGER_PIDS, 1);
	return pid;
}

struct pid *alloc_pid_at(pid_t nr, unsigned int levels)
{
	struct pid *pid;

	if (levels != 1 || nr < 1 || nr >= pid_max_get())
		return ERR_PTR(-EINVAL);
	if (!capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	pid = new_pid();
	if (IS_ERR(pid))
		return pid;
	pid->nr = nr;
	if (!take_this_number(pid)) {
		kmem_cache_free(pid_cachep, pid);
		return ERR_PTR(-EEXIST);
	}
	ledger_add(LEDGER_PIDS, 1);
	return pid;
}

void put_pid(struct pid *pid)
{
	if (pid && refcount_dec_and_test(&pid->count))
		kmem_cache_free(pid_cachep, pid);
}

void free_pid(struct pid *pid)
{
	unsigned long flags = spin_lock_irqsave(&pid_lock);
	struct pid_chunk *chunk = &chunks[pid->nr / PIDS_PER_CHUNK];

	clear_bit(chunk->used, pid->nr % PIDS_PER_CHUNK);
	chunk->slots[pid->nr % PIDS_PER_CHUNK] = NULL;
	spin_unlock_irqrestore(&pid_lock, flags);
	ledger_add(LEDGER_PIDS, -1);
	put_pid(pid);
}

struct pid *find_pid(pid_t nr)
{
	struct pid_chunk *chunk;

	if (nr <= 0 || nr >= PID_MAX_LIMIT)
		return NULL;
	chunk = &chunks[nr / PIDS_PER_CHUNK];
	return chunk->slots ? READ_ONCE(chunk->slots[nr % PIDS_PER_CHUNK]) : NULL;
}

pid_t next_pid(pid_t nr)
{
	unsigned long flags = spin_lock_irqsave(&pid_lock);
	pid_t found = -1;

	for (int i = max(nr, 1) / PIDS_PER_CHUNK; found < 0 && i < NR_PID_CHUNKS && chunks[i].used; i++) {
		pid_t base = i * PIDS_PER_CHUNK;
		pid_t bit = find_next_bit(chunks[i].used, PIDS_PER_CHUNK, max(nr, base + !i) - base);

		if (bit < PIDS_PER_CHUNK)
			found = base + bit;
	}
	spin_unlock_irqrestore(&pid_lock, flags);
	return found;
}

void attach_pid(struct task_struct *p, enum pid_type type, struct pid *pid)
{
	list_add_tail(&p->pid_links[type], &pid->tasks[type]);
	if (type == PIDTYPE_PID)
		p->thread_pid = pid;
	else
		p->signal->pids[type] = pid;
}

static bool pid_in_use(const struct pid *pid)
{
	for (int i = 0; i < PIDTYPE_MAX; i++) {
		if (!list_empty(&pid->tasks[i]))
			return true;
	}
	return false;
}

void detach_pid(struct task_struct *p, enum pid_type type)
{
	struct pid **slot = type == PIDTYPE_PID ? &p->thread_pid : &p->signal->pids[type];
	struct pid *pid = *slot;

	list_del_init(&p->pid_links[type]);
	*slot = NULL;
	if (!pid_in_use(pid))
		free_pid(pid);
}

void change_pid(struct task_struct *p, enum pid_type type, struct pid *pid)
{
	if (p->signal->pids[type] == pid)
		return;
	detach_pid(p, type);
	attach_pid(p, type, pid);
}

struct task_struct *pid_task(struct pid *pid, enum pid_type type)
{
	if (!pid || list_empty(&pid->tasks[type]))
		return NULL;
	return list_first_entry(&pid->tasks[type], struct task_struct, pid_links[type]);
}

struct task_struct *find_task_by_vpid(pid_t nr)
{
	return pid_task(find_pid(nr), PIDTYPE_PID);
}

struct task_struct *find_get_task_by_vpid(pid_t nr)
{
	struct task_struct *p;

	spin_lock_irq(&tasklist_lock);
	p = find_task_by_vpid(nr);
	if (p)
		get_task_struct(p);
	spin_unlock_irq(&tasklist_lock);
	return p;
}
