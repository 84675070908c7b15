/*
 * init_task.c - the task that exists before anything else: pid 0.
 *
 * The boot code becomes this task by setting up nothing: current_task of the boot CPU points to
 * it from the first instruction on. It ends as the idle task of that CPU. init/main.c fills in
 * what it shares with its children (credentials, files, signals); init_idle() the scheduling part.
 */

#include "sched.h"

/* Room for the floating-point area behind the structure: more than any XSAVE layout without AMX needs. */
#define INIT_FPU_ROOM	4096

static union {
	struct task_struct task;
	u8 room[sizeof(struct task_struct) + INIT_FPU_ROOM];
} init_task_union __aligned(64) = {
	.task = {
		.state = TASK_RUNNING,
		.flags = PF_KTHREAD | PF_IDLE,
		.usage = REFCOUNT_INIT(2),
		.on_cpu = 1,
		.prio = DEFAULT_PRIO,
		.static_prio = DEFAULT_PRIO,
		.normal_prio = DEFAULT_PRIO,
		.policy = SCHED_NORMAL,
		.cpus_allowed = ~0UL,
		.nr_cpus_allowed = NR_CPUS,
		.timer_slack = TIMER_SLACK_DEFAULT,
		.comm = "swapper",
	},
};

struct task_struct *init_task = &init_task_union.task;
DEFINE_PER_CPU(struct task_struct *, current_task) = &init_task_union.task;
