/*
 * bench.c - what calls cost, measured from user space, by one program on two kernels.
 *
 * Usage: bench [-i] [-s SAMPLES] ITEM[:PARAM[,PARAM...]]...     bench -l lists the items
 *   Each item, and each PARAM, runs in a process of its own (fork and exec of this program); -i runs all in this very one,
 *   for whoever traces it. PARAM is a number, with K, M or G; what it means depends on the item.
 *
 * Prints one line for each figure, which scripts/bench reads:
 *   bench ITEM PARAM MEDIAN MINIMUM MAXIMUM SAMPLES DISCARDED
 * in ticks of the time stamp counter for one operation; with QEMU's -icount shift=0 one tick is one instruction.
 * "bench-kernel NAME RELEASE" tells who was measured, "bench-ticks N NS" how many ticks passed in how many nanoseconds.
 *
 * One item by hand, in instructions, on Tine and then on Linux; -s 100 as PID 1 itself, without a second process:
 *   make run        INITRAMFS=build/bench.cpio ICOUNT=1 CPU=qemu64 CMDLINE="init=/sbin/bench -- fork size:1M,256M" MEM=2048
 *   make oracle-run INITRAMFS=build/bench.cpio ICOUNT=1 CPU=qemu64 CMDLINE="init=/sbin/bench -- fork size:1M,256M" MEM=2048
 *   make run        INITRAMFS=build/bench.cpio ICOUNT=1 CPU=qemu64 CMDLINE="init=/sbin/bench -- -i -s 100 fork"
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

char self_path[256];
int opt_samples;

static const struct item *const tables[] = { basic_items, process_items, memory_items };

static const struct item *find_item(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct item *item = tables[i]; item->name; item++)
			if (strlen(item->name) == len && memcmp(item->name, name, len) == 0)
				return item;
	return NULL;
}

static void list_items(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct item *item = tables[i]; item->name; item++)
			printf("%-10s %8ld  %s\n", item->name, item->param, item->what);
}

/* A number with K, M or G behind it; *@at moves past it. */
static long parse_number(const char **at)
{
	static const char units[] = "KMG";
	char *end;
	long value = strtol(*at, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	*at = end;
	return value;
}

/* Run "item" or "item:1,2K" here. 0 if there is no such item. */
static int run_here(const char *word)
{
	size_t len = strcspn(word, ":");
	const struct item *item = find_item(word, len);
	const char *at = word + len;

	if (!item) {
		printf("bench: no item '%s'\n", word);
		return 0;
	}
	if (!*at)
		item->run(item->param);
	while (*at == ':' || *at == ',') {
		at++;
		item->run(parse_number(&at));
	}
	return *at == 0;
}

/* Run it in a process that has never been anything else. */
static int run_apart(const char *word)
{
	char samples[16];
	int status;
	pid_t pid;

	snprintf(samples, sizeof(samples), "%d", opt_samples);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(self_path, "bench", "-i", "-s", samples, word, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		printf("bench: item '%s' failed\n", word);
		return 0;
	}
	return 1;
}

/* Each parameter by itself too: a process is what it has been through, and a fork shows it. */
static int run_params_apart(const char *word)
{
	const char *at = strchr(word, ':');
	int good = 1;
	char one[64];

	if (!at)
		return run_apart(word);
	while (*at) {
		size_t len = strcspn(++at, ",");

		snprintf(one, sizeof(one), "%.*s%.*s", (int)(strchr(word, ':') + 1 - word), word, (int)len, at);
		good &= run_apart(one);
		at += len;
	}
	return good;
}

/* ---- as PID 1 ---- */

static int on_tine(void)
{
	return access("/proc/ledger", R_OK) == 0;
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) && errno != EBUSY)
		printf("bench: cannot mount /proc: %s\n", strerror(errno));
}

/* Linux has no word for success when PID 1 exits; speak to the debug-exit device as Tine does. */
static void leave_linux(int failed)
{
	fflush(stdout);
	if (ioperm(0xf4, 4, 1) == 0)
		outl(failed ? 0x11 : 0x10, 0xf4);
	printf("bench: no isa-debug-exit device\n");
}

/* ---- main ---- */

static void find_self(const char *argv0)
{
	ssize_t n = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);

	if (n <= 0)
		snprintf(self_path, sizeof(self_path), "%s", argv0);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Whose figures these are, and how fast the counter counts by that kernel's clock. */
static void report_kernel(void)
{
	uint64_t ns = now_ns(), ticks = tsc();
	struct utsname name;

	uname(&name);
	printf("bench-kernel %s %s\n", name.sysname, name.release);
	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000000 }, NULL);
	printf("bench-ticks %lu %lu\n", tsc() - ticks, now_ns() - ns);
}

static int run_all(char **words, int in_place)
{
	int failed = 0;

	for (; *words; words++)
		failed |= in_place ? !run_here(*words) : !run_params_apart(*words);
	return failed;
}

int main(int argc, char **argv)
{
	int option, failed, in_place = 0, pid1 = getpid() == 1;

	/* What the items exec. */
	if (strcmp(argv[0], "true") == 0)
		return 0;
	while (strcmp(argv[0], "sleep") == 0)
		pause();
	if (pid1)
		mount_all();
	find_self(argv[0]);
	while ((option = getopt(argc, argv, "lis:")) != -1) {
		if (option == 'l')
			list_items();
		else if (option == 'i')
			in_place = 1;
		else if (option == 's')
			opt_samples = atoi(optarg);
		else
			return 2;
	}
	failed = run_all(argv + optind, in_place);
	if (!in_place || pid1)
		report_kernel();
	if (pid1 && !on_tine())
		leave_linux(failed);
	return failed;
}
