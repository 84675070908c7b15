/*
 * upcalls.h - the whole list of what a lower floor asks of a higher one.
 *
 * Floors, from below: lib, arch, locking/time/trace/printk, mm, sched and drivers, fs, kernel,
 * init. A file uses its own floor and those below; anything upward stands here or is a mistake.
 */
#pragma once

#include <tine/compiler.h>

struct file;
struct mm_struct;
struct pt_regs;
struct task_struct;

/* kernel/sched/core.c, for locks, arch and mm */
void schedule(void);
int wake_up_process(struct task_struct *p);
void scheduler_tick(bool user_mode);	/* what the tick interrupted */

/* kernel/signal.c, for arch, drivers and fs. See signal.h. */
bool signal_pending(struct task_struct *p);
bool fatal_signal_pending(struct task_struct *p);
int send_sig(int sig, struct task_struct *p, int priv);
void force_sig_fault(int sig, int code, unsigned long addr);
void do_signal(struct pt_regs *regs);

/* kernel/syscall.c, for the entry code */
void do_syscall(struct pt_regs *regs);

/* mm/memory.c, for the page-fault entry */
unsigned int handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags);
/* arch calls these while the child starts to run (kernel/sched/core.c) */
void schedule_tail(struct task_struct *prev);

/* fs/file.c, for mm: a mapping keeps its file open after the descriptor is closed. See fs.h. */
struct file *get_file(struct file *file);
void fput(struct file *file);

/* kernel/oom.c: choose a process and send it SIGKILL; false if there is none to choose. */
bool out_of_memory(void);

/* init/main.c, for the boot code */
void start_kernel(void) __noreturn;
