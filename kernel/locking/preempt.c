/*
 * preempt.c - a check of where sleeping is allowed.
 */

#include <tine/preempt.h>
#include <tine/printk.h>
#include <tine/sched.h>

void might_sleep_check(const char *file, int line)
{
	static const char *last_file;
	static int last_line;

	/* The boot code runs as the idle task; nobody contends with it, so it never really sleeps. */
	if ((current->flags & PF_IDLE) && !in_interrupt())
		return;
	if (preemptible() && !irqs_disabled())
		return;
	if (file == last_file && line == last_line)
		return;
	last_file = file;
	last_line = line;
	printk("preemption count %#x, interrupts %s\n", this_cpu_read(preempt_count),
	       irqs_disabled() ? "off" : "on");
	warn_failed(file, line, "sleeping is not allowed here");
}
