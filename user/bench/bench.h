/*
 * bench.h - what the files of the benchmark share. bench.c says how it is called and what it prints.
 *
 * An item takes samples: each is the cost of one operation in ticks of the time stamp counter, less what reading
 * the counter and an empty loop cost. The median is the figure, so a timer interrupt in one sample does not show.
 */
#pragma once

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

#define PAGE		4096UL
#define MAX_SAMPLES	1001

struct samples {
	const char *item;
	long param;
	int count;
	int discarded;		/* not what was to be measured, e.g. the child ran before fork returned */
	double value[MAX_SAMPLES];
};

struct item {
	const char *name;
	void (*run)(long param);
	long param;		/* used when the command line gives none */
	const char *what;	/* printed by -l */
};

/* Each table ends with an empty name. */
extern const struct item basic_items[], process_items[], memory_items[];

extern char self_path[];	/* this program, to exec it */
extern int opt_samples;		/* -s, or 0: as the item thinks right */

/* The counter, read where the program says: the compiler moves no access to memory across it. */
static inline uint64_t tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* A system call without what a C library does around it. */
static inline long raw_syscall(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return ret;
}

static inline pid_t raw_fork(void)
{
	return raw_syscall(SYS_fork, 0, 0, 0, 0);
}

static inline _Noreturn void raw_exit(int code)
{
	for (;;)
		raw_syscall(SYS_exit_group, code, 0, 0, 0);
}

static inline void raw_wait(pid_t pid)
{
	raw_syscall(SYS_wait4, pid, 0, 0, 0);
}

/* Ticks of @n times @op, less those of the loop. */
#define TIME_LOOP(n, op) ({ \
	uint64_t _start = tsc(), _all, _empty; \
	for (long _i = 0; _i < (n); _i++) { \
		op; \
		__asm__ volatile("" : : : "memory"); \
	} \
	_all = tsc() - _start; \
	_start = tsc(); \
	for (long _i = 0; _i < (n); _i++) \
		__asm__ volatile("" : : : "memory"); \
	_empty = tsc() - _start; \
	_all > _empty ? _all - _empty : 0; \
})

/* measure.c */
void samples_start(struct samples *s, const char *item, long param);
void samples_add(struct samples *s, uint64_t ticks, long ops);
void samples_report(struct samples *s);
uint64_t span(uint64_t from, uint64_t to);
int sample_count(int usual);
void need(int good, const char *what);
char *map_pages(size_t size);
void touch_pages(char *start, size_t size);

/* A child that sleeps until it is ended. */
pid_t sleeper_start(void);
void sleeper_end(pid_t pid);
