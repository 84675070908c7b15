/*
 * count.c - a TCG plugin that counts a kernel's instructions by function and by who called it.
 *
 * QEMU adds 1 to a counter at each instruction (inline, so also at each iteration of a rep string
 * instruction, as -icount does). At the start of each block of kernel code on_block() gives what was
 * counted since the block before to the function that ran then, and follows control:
 *
 *   call, ret	 the address of the word of the stack that they write or read identifies a frame,
 *		 whatever happens in between: ret goes back to the frame whose call wrote that word;
 *   a switch	 of tasks is a ret to a frame of another context, a task's kernel stack. A ret whose
 *		 word nobody wrote and that leads to ret_from_fork starts a context;
 *   an entry	 (syscall, interrupt, exception) begins at a symbol with a flag of that meaning, and
 *		 ends with sysret or iretq. Entered from user mode it is an event: the tree of
 *		 calls below it is complete when it returns.
 *
 * Events are collected by cycle. With roi=sys_X a cycle begins where that system call is entered, and ends
 * where it is entered again by whichever task; without, all is one cycle. In a cycle's tree stand at
 * first the tasks: the caller of sys_X, tasks born since, others; below them their events. What a task
 * has done in an event that goes on when the cycle ends is given to that cycle.
 *
 * Usage: -plugin count.so,symbols=FILE,out=FILE[,roi=NAME]; one CPU. symbols has lines "address flags name",
 * sorted, flags of e entry, f ret_from_fork, d no return (do_task_dead), s system call, "-" none. Written by
 * profile.py, which reads the result too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define KERNEL_HALF	0xffff800000000000UL
#define MAX_DEPTH	256
#define MAX_CYCLES	1024

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum { F_ENTRY = 1, F_FORK = 2, F_DEAD = 4, F_SYSCALL = 8 };

struct symbol {
	uint64_t addr;
	unsigned int flags;
	int name;
	struct symbol *body;		/* the same without flags: a block that does not begin at addr */
};

struct node {
	int name;
	uint64_t calls, self;
	struct node *parent, *child, *next;
};

enum transfer { NONE, CALL, RET, LEAVE };

struct frame {
	struct node *node;
	uint64_t sp;			/* of the return address; 0 in an entry */
	bool entry;
	enum transfer pending;		/* entry: what it interrupted */
	uint64_t pending_sp;
};

struct context {
	struct frame frames[MAX_DEPTH];
	int depth;
	bool dead;			/* runs for the last time */
	struct node *event;		/* the tree that grows */
	bool named;			/* its system call is known: see push_call() */
	uint64_t event_start;
	unsigned long born;		/* in which cycle */
	struct context *next;
};

struct cycle {
	struct node *tree;
	uint64_t start, total;
	struct context *caller;
};

static struct symbol *symbols;
static size_t nr_symbols;
static char **names;
static int nr_names;
static int roi = -1, label_caller, label_new, label_other, label_user, label_event;
static const char *out_path;

static uint64_t kernel_count, user_count, kernel_seen, user_seen;
static enum transfer expected;		/* the instruction that runs */
static enum transfer pending;		/* the instruction before this block */
static uint64_t pending_sp;
static struct context *contexts, *cur;
static bool kernel_runs, started;	/* started: PID 1 has reached user mode */

static struct cycle cycles[MAX_CYCLES];
static unsigned long nr_cycles;
static struct cycle now;
static struct node *run;		/* all cycles together */

/* ---- names and symbols ---- */

static int name_id(const char *name)
{
	for (int i = 0; i < nr_names; i++)
		if (!strcmp(names[i], name))
			return i;
	names = realloc(names, (nr_names + 1) * sizeof(*names));
	names[nr_names] = strdup(name);
	return nr_names++;
}

static unsigned int parse_flags(const char *text)
{
	return (strchr(text, 'e') ? F_ENTRY : 0) | (strchr(text, 'f') ? F_FORK : 0) |
	       (strchr(text, 'd') ? F_DEAD : 0) | (strchr(text, 's') ? F_SYSCALL : 0);
}

static bool read_symbols(const char *path)
{
	char flags[16], name[128];
	FILE *in = fopen(path, "r");
	struct symbol s;

	while (in && fscanf(in, "%" SCNx64 " %15s %127s", &s.addr, flags, name) == 3) {
		s.flags = parse_flags(flags);
		s.name = name_id(name);
		symbols = realloc(symbols, (nr_symbols + 1) * sizeof(*symbols));
		symbols[nr_symbols++] = s;
	}
	if (in)
		fclose(in);
	for (size_t i = 0; i < nr_symbols; i++) {
		symbols[i].body = malloc(sizeof(s));
		*symbols[i].body = (struct symbol){ .addr = symbols[i].addr, .name = symbols[i].name };
	}
	return nr_symbols > 0;
}

/* The symbol at or before @addr. */
static struct symbol *symbol_at(uint64_t addr)
{
	size_t low = 0, high = nr_symbols;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	return symbols[low].addr == addr ? &symbols[low] : symbols[low].body;
}

/* ---- trees ---- */

static struct node *child_of(struct node *parent, int name)
{
	struct node **link = &parent->child;

	for (; *link; link = &(*link)->next)
		if ((*link)->name == name)
			return *link;
	*link = calloc(1, sizeof(struct node));
	(*link)->name = name;
	(*link)->parent = parent;
	return *link;
}

static struct node *new_tree(int name)
{
	struct node *root = calloc(1, sizeof(*root));

	root->name = name;
	return root;
}

static void free_tree(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		free_tree(node->child);
		free(node);
		node = next;
	}
}

static void merge(struct node *to, const struct node *from)
{
	to->calls += from->calls;
	to->self += from->self;
	for (const struct node *child = from->child; child; child = child->next)
		merge(child_of(to, child->name), child);
}

static void zero(struct node *node)
{
	node->calls = node->self = 0;
	for (struct node *child = node->child; child; child = child->next)
		zero(child);
}

/* ---- cycles ---- */

static int label_of(const struct context *c)
{
	if (c == now.caller)
		return label_caller;
	return c->born == nr_cycles && roi >= 0 ? label_new : label_other;
}

/* What @c's event has so far goes to the cycle. */
static void flush(struct context *c)
{
	if (started) {
		merge(child_of(child_of(now.tree, label_of(c)), c->event->name), c->event);
		merge(child_of(run, c->event->name), c->event);
	}
	zero(c->event);
}

static void end_cycle(uint64_t at)
{
	struct cycle *slot = &cycles[nr_cycles++ % MAX_CYCLES];

	now.total = at - now.start;
	free_tree(slot->tree);
	*slot = now;
	now = (struct cycle){ .tree = new_tree(label_event), .start = at };
}

/* @c has entered the system call that begins a cycle. */
static void next_cycle(struct context *c)
{
	for (struct context *other = contexts; other; other = other->next)
		if (other != c)
			flush(other);
	end_cycle(c->event_start);
	now.caller = c;
}

/* ---- contexts ---- */

static struct context *new_context(void)
{
	struct context *c = calloc(1, sizeof(*c));

	c->event = new_tree(label_event);
	c->born = nr_cycles;
	c->next = contexts;
	contexts = c;
	return c;
}

static void drop_context(struct context *c)
{
	struct context **link = &contexts;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	flush(c);
	free_tree(c->event);
	free(c);
}

static struct node *top_node(struct context *c)
{
	return c->depth ? c->frames[c->depth - 1].node : c->event;
}

static void push(struct context *c, struct frame frame, int name)
{
	if (c->depth == MAX_DEPTH) {
		fprintf(stderr, "profile: calls are nested too deeply\n");
		abort();
	}
	frame.node = child_of(top_node(c), name);
	frame.node->calls++;
	c->frames[c->depth++] = frame;
}

/* ---- control ---- */

static void begin_event(struct context *c, int name)
{
	uint64_t user = user_count - user_seen;

	user_seen = user_count;
	if (started) {
		child_of(child_of(now.tree, label_of(c)), label_user)->self += user;
		child_of(run, label_user)->self += user;
	}
	c->event->name = name;
	c->event->calls = 1;
	c->named = false;
	c->event_start = kernel_seen + user_seen;
}

static void end_event(struct context *c)
{
	flush(c);
	free_tree(c->event);
	c->event = new_tree(label_event);
	c->depth = 0;
	if (!started) {
		for (struct context *other = contexts; other; other = other->next)
			zero(other->event);
		started = true;
		user_seen = user_count;
		now.caller = c;
		now.start = kernel_seen + user_seen;
	}
}

static void push_entry(struct context *c, const struct symbol *s)
{
	if (!c->depth)
		begin_event(c, s->name);
	push(c, (struct frame){ .entry = true, .pending = pending, .pending_sp = pending_sp }, s->name);
	pending = NONE;
}

/* The event of a system call gets its name from the function that it leads to. */
static void push_call(struct context *c, const struct symbol *s)
{
	push(c, (struct frame){ .sp = pending_sp }, s->name);
	c->dead |= (s->flags & F_DEAD) != 0;
	if (!(s->flags & F_SYSCALL) || c->depth > 4 || c->named)
		return;
	c->named = true;
	c->event->name = s->name;
	if (s->name == roi && started)
		next_cycle(c);
}

static bool pop_to(struct context *c, uint64_t sp)
{
	for (int i = c->depth - 1; i >= 0 && !c->frames[i].entry; i--) {
		if (c->frames[i].sp == sp) {
			c->depth = i;
			return true;
		}
	}
	return false;
}

/* A ret that leads out of the running context, or out of what is known. */
static void switch_context(const struct symbol *s, uint64_t sp)
{
	struct context *prev = cur;

	for (struct context *c = contexts; c; c = c->next) {
		if (c != prev && c->depth && c->frames[c->depth - 1].sp == sp) {
			c->depth--;
			cur = c;
			goto out;
		}
	}
	if (!(s->flags & F_FORK))
		return;
	cur = new_context();
	cur->event->name = s->name;
	cur->event->calls = 1;
	push(cur, (struct frame){ .entry = true }, s->name);
out:
	if (prev->dead)
		drop_context(prev);
}

/* sysret, or iretq to what the youngest entry interrupted. */
static void leave(struct context *c)
{
	while (c->depth && !c->frames[c->depth - 1].entry)
		c->depth--;
	pending = NONE;
	if (c->depth > 1) {
		c->depth--;
		pending = c->frames[c->depth].pending;
		pending_sp = c->frames[c->depth].pending_sp;
	} else {
		end_event(c);
	}
}

/* Code has run on from one function into another: a jump, or the next label of an assembly file. */
static void follow_jump(struct context *c, const struct symbol *s)
{
	struct frame *top = c->depth ? &c->frames[c->depth - 1] : NULL;

	if (!top) {
		push(c, (struct frame){ .entry = true }, s->name);
	} else if (top->node->name != s->name) {
		top->node = child_of(top->node->parent, s->name);
		top->node->calls++;
	}
}

static void on_block(unsigned int cpu, void *udata)
{
	const struct symbol *s = udata;
	enum transfer was;

	top_node(cur)->self += kernel_count - kernel_seen;
	kernel_seen = kernel_count;
	if (pending == LEAVE)
		leave(cur);
	if (s->flags & F_ENTRY) {
		push_entry(cur, s);
		return;
	}
	was = pending;
	pending = expected = NONE;
	if (was == CALL)
		push_call(cur, s);
	else if (was == RET && !pop_to(cur, pending_sp))
		switch_context(s, pending_sp);
	follow_jump(cur, s);
}

static void on_transfer(unsigned int cpu, void *udata)
{
	expected = (uintptr_t)udata;
	if (expected == LEAVE)
		pending = LEAVE;
}

/*
 * The word on the stack. Other accesses: where an indirect call leads, and those of instructions that
 * never asked, since QEMU 7.2 forgets to take a callback back when an exception ends its instruction.
 */
static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *udata)
{
	bool store = qemu_plugin_mem_is_store(info);

	if (expected != (store ? CALL : RET))
		return;
	pending = expected;
	pending_sp = addr;
	expected = NONE;
}

/* ---- translation ---- */

static enum transfer transfer_of(const struct qemu_plugin_insn *insn)
{
	const uint8_t *byte = qemu_plugin_insn_data(insn), *end = byte + qemu_plugin_insn_size(insn);

	while (byte < end && *byte && ((*byte & 0xf0) == 0x40 || strchr("\x2e\x3e\x64\x65\x66\xf2\xf3", *byte)))
		byte++;		/* REX, segment, operand size, rep and branch hints */
	if (byte >= end)
		return NONE;
	switch (*byte) {
	case 0xe8:
		return CALL;
	case 0xff:
		return byte + 1 < end && (byte[1] & 0x38) == 0x10 ? CALL : NONE;
	case 0xc2: case 0xc3:
		return RET;
	case 0xcf:
		return LEAVE;		/* iretq */
	case 0x0f:
		return byte + 1 < end && byte[1] == 0x07 ? LEAVE : NONE;	/* sysret */
	default:
		return NONE;
	}
}

static void watch(struct qemu_plugin_insn *insn)
{
	enum transfer how = transfer_of(insn);

	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &kernel_count, 1);
	if (how == NONE)
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_transfer, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)how);
	if (how != LEAVE)
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
}

/* Before the kernel runs, everything is firmware and boot loader. */
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);
	bool kernel = addr >= KERNEL_HALF;
	size_t n = qemu_plugin_tb_n_insns(tb);

	kernel_runs |= kernel;
	if (!kernel_runs)
		return;
	if (kernel)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, symbol_at(addr));
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (kernel)
			watch(insn);
		else
			qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &user_count, 1);
	}
}

/* ---- the result ---- */

static void write_tree(FILE *out, const struct node *node, int depth)
{
	fprintf(out, "%d %d %" PRIu64 " %" PRIu64 "\n", depth, node->name, node->calls, node->self);
	for (const struct node *child = node->child; child; child = child->next)
		write_tree(out, child, depth + 1);
}

/* "names N", the names; then "run" and for each cycle "cycle INSTRUCTIONS", each with its tree in preorder. */
static void on_exit_of_qemu(qemu_plugin_id_t id, void *udata)
{
	unsigned long first = nr_cycles + 1 > MAX_CYCLES ? nr_cycles + 1 - MAX_CYCLES : 0;
	FILE *out = fopen(out_path, "w");

	if (!out) {
		perror(out_path);
		return;
	}
	for (struct context *c = contexts; c; c = c->next)
		flush(c);
	end_cycle(kernel_count + user_count);
	fprintf(out, "names %d\n", nr_names);
	for (int i = 0; i < nr_names; i++)
		fprintf(out, "%s\n", names[i]);
	fprintf(out, "run\n");
	write_tree(out, run, 0);
	for (unsigned long i = first; i < nr_cycles; i++) {
		fprintf(out, "cycle %" PRIu64 "\n", cycles[i % MAX_CYCLES].total);
		write_tree(out, cycles[i % MAX_CYCLES].tree, 0);
	}
	fclose(out);
}

static bool read_options(int argc, char **argv)
{
	bool have_symbols = false;

	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return false;
		*value++ = '\0';
		if (!strcmp(argv[i], "symbols"))
			have_symbols = read_symbols(value);
		else if (!strcmp(argv[i], "out"))
			out_path = strdup(value);
		else if (!strcmp(argv[i], "roi"))
			roi = name_id(value);
		else
			return false;
	}
	return have_symbols && out_path;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	if (!read_options(argc, argv)) {
		fprintf(stderr, "profile: the plugin's options are wrong\n");
		return -1;
	}
	label_caller = name_id("caller");
	label_new = name_id("new-task");
	label_other = name_id("other-task");
	label_user = name_id("user-mode");
	label_event = name_id("all");
	run = new_tree(label_event);
	now.tree = new_tree(label_event);
	cur = new_context();
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
