/*
 * syscall.c - from a number to a function.
 *
 * The table comes from include/tine/syscalls.def; numbers are Linux's. A number that is not
 * there gives ENOSYS and is named once in the log, so that whoever brings a new program sees what
 * it misses.
 */
#include <arch/entry.h>
#include <arch/ptrace.h>
#include <tine/bitmap.h>
#include <tine/fault_inject.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

#define NR_SYSCALLS	512

typedef long (*syscall_fn_t)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long,
			     unsigned long);

static const char *const syscall_names[NR_SYSCALLS] = {
#define SYSCALL(name, ...) [__NR_##name] = #name,
#include <tine/syscalls.def>
#undef SYSCALL
};

const char *syscall_name(unsigned long nr)
{
	return nr < NR_SYSCALLS ? syscall_names[nr] : NULL;
}

/* Racy on purpose: at worst a number is named twice. */
static void name_unknown(unsigned long nr)
{
	static DECLARE_BITMAP(said, NR_SYSCALLS + 1);
	unsigned long bit = nr < NR_SYSCALLS ? nr : NR_SYSCALLS;

	if (test_bit(said, bit))
		return;
	set_bit(said, bit);
	printk("%s[%d]: system call %lu is not offered\n", current->comm, current->pid, nr);
}

static long not_offered(void)
{
	name_unknown((u32)current_pt_regs()->orig_ax);
	return -ENOSYS;
}

/* Numbers that are not in the list keep what stands first, so that a call tests its number once. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const syscall_fn_t sys_call_table[NR_SYSCALLS] = {
	[0 ... NR_SYSCALLS - 1] = (syscall_fn_t)(void *)not_offered,
#define SYSCALL(name, ...) [__NR_##name] = (syscall_fn_t)(void *)sys_##name,
#include <tine/syscalls.def>
#undef SYSCALL
};
#pragma GCC diagnostic pop

static force_inline long dispatch(const struct pt_regs *regs)
{
	unsigned long nr = (u32)regs->orig_ax;	/* the upper half of rax is ignored, as on Linux */

	if (unlikely(nr >= NR_SYSCALLS))
		return not_offered();
	return sys_call_table[nr](regs->di, regs->si, regs->dx, regs->r10, regs->r8, regs->r9);
}

static noinline long do_syscall_slow(const struct pt_regs *regs)
{
	long ret;

	fail_nth_syscall_enter();
	ret = dispatch(regs);
	fail_nth_syscall_exit();
	return ret;
}

long do_syscall(const struct pt_regs *regs)
{
	check_kernel_entry();
	if (unlikely(test_tsk_thread_flag(current, TIF_SYSCALL_WORK)))
		return do_syscall_slow(regs);
	return dispatch(regs);
}
