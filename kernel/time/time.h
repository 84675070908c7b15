/*
 * time.h - what the files of kernel/time/ share; nobody else includes it.
 */
#pragma once

#include <tine/time.h>
#include <tine/wait.h>

/* ---- clock.c ---- */
ktime_t real_to_monotonic(ktime_t real);
extern wait_queue_head_t clock_was_set;		/* woken when real time jumps */
extern wait_queue_head_t clock_watchers;	/* and then these: see clock_timer.c */

/* ---- timer.c ---- */
/* Call the functions of this CPU's timers that are due at @now. Interrupts off. */
void run_timers(ktime_t now);
/* Program the clock-event device for the nearest timer of this CPU or @limit. Interrupts off. */
void program_next_event(ktime_t limit);

/* ---- tick.c ---- */
void tick_start(void);

/* ---- posix_clock.c ---- */
/* The time of @clock: 0 or -EINVAL if there is no such clock. */
int posix_clock_read(clockid_t clock, ktime_t *now);
/* Of a negative clock id: the process or thread that it names (0: the caller); false: it names none. */
bool cpu_clock_names(clockid_t clock, pid_t *process, pid_t *thread);
bool cpu_clock_is_user(clockid_t clock);		/* user time only */

/* ---- posix_timer.c ---- */
struct task_struct;
/* Look at those that count CPU time. siglock held, interrupts off. */
void posix_timers_tick(struct task_struct *curr);
