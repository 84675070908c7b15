/*
 * loadavg.c - how many tasks wanted to run, averaged over 1, 5 and 15 minutes. proc(5), /proc/loadavg.
 *
 * Every 5 s each average moves towards the number of active tasks (runnable or in uninterruptible
 * sleep): load = load * e + active * (1 - e), where e = exp(-5 s / period), in fixed point with 11
 * bits of fraction.
 */

#include "sched.h"

#define FSHIFT		11
#define FIXED_1		(1UL << FSHIFT)
#define LOAD_PERIOD	(5 * NSEC_PER_SEC)
#define CATCH_UP	200		/* steps after which even the 15-minute average has converged enough */

static const unsigned long decay[3] = { 1884, 2014, 2037 };	/* exp(-5/60), exp(-5/300), exp(-5/900) */
static unsigned long avenrun[3];	/* CPU 0 writes, readers accept a torn set */
static ktime_t next_update;		/* CPU 0 */

static unsigned long active_tasks(void)
{
	unsigned int cpu;
	long sum = 0;

	for_each_cpu(cpu)
		sum += (long)READ_ONCE(cpu_rq(cpu)->nr_running) + READ_ONCE(cpu_rq(cpu)->nr_uninterruptible);
	return sum > 0 ? (unsigned long)sum : 0;
}

static void update_averages(unsigned long active)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(avenrun); i++) {
		unsigned long load = avenrun[i] * decay[i] + (active << FSHIFT) * (FIXED_1 - decay[i]);

		/* Round up while it rises, else it would never reach the full number. */
		if ((active << FSHIFT) >= avenrun[i])
			load += FIXED_1 - 1;
		WRITE_ONCE(avenrun[i], load >> FSHIFT);
	}
}

void loadavg_tick(ktime_t now)
{
	unsigned int steps = 0;

	if (likely(now < next_update))
		return;
	while (now >= next_update && steps++ < CATCH_UP) {
		update_averages(active_tasks());
		next_update += LOAD_PERIOD;
	}
	if (now >= next_update)
		next_update = now + LOAD_PERIOD;
}

void get_avenrun(unsigned long loads[3])
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(avenrun); i++)
		loads[i] = READ_ONCE(avenrun[i]);
}
