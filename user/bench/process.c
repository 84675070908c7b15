/*
 * process.c - items of fork, vfork, exec and their like.
 *
 * A sample of fork gives three figures. "call": until fork has returned in the parent; a sample in which the child
 * was first is not one of it and is discarded. "child": until the first instruction of the child, while the parent
 * waits. "wait": until the parent has the child's exit status.
 */
#include "bench.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct samples figures, calls, children, waits;
static char *const true_argv[] = { "true", NULL };
static char *const sleep_argv[] = { "sleep", NULL };
static char *const no_env[] = { NULL };

/* ---- fork, exit, wait ---- */

/* Where the child leaves the time of its first instruction. */
static volatile uint64_t *child_start(void)
{
	static volatile uint64_t *shared;

	if (!shared) {
		void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		need(page != MAP_FAILED, "mmap");
		shared = page;
	}
	*shared = 0;
	return shared;
}

static void fork_sample(int keep)
{
	volatile uint64_t *first = child_start();
	uint64_t start = tsc(), returned, waited;
	pid_t pid = raw_fork();

	if (pid == 0) {
		*first = tsc();
		raw_exit(0);
	}
	returned = tsc();
	raw_wait(pid);
	waited = tsc();
	need(pid > 0, "fork");
	if (!keep)
		return;
	if (*first < returned)
		calls.discarded++;
	else
		samples_add(&calls, span(start, returned), 1);
	samples_add(&children, span(start, *first), 1);
	samples_add(&waits, span(start, waited), 1);
}

static void fork_samples(const char *names[3], long param, int usual)
{
	samples_start(&calls, names[0], param);
	samples_start(&children, names[1], param);
	samples_start(&waits, names[2], param);
	for (int i = -2; i < sample_count(usual); i++)
		fork_sample(i >= 0);
	samples_report(&calls);
	samples_report(&children);
	samples_report(&waits);
}
#define FORK_SAMPLES(name, param, usual) \
	fork_samples((const char *[]){ name ".call", name ".child", name ".wait" }, param, usual)

static void run_fork(long param)
{
	FORK_SAMPLES("fork", 0, 51);
}

/* ---- fork against the size of what there is ---- */

static int usual_for(size_t size)
{
	return size <= 16 << 20 ? 21 : size <= 256 << 20 ? 11 : 5;
}

static void run_size(long size)
{
	char *memory = map_pages(size);

	touch_pages(memory, size);
	FORK_SAMPLES("size", size, usual_for(size));
	munmap(memory, size);
}

/* The same in pages of 2 MiB, where the kernel has them. */
static void run_huge(long size)
{
	size_t room = size + (2 << 20);
	char *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(memory != MAP_FAILED, "mmap");
	madvise(memory, room, MADV_HUGEPAGE);
	touch_pages(memory, room);
	FORK_SAMPLES("huge", size, 11);
	munmap(memory, room);
}

/* @count mappings of one page each, written to, with a hole after each so that no two can be one. */
static void run_maps(long count)
{
	char *room = map_pages(2 * PAGE * count);

	child_start();		/* its page shall not lie in one of the holes */
	for (long i = 0; i < count; i++) {
		room[2 * PAGE * i] = 1;
		need(munmap(room + 2 * PAGE * i + PAGE, PAGE) == 0, "munmap");
	}
	FORK_SAMPLES("maps", count, 11);
	munmap(room, 2 * PAGE * count);
}

/* @count descriptors are open, all of the console. */
static void run_fds(long count)
{
	struct rlimit limit = { 8192, 8192 };
	int fd = 2;

	setrlimit(RLIMIT_NOFILE, &limit);
	while (fd >= 0 && fd < count - 1)
		fd = dup(0);
	need(fd == count - 1 || count <= 3, "dup");
	FORK_SAMPLES("fds", count, 21);
	for (; fd > 2; fd--)
		close(fd);
}

/* A child asleep: one that shares this program's memory, or with @exec one that has its own. */
static pid_t start_other(int exec)
{
	pid_t pid = raw_fork();

	if (pid == 0) {
		if (exec)
			execve(self_path, sleep_argv, no_env);
		for (;;)
			raw_syscall(SYS_pause, 0, 0, 0, 0);
	}
	need(pid > 0, "fork");
	return pid;
}

static pid_t *start_others(long count, int exec)
{
	struct rlimit limit = { 32768, 32768 };
	pid_t *pids = calloc(count + 1, sizeof(*pids));

	setrlimit(RLIMIT_NPROC, &limit);
	for (long i = 0; i < count; i++)
		pids[i] = start_other(exec);
	nanosleep(&(struct timespec){ .tv_sec = 1 + count / 1000 }, NULL);
	return pids;
}

static void end_others(pid_t *pids, long count)
{
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (long i = 0; i < count; i++)
		raw_wait(pids[i]);
	free(pids);
}

/* @count other processes live and share memory with this one. */
static void run_procs(long count)
{
	pid_t *pids = start_others(count, 0);

	FORK_SAMPLES("procs", count, 21);
	end_others(pids, count);
}

/* @count other processes live and have nothing to do with this one's memory. */
static void run_strangers(long count)
{
	pid_t *pids = start_others(count, 1);

	FORK_SAMPLES("strangers", count, 21);
	end_others(pids, count);
}

/* Bytes of memory that a child takes that does nothing. */
static void run_memory(long count)
{
	struct sysinfo before, after;
	pid_t *all = calloc(count, sizeof(*all));
	pid_t warm = sleeper_start();

	sleeper_end(warm);
	sysinfo(&before);
	for (long i = 0; i < count; i++)
		all[i] = sleeper_start();
	sysinfo(&after);
	samples_start(&figures, "memory", count);
	samples_add(&figures, (before.freeram - after.freeram) * before.mem_unit, count);
	samples_report(&figures);
	for (long i = 0; i < count; i++)
		sleeper_end(all[i]);
	free(all);
}

/* ---- other ways to make a process ---- */

static void vfork_and_exit(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	raw_wait(pid);
}

static void fork_and_exec(void)
{
	pid_t pid = raw_fork();

	if (pid == 0) {
		execve(self_path, true_argv, no_env);
		_exit(127);
	}
	raw_wait(pid);
}

static void vfork_and_exec(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(self_path, true_argv, no_env);
		_exit(127);
	}
	raw_wait(pid);
}

static void spawn(const char *path, char *const argv[])
{
	int status;
	pid_t pid;

	need(posix_spawn(&pid, path, NULL, NULL, argv, no_env) == 0, "posix_spawn");
	need(waitpid(pid, &status, 0) == pid && status == 0, "the spawned program");
}

static void spawn_self(void)
{
	spawn(self_path, true_argv);
}

static void spawn_shell(void)
{
	spawn("/bin/sh", (char *[]){ "sh", "-c", "true", NULL });
}

static void process_samples(const char *name, void (*op)(void))
{
	samples_start(&figures, name, 0);
	op();
	op();
	for (int i = 0; i < sample_count(41); i++) {
		uint64_t start = tsc();

		op();
		samples_add(&figures, span(start, tsc()), 1);
	}
	samples_report(&figures);
}

static void run_vfork(long param)
{
	process_samples("vfork", vfork_and_exit);
}

static void run_exec(long param)
{
	process_samples("exec", fork_and_exec);
}

static void run_vexec(long param)
{
	process_samples("vexec", vfork_and_exec);
}

static void run_spawn(long param)
{
	process_samples("spawn", spawn_self);
}

static void run_shell(long param)
{
	process_samples("shell", spawn_shell);
}

const struct item process_items[] = {
	{ "fork", run_fork, 0, "fork of a small process; also what 'size', 'maps', 'fds' and 'procs' measure" },
	{ "size", run_size, 1 << 20, "fork with that many bytes resident, in pages of 4 KiB" },
	{ "huge", run_huge, 64 << 20, "the same, in huge pages if the kernel has them" },
	{ "maps", run_maps, 20, "fork with that many more mappings of one page" },
	{ "fds", run_fds, 3, "fork with that many open descriptors" },
	{ "procs", run_procs, 1, "fork with that many children alive, which share memory" },
	{ "strangers", run_strangers, 1, "the same, when these have run exec and share no memory" },
	{ "memory", run_memory, 200, "bytes that a sleeping child takes, from that many children" },
	{ "vfork", run_vfork, 0, "vfork, exit, wait" },
	{ "exec", run_exec, 0, "fork, exec of a static program, exit, wait" },
	{ "vexec", run_vexec, 0, "vfork, exec of a static program, exit, wait" },
	{ "spawn", run_spawn, 0, "posix_spawn of a static program, exit, wait" },
	{ "shell", run_shell, 0, "posix_spawn of sh -c true, wait" },
	{ NULL }
};
