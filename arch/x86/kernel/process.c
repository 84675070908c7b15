/*
 * process.c - tasks as the machine sees them: birth, switch, program start.
 *
 * The kernel stack of a new task, from its top: struct fork_frame (arch/entry.h), which makes
 * __switch_to_asm return to ret_from_fork. From then on thread.sp is where the task was switched out.
 *
 * User state is what a program has in the CPU and the kernel does not touch: selectors of DS, ES,
 * FS, GS, the bases of FS and GS, floating point. It is saved when a user task is switched out and
 * loaded when one is switched in, unless it is still there: kernel threads and the idle task
 * leave it alone. On each CPU user_state_owner is the task whose state is loaded, provided that
 * the task's user_cpu agrees; the second half guards against a task that has since run elsewhere,
 * and against a new one at the address of a dead one.
 *
 * 64-bit programs keep the selectors 0 (but see tls.c) and set bases by arch_prctl(2). CR4.FSGSBASE stays off, so
 * the kernel sees every base that is set, thread.fsbase and gsbase are always current, and no MSR
 * is read at a switch. Bases lie below TASK_SIZE or are refused: WRMSR faults on one that is not
 * canonical (the emulator does not), and paranoid_entry knows the kernel's base by its top bit.
 */
#include <arch/backtrace.h>
#include <arch/desc.h>
#include <arch/entry.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/process.h>
#include <arch/uaccess.h>
#include <tine/fork.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/syscalls.h>

static DEFINE_PER_CPU(struct task_struct *, user_state_owner);
/* Some selector, FS base, or swapped-out GS base of the CPU may be other than 0. */
static DEFINE_PER_CPU(bool, selectors_loaded) = true;
static DEFINE_PER_CPU(bool, fsbase_loaded) = true;
static DEFINE_PER_CPU(bool, gsbase_loaded) = true;

/* ---- user state ---- */

static force_inline void save_selectors(struct thread_struct *t)
{
	__asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
			 : "=m"(t->ds), "=m"(t->es), "=m"(t->fsindex), "=m"(t->gsindex));
}

static force_inline bool any_selector(const struct thread_struct *t)
{
	return (t->ds | t->es | t->fsindex | t->gsindex | t->tls_used) != 0;
}

/*
 * A selector that a program had loaded stays good unless set_thread_area(2) has emptied or replaced
 * its descriptor. Then 0 takes its place, as on Linux. Null selectors have four values.
 */
static u32 usable_selector(u32 selector)
{
	bool readable;

	if (selector <= 3)
		return selector;
	__asm__("verr %w1" : "=@ccz"(readable) : "r"(selector));
	return readable ? selector : 0;
}

/*
 * Descriptors first, then the selectors that point to them. Loading FS or GS changes the base too;
 * for GS the user's base is put in place meanwhile. An NMI between the two swaps looks at the base
 * itself; nothing can fault there, since usable_selector() has looked.
 */
static noinline void load_selectors(const struct thread_struct *t)
{
	unsigned long flags = local_irq_save();

	load_tls(t->tls_array);
	__asm__ volatile("mov %0, %%ds; mov %1, %%es; mov %2, %%fs"
			 :: "r"(usable_selector(t->ds)), "r"(usable_selector(t->es)),
			    "r"(usable_selector(t->fsindex)) : "memory");
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs" :: "r"(usable_selector(t->gsindex)) : "memory");
	this_cpu_write(selectors_loaded, any_selector(t));
	this_cpu_write(fsbase_loaded, true);
	this_cpu_write(gsbase_loaded, true);
	local_irq_restore(flags);
}

/*
 * A base other than 0 is always written: a program makes it 0 behind the kernel's back by loading a
 * null selector. A selector other than 0 has a base of its own, from the GDT.
 */
static force_inline void load_bases(const struct thread_struct *t)
{
	if ((t->fsbase || this_cpu_read(fsbase_loaded)) && !t->fsindex) {
		wrmsr(MSR_FS_BASE, t->fsbase);
		this_cpu_write(fsbase_loaded, t->fsbase != 0);
	}
	if ((t->gsbase || this_cpu_read(gsbase_loaded)) && !t->gsindex) {
		wrmsr(MSR_KERNEL_GS_BASE, t->gsbase);
		this_cpu_write(gsbase_loaded, t->gsbase != 0);
	}
}

static force_inline void load_segments(const struct thread_struct *t)
{
	if (unlikely(any_selector(t) || this_cpu_read(selectors_loaded)))
		load_selectors(t);
	load_bases(t);
}

static force_inline void save_user_state(struct task_struct *prev)
{
	save_selectors(&prev->thread);
	if (unlikely(any_selector(&prev->thread)))
		this_cpu_write(selectors_loaded, true);
	if (likely(prev->thread.fpu_live))
		fpu_save(prev);
}

static force_inline void load_user_state(struct task_struct *next)
{
	struct thread_struct *t = &next->thread;
	int cpu = (int)smp_processor_id();

	if (this_cpu_read(user_state_owner) == next && t->user_cpu == cpu)
		return;
	load_segments(t);
	if (likely(t->fpu_live))
		fpu_load(next);
	this_cpu_write(user_state_owner, next);
	t->user_cpu = cpu;
}

/* ---- the switch ---- */

struct task_struct *switch_to(struct task_struct *prev, struct task_struct *next)
{
	if (prev->thread.user)
		save_user_state(prev);
	set_kernel_stack_top((unsigned long)next->stack + THREAD_SIZE);
	this_cpu_write(current_task, next);
	if (next->thread.user)
		load_user_state(next);
	return __switch_to_asm(prev, next);
}

/* ---- birth ---- */

int arch_dup_task_struct(struct task_struct *dst, struct task_struct *src)
{
	memcpy(dst, src, offsetof(struct task_struct, thread.fpu));
	if (src->thread.user)
		save_selectors(&dst->thread);
	dst->thread.user_cpu = -1;
	fpu_copy(dst, src);
	return 0;
}

int copy_thread_tls(struct task_struct *p, const struct kernel_clone_args *args)
{
	struct fork_frame *fork_frame = (struct fork_frame *)((char *)p->stack + THREAD_SIZE) - 1;
	struct inactive_task_frame *frame = &fork_frame->frame;
	struct pt_regs *childregs = &fork_frame->regs;

	memset(frame, 0, sizeof(*frame));
	frame->ret_addr = (unsigned long)ret_from_fork;
	p->thread.sp = (unsigned long)fork_frame;

	if (args->fn || !current->thread.user) {
		memset(childregs, 0, sizeof(*childregs));
		frame->bx = (unsigned long)args->fn;
		frame->r12 = (unsigned long)args->fn_arg;
		p->thread.user = false;
		p->thread.fpu_live = false;
		return 0;
	}

	*childregs = *current_pt_regs();
	childregs->ax = 0;
	if (args->stack)
		childregs->sp = args->stack;
	if (args->flags & CLONE_SETTLS) {
		if (args->kernel_flags & KCLONE_TLS_DESC)
			return do_set_thread_area(p, (struct user_desc __user *)args->tls, false);
		if (args->tls >= TASK_SIZE)
			return -EPERM;
		p->thread.fsbase = args->tls;
		p->thread.fsindex = 0;
	}
	return 0;
}

/* ---- program start ---- */

void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp)
{
	memset(regs, 0, sizeof(*regs));
	regs->orig_ax = -1UL;
	regs->ip = ip;
	regs->cs = __USER_CS;
	regs->flags = X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	regs->sp = sp;
	regs->ss = __USER_DS;
}

void flush_thread(void)
{
	struct thread_struct *t = &current->thread;

	preempt_disable();
	t->fsbase = 0;
	t->gsbase = 0;
	t->ds = t->es = t->fsindex = t->gsindex = t->tls_used = 0;
	memset(t->tls_array, 0, sizeof(t->tls_array));
	t->cr2 = t->trap_nr = t->error_code = 0;
	load_selectors(t);
	load_bases(t);
	t->user = true;
	fpu_reset();
	this_cpu_write(user_state_owner, current);
	t->user_cpu = (int)smp_processor_id();
	preempt_enable();
}

/* ---- address spaces ---- */

static phys_addr_t pgd_phys(const struct mm_struct *mm)
{
	if ((unsigned long)mm->pgd >= KERNEL_BASE)
		return __pa_symbol(mm->pgd);
	return __pa(mm->pgd);
}

/*
 * cpu_bitmap: set before the tables are in use, cleared only when they are not, so that whoever
 * changes them meanwhile tells this CPU.
 */
void switch_mm(struct mm_struct *prev, struct mm_struct *next)
{
	u64 bit = BIT(smp_processor_id());

	if (prev == next)
		return;
	if (!(READ_ONCE(next->cpu_bitmap) & bit))
		__atomic_or_fetch(&next->cpu_bitmap, bit, __ATOMIC_SEQ_CST);
	write_cr3(pgd_phys(next));
	if (prev)
		__atomic_and_fetch(&prev->cpu_bitmap, ~bit, __ATOMIC_SEQ_CST);
}

void reload_segments(void)
{
	struct thread_struct *t = &current->thread;

	preempt_disable();
	save_selectors(t);
	load_selectors(t);
	load_bases(t);
	preempt_enable();
}

/* ---- questions ---- */

long sys_arch_prctl(int code, unsigned long addr)
{
	struct thread_struct *t = &current->thread;

	switch (code) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (addr >= TASK_SIZE)
			return -EPERM;
		preempt_disable();
		save_selectors(t);
		if (code == ARCH_SET_FS) {
			t->fsbase = addr;
			t->fsindex = 0;
		} else {
			t->gsbase = addr;
			t->gsindex = 0;
		}
		load_selectors(t);
		load_bases(t);
		preempt_enable();
		return 0;
	case ARCH_GET_FS:
		return put_user(rdmsr(MSR_FS_BASE), (unsigned long __user *)addr);
	case ARCH_GET_GS:
		return put_user(rdmsr(MSR_KERNEL_GS_BASE), (unsigned long __user *)addr);
	default:
		return -EINVAL;
	}
}

/* Frames between a task that waits and its switch: not what a reader wants to see. */
static bool is_sched_function(const char *name)
{
	static const char *const names[] = {
		"switch_to", "context_switch", "__schedule", "schedule", "schedule_timeout_until",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/*
 * Read without any lock: @p may wake up and run meanwhile. So every word is read as one that may
 * not be there, and only frames inside its stack are followed.
 */
unsigned long get_wchan(struct task_struct *p)
{
	unsigned long low = (unsigned long)p->stack, bp, ip, offset;
	unsigned long frame = READ_ONCE(p->thread.sp) + offsetof(struct inactive_task_frame, bp);
	const char *name;

	if (p == current || READ_ONCE(p->on_cpu) || READ_ONCE(p->state) == TASK_RUNNING)
		return 0;
	while (frame >= low && frame <= low + THREAD_SIZE - sizeof(struct pt_regs)) {
		if (!probe_kernel_read(frame, &bp) || !probe_kernel_read(frame + sizeof(bp), &ip))
			return 0;
		name = ksym_lookup(ip, &offset);
		if (!name)
			return 0;
		if (!is_sched_function(name))
			return ip;
		if (bp <= frame)
			return 0;
		frame = bp;
	}
	return 0;
}
