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
