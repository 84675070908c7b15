/*
 * ia32.c - the system calls of int 0x80: i386 numbers, argument order and argument widths.
 *
 * A 64-bit program may use them (programs taken over from 32-bit days, or shown in textbooks, do);
 * it stays a 64-bit program: its registers are kept in full, its signal frames and its children are
 * 64-bit, only arguments are cut to 32 bits. So pointers work for data below 4 GiB. The number is
 * eax, the arguments are ebx, ecx, edx, esi, edi, ebp; the result fills rax. Every other register
 * is kept, rcx and r11 too. syscall(2), "Architecture calling conventions".
 *
 * Which calls there are stands in include/tine/syscalls32.def, numbers in the generated
 * unistd_ia32.h. Others give ENOSYS and are named once in the log.
 */
#include <arch/entry.h>
#include <arch/process.h>
#include <arch/ptrace.h>
#include <arch/uaccess.h>
#include <tine/bitmap.h>
#include <tine/fault_inject.h>
#include <tine/fork.h>
#include <tine/fs.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/syscalls.h>
#include <tine/upcalls.h>

#include "exec.h"

#define NR_SYSCALLS32	512

/* ---- calls whose arguments must be put in order ---------------------------------------------- */

/* 64-bit offsets come in two registers, the low half first. */
static loff_t offset64(u32 low, u32 high)
{
	return (loff_t)((u64)high << 32 | low);
}

static long ia32_pread64(unsigned int fd, char __user *buf, u32 count, u32 low, u32 high)
{
	return sys_pread64(fd, buf, count, offset64(low, high));
}

static long ia32_pwrite64(unsigned int fd, const char __user *buf, u32 count, u32 low, u32 high)
{
	return sys_pwrite64(fd, buf, count, offset64(low, high));
}

static long ia32_truncate64(const char __user *name, u32 low, u32 high)
{
	return sys_truncate(name, offset64(low, high));
}

static long ia32_ftruncate64(unsigned int fd, u32 low, u32 high)
{
	return sys_ftruncate(fd, offset64(low, high));
}

/* off_t of i386 is signed and 32 bits wide. */
static long ia32_lseek(unsigned int fd, s32 offset, int whence)
{
	return sys_lseek(fd, offset, whence);
}

static long ia32_truncate(const char __user *name, s32 length)
{
	return sys_truncate(name, length);
}

static long ia32_ftruncate(unsigned int fd, s32 length)
{
	return sys_ftruncate(fd, length);
}

/* O_LARGEFILE is what the program says; for 64-bit calls it is always on. */
static long ia32_open(const char __user *name, int flags, mode_t mode)
{
	return do_sys_open(AT_FDCWD, name, flags, mode);
}

static long ia32_openat(int dfd, const char __user *name, int flags, mode_t mode)
{
	return do_sys_open(dfd, name, flags, mode);
}

static long ia32_creat(const char __user *name, mode_t mode)
{
	return do_sys_open(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* TLS stands before the child's thread id, and is the address of a segment's description. */
static fork_path long ia32_clone(u32 flags, u32 stack, int __user *parent_tid, u32 tls, int __user *child_tid)
{
	return do_clone(flags, stack, parent_tid, child_tid, tls, KCLONE_TLS_DESC);
}

/* The lists are arrays of 32-bit pointers. */
static long ia32_execve(const char __user *name, const u32 __user *argv, const u32 __user *envp)
{
	struct arg_list args = { .user32 = argv }, env = { .user32 = envp };

	return do_execveat(AT_FDCWD, name, &args, &env, 0);
}

static long ia32_execveat(int dfd, const char __user *name, const u32 __user *argv, const u32 __user *envp,
			  int flags)
{
	struct arg_list args = { .user32 = argv }, env = { .user32 = envp };

	return do_execveat(dfd, name, &args, &env, flags);
}

static long ia32_waitpid(pid_t pid, int __user *status, int options)
{
	return sys_wait4(pid, status, options, NULL);
}

/* struct rusage as i386 has it. */
struct rusage32 {
	struct {
		s32 sec, usec;
	} utime, stime;
	s32 rest[14];
};

static void rusage_to_32(struct rusage32 *to, const struct rusage *ru)
{
	const __kernel_long_t *rest = &ru->ru_maxrss;

	_Static_assert(offsetof(struct rusage, ru_maxrss) + 14 * sizeof(*rest) == sizeof(*ru), "14 counters");
	to->utime.sec = (s32)ru->ru_utime.tv_sec;
	to->utime.usec = (s32)ru->ru_utime.tv_usec;
	to->stime.sec = (s32)ru->ru_stime.tv_sec;
	to->stime.usec = (s32)ru->ru_stime.tv_usec;
	for (unsigned int i = 0; i < ARRAY_SIZE(to->rest); i++)
		to->rest[i] = (s32)rest[i];
}

static long ia32_wait4(pid_t pid, int __user *status, int options, struct rusage32 __user *uru)
{
	struct rusage32 ru32;
	struct rusage ru;
	long ret = kernel_wait4(pid, status, options, &ru);

	if (ret <= 0 || !uru)
		return ret;
	rusage_to_32(&ru32, &ru);
	return copy_to_user(uru, &ru32, sizeof(ru32)) ? -EFAULT : ret;
}

static long ia32_set_thread_area(struct user_desc __user *uinfo)
{
	return do_set_thread_area(current, uinfo, true);
}

/* ---- from a number to a function ------------------------------------------------------------- */

typedef long (*syscall32_fn_t)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long,
			       unsigned long);

static const syscall32_fn_t sys_call_table32[NR_SYSCALLS32] = {
#define SYSCALL32(name, function) [__NR_ia32_##name] = (syscall32_fn_t)(void *)function,
#include <tine/syscalls32.def>
#undef SYSCALL32
};

/* Racy on purpose: at worst a number is named twice. */
static void name_unknown32(u32 nr)
{
	static DECLARE_BITMAP(said, NR_SYSCALLS32 + 1);
	unsigned int bit = min(nr, (u32)NR_SYSCALLS32);

	if (test_bit(said, bit))
		return;
	set_bit(said, bit);
	printk("%s[%d]: system call %u (i386) is not offered\n", current->comm, current->pid, nr);
}

static void dispatch32(struct pt_regs *regs)
{
	u32 nr = (u32)regs->orig_ax;

	if (nr >= NR_SYSCALLS32 || !sys_call_table32[nr]) {
		name_unknown32(nr);
		regs->ax = -ENOSYS;
		return;
	}
	regs->ax = sys_call_table32[nr]((u32)regs->bx, (u32)regs->cx, (u32)regs->dx, (u32)regs->si,
					(u32)regs->di, (u32)regs->bp);
}

void do_syscall32(struct pt_regs *regs)
{
	bool counted;

	check_kernel_entry();
	counted = test_tsk_thread_flag(current, TIF_SYSCALL_WORK);

	regs->orig_ax = (u32)regs->orig_ax;	/* what a restart puts back into rax */
	if (unlikely(counted))
		fail_nth_syscall_enter();
	dispatch32(regs);
	if (unlikely(counted))
		fail_nth_syscall_exit();
	/* restart_syscall has another number here: whoever restarts must know. */
	if ((long)regs->ax == -ERESTART_RESTARTBLOCK)
		regs->ax = -ERESTART_RESTARTBLOCK_IA32;
}
