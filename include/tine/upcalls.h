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

/* The same, for the signal frames of arch. See signal.h. */
struct ksignal;
bool get_signal(struct ksignal *ksig);
void signal_delivered(struct ksignal *ksig);
void set_current_blocked(const unsigned long *set);
void force_sig(int sig);
void force_sigsegv(int sig);
struct sigaltstack;
int set_altstack(const struct sigaltstack *ss);

/* kernel/time, for the timer's interrupt; kernel/sched/core.c, for the way back from any */
void timer_interrupt(bool user_mode);
void preempt_schedule_irq(void);
/* kernel/itimer.c, for the scheduler's tick: timers that count CPU time */
void itimer_tick(struct task_struct *curr);
/* kernel/exit.c, for a kernel thread whose function returns */
void do_exit(long code) __noreturn;

/* kernel/syscall.c, for the entry code */
long do_syscall(const struct pt_regs *regs);
/* kernel/ia32.c, for int 0x80 */
void do_syscall32(struct pt_regs *regs);

/* mm/memory.c, for the page-fault entry */
unsigned int handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags);
/* arch calls these while the child starts to run (kernel/sched/core.c) */
void schedule_tail(struct task_struct *prev);

/* fs/file.c, for mm: a mapping keeps its file open after the descriptor is closed. See fs.h. */
struct file *get_file(struct file *file);
void fput(struct file *file);

/* kernel/oom.c: choose a process and send it SIGKILL; false if there is none to choose. */
bool out_of_memory(void);

/* kernel/signal_send.c and fs/, for drivers that are terminals and devices. See signal.h, fs.h. */
struct pid;
struct file_operations;
int kill_pgrp(struct pid *pgrp, int sig, int priv);
void register_chrdev(const char *name, dev_t dev, mode_t mode, const struct file_operations *fop);
void register_chrdev_range(dev_t first, unsigned int count, const struct file_operations *fop);
/* The names below /dev/pts come and go with the pseudo-terminals: devpts_new() of fs.h, and below. */

/* drivers/early_console.c, for the first C code */
void console_early_init(void);
/*
 * What follows stands in its own header. tests/test_floors.py looks for the names here.
 *
 * Everybody may use printk.h's functions, and what inline functions of every floor expand to: current_task,
 * preempt_check(), resched_pending(), spin_lock_slow(), should_fail_slow(), ledger_counts, warn_failed().
 *
 * arch, while it boots: early_alloc(), memory_reserve(), memory_add() to memory_range(); for tables:
 * alloc_pages(), free_pages(), kstack_is_guard(), mem_map, init_mm; for a panic: console_break_locks(),
 * console_write_all(); for its faults: fail_nth_fired(); as a system call of its own: sys_sigaltstack().
 *
 * The task table, for fs/proc, terminals, clocks and the scheduler's system calls: tasklist_lock, find_pid(),
 * next_pid(), pid_task(), find_task_by_vpid(), find_get_task_by_vpid(), put_pid(), put_task_struct(),
 * put_task_stack(), is_current_pgrp_orphaned(), and for its files nr_threads, max_threads, total_forks,
 * last_pid_get(), pid_max_get(), pid_max_set(), system_utsname, kmem_cache_stat() (the ledger's).
 *
 * Credentials, wherever somebody is refused: capable(), in_group_p(), get_task_cred(), prepare_creds(),
 * put_cred().
 *
 * Signals, for terminals, timers, poll and select: __kill_pgrp_info(), group_send_sig_info(),
 * set_user_sigmask(), restore_saved_sigmask_unless(); for signalfd: dequeue_signal(), siginfo_layout().
 *
 * CPU clocks of tasks, for kernel/time: task_cputime(), task_sched_runtime(), thread_group_cputime().
 *
 * Files, for terminals: filp_open(), devpts_open(), devpts_kill(), poll_wait(), get_unused_fd_flags(),
 * fd_install(), put_unused_fd(). kernel/random.c, for /dev/random: get_random_bytes().
 */

/* init/main.c, for the boot code */
void start_kernel(void) __noreturn;
