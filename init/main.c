/*
 * main.c - the kernel comes up: start_kernel() on the boot CPU, then kernel_init() as PID 1.
 *
 * Order is dependency: console and traps so that anything can be said, memory, tasks, clocks,
 * files; then the boot context becomes the idle task (pid 0) and PID 1 unpacks the initramfs and
 * turns into a user program.
 */
#include <arch/irq.h>
#include <arch/setup.h>
#include <tine/cred.h>
#include <tine/exec.h>
#include <tine/fs.h>
#include <tine/futex.h>
#include <tine/init.h>
#include <tine/mm.h>
#include <tine/printk.h>
#include <tine/random.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/tty.h>

/* ---- pid 0 -------------------------------------------------------------------------------- */

static struct signal_struct init_signals;
static struct pid init_struct_pid;

static void init_signal_struct(struct signal_struct *sig)
{
	refcount_set(&sig->sigcnt, 1);
	atomic_set(&sig->live, 1);
	sig->nr_threads = 1;
	INIT_LIST_HEAD(&sig->thread_head);
	INIT_LIST_HEAD(&sig->multiprocess);
	init_waitqueue_head(&sig->wait_chldexit);
	init_sigpending(&sig->shared_pending);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		sig->rlim[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	sig->rlim[RLIMIT_STACK].rlim_cur = 8UL << 20;
	sig->rlim[RLIMIT_CORE].rlim_cur = 0;
	sig->rlim[RLIMIT_NOFILE] = (struct rlimit64){ 1024, 4096 };
	sig->rlim[RLIMIT_MEMLOCK] = (struct rlimit64){ 8UL << 20, 8UL << 20 };
	sig->rlim[RLIMIT_MSGQUEUE] = (struct rlimit64){ 819200, 819200 };
	sig->rlim[RLIMIT_NICE] = (struct rlimit64){ 0, 0 };
	sig->rlim[RLIMIT_RTPRIO] = (struct rlimit64){ 0, 0 };
}

/* The struct pid of number 0: pid 0 is a group and a session of its own, which PID 1 leaves. */
static void init_pid_zero(struct task_struct *p)
{
	refcount_set(&init_struct_pid.count, 1);
	init_waitqueue_head(&init_struct_pid.wait_pidfd);
	for (int i = 0; i < PIDTYPE_MAX; i++) {
		INIT_LIST_HEAD(&init_struct_pid.tasks[i]);
		INIT_LIST_HEAD(&p->pid_links[i]);
		attach_pid(p, i, &init_struct_pid);
	}
}

/* Make the boot context a complete task that others can be copied from. */
static void init_task_setup(void)
{
	struct task_struct *p = init_task;

	p->stack = boot_stack;
	p->signal = &init_signals;
	p->sighand = &init_sighand;
	init_signal_struct(&init_signals);
	init_sigpending(&p->pending);
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->tasks);
	list_add_tail(&p->thread_node, &init_signals.thread_head);
	p->real_parent = p->parent = p->group_leader = p;
	p->cred = p->real_cred = &init_cred;
	p->active_mm = &init_mm;
	init_pid_zero(p);
}

/* ---- PID 1 -------------------------------------------------------------------------------- */

#define MAX_INIT_ARGS	32

static char init_words[COMMAND_LINE_SIZE];	/* the words after "--", cut apart in place */
static const char *argv_init[MAX_INIT_ARGS + 2];
static const char *const envp_init[] = { "HOME=/", "TERM=linux", NULL };

/*
 * Cut one word off *@at, in place: up to a space outside double quotes; a backslash takes the next
 * character as it is. GRUB quotes in this way what has spaces. NULL at the end.
 */
static char *next_word(char **at)
{
	char *in = *at, *out, *word;
	bool quoted = false;

	while (*in == ' ')
		in++;
	if (!*in)
		return NULL;
	for (word = out = in; *in && (quoted || *in != ' '); in++) {
		if (*in == '"')
			quoted = !quoted;
		else if (*in == '\\' && in[1])
			*out++ = *++in;
		else
			*out++ = *in;
	}
	*at = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

/* Fill argv_init[1...] with what follows " -- " on the command line. */
static void parse_init_arguments(void)
{
	char *at = strstr(boot_command_line, "-- ");

	while (at && at != boot_command_line && at[-1] != ' ')
		at = strstr(at + 1, "-- ");
	if (!at)
		return;
	strscpy(init_words, at + 3, sizeof(init_words));
	at = init_words;
	for (unsigned int n = 1; n <= MAX_INIT_ARGS; n++) {
		argv_init[n] = next_word(&at);
		if (!argv_init[n])
			break;
	}
	argv_init[MAX_INIT_ARGS + 1] = NULL;
}

/* Over a /dev that is there whatever the archive holds: without a place for devices PID 1 would have no console. */
static void unpack_initrd(void)
{
	kern_mkdir("/dev", 0755);
	if (!initrd_end) {
		printk("initramfs: the boot loader gave no module\n");
		return;
	}
	if (unpack_initramfs(__va(initrd_start), initrd_end - initrd_start))
		printk("initramfs: damaged archive; going on with what could be unpacked\n");
	memory_release(initrd_start, initrd_end);
}

static void open_console(void)
{
	int err = do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);

	if (err)
		printk("devtmpfs: cannot mount on /dev: error %d\n", err);
	err = console_open_std();
	if (err)
		printk("console: cannot open descriptors 0 to 2: error %d\n", err);
}

static int run_init(const char *path)
{
	int err;

	argv_init[0] = path;
	err = kernel_execve(path, argv_init, envp_init);
	if (err && err != -ENOENT)
		printk("init: cannot run %s: error %d\n", path, err);
	return err;
}

/* The body of PID 1: returns into the user program, or stops the machine. */
static int kernel_init(void *unused)
{
	static const char *const defaults[] = { "/init", "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	char path[256];

	unpack_initrd();
	open_console();
	parse_init_arguments();
	if (cmdline_option("init", path, sizeof(path))) {
		if (run_init(path) == 0)
			return 0;
		printk("init: %s, asked for on the command line, cannot be run: stopping\n", path);
		machine_power_off(EXIT_FAILURE_STATUS);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (run_init(defaults[i]) == 0)
			return 0;
	}
	printk("init: no program to run: give an initramfs with /init, or init=/path\n");
	machine_power_off(EXIT_FAILURE_STATUS);
}

/* ---- start_kernel ------------------------------------------------------------------------- */

static void memory_up(void)
{
	paging_init();
	page_alloc_init();
	kmem_cache_init();
	kstack_init();
}

static void tasks_up(void)
{
	mm_init_caches();
	pid_init();
	cred_init();
	signal_init();
	init_task_setup();
	sched_init();
	fork_init();
	futex_init();
}

static void files_up(void)
{
	dcache_init();
	files_init();
	ramfs_init();
	mount_init();
	pipefs_init();
	anon_inode_init();
	devfs_init();
	devpts_init();
	proc_init();
	init_task->files = &init_files;
	init_task->fs = &init_fs;
}

void start_kernel(void)
{
	pid_t pid;

	arch_early_init();
	setup_per_cpu_areas();
	memory_up();
	arch_init();
	tasks_up();
	time_init();
	random_init();
	files_up();
	tty_init();
	serial_init();
	mem_devices_init();
	printk("Tine: %lu MiB of memory, %u CPU, at most %u tasks\n", nr_total_pages() >> 8, nr_cpu_ids, max_threads);
	local_irq_enable();

	pid = kernel_thread(kernel_init, NULL, SIGCHLD);
	if (pid != 1)
		panic("PID 1 could not be made: %d", pid);
	cpu_startup_entry();
}
