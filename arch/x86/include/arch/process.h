/*
 * process.h - what the machine does for tasks: their birth, their switch, their registers.
 */
#pragma once

#include <arch/ptrace.h>
#include <tine/types.h>

struct kernel_clone_args;
struct mm_struct;
struct task_struct;
struct user_desc;

/* Size of a task_struct with the floating-point area at its end. */
extern size_t arch_task_struct_size;

void fpu_init(void);
/*
 * Copy @src, the running task, to @dst with its live floating-point state. Cannot fail, returns 0
 * (the result is there for machines where it can).
 */
int arch_dup_task_struct(struct task_struct *dst, struct task_struct *src);
/*
 * Build the child's first kernel stack: a user task's pt_regs with ax = 0, its stack and TLS as
 * @args say; or a kernel thread's function and argument. -EPERM for a TLS base outside user space.
 */
int copy_thread_tls(struct task_struct *p, const struct kernel_clone_args *args);
/* Switch stacks and machine state from @prev to @next; returns, on next's stack, who ran before. */
struct task_struct *switch_to(struct task_struct *prev, struct task_struct *next);
/* Load the tables of @next if they are not loaded yet. Interrupts off. */
void switch_mm(struct mm_struct *prev, struct mm_struct *next);
/* exec: registers of a program that starts at @ip with stack @sp; all others zero, FPU reset. */
void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp);
/* exec point of no return: forget FS/GS bases and FPU state of the old program. */
void flush_thread(void);
/* What a debugger shows as the place where a sleeping task waits; 0 if unknown. */
unsigned long get_wchan(struct task_struct *p);

/* Registers of a system call: number and six arguments, result. */
static inline void syscall_set_return(struct pt_regs *regs, long value)
{
	regs->ax = (unsigned long)value;
}

/*
 * set_thread_area(2), which int 0x80 has: write a segment descriptor of @p, the running task or a
 * child that does not run yet. @allocate: entry number -1 takes a free one. -EFAULT, -EINVAL for a
 * descriptor or a place that Linux refuses, -ESRCH if none is free. arch/x86/kernel/tls.c
 */
int do_set_thread_area(struct task_struct *p, struct user_desc __user *uinfo, bool allocate);
/* get_thread_area(2): the running task's descriptor of the entry number in @uinfo. */
long do_get_thread_area(struct user_desc __user *uinfo);
/* Load the running task's descriptors, selectors and bases anew. process.c */
void reload_segments(void);

/* arch_prctl(2): ARCH_SET_FS, ARCH_GET_FS, ARCH_SET_GS, ARCH_GET_GS; EPERM outside user space. */
long sys_arch_prctl(int code, unsigned long addr);
