/*
 * Ours alone: random system calls with random arguments, by an ordinary user. The machine lives on, and when all of
 * them are killed nothing is left behind. The first argument is the number of rounds (150), the second the seed (1).
 */
#include "../ktap.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define USER	65534
#define CALLS	24	/* in a round */
#define DIR	"/tmp/fuzz_syscalls.d"

static unsigned long seed;

static unsigned int next_random(void)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33);
}

static unsigned long memory;		/* some pages of data, in structures' clothes */
#define MEMORY_PAGES 8

static unsigned long random_pointer(void)
{
	static const char *const names[] = {
		"x", "y", "d", "d/x", "", ".", "..", "/", "/tmp", "/proc/self/maps", "/proc/self/mem", "/proc/self/fd/3",
		"/proc/self/task", "/dev/null", "/dev/zero", "/dev/ptmx", "/dev/urandom", "/bin/true", "/nowhere/at/all",
	};

	switch (next_random() % 8) {
	case 0:
		return 0;
	case 1:
		return 0xffff800000000000 + next_random();
	case 2:
		return memory + MEMORY_PAGES * PAGE - next_random() % 64;	/* crosses into nothing */
	case 3:
	case 4:
		return (unsigned long)names[next_random() % (sizeof(names) / sizeof(names[0]))];
	default:
		return memory + next_random() % (MEMORY_PAGES * PAGE / 2) / 8 * 8;
	}
}

static unsigned long random_argument(void)
{
	static const unsigned long values[] = {
		-1UL, -2UL, -100UL, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, PAGE,
		PAGE - 1, 0x7ffffffff000, 0x100000, 88, 64, 48, 17, 9, 0x1000000, 0x10f00, 0x11, 0x4111,
	};

	switch (next_random() % 6) {
	case 0:
	case 1:
		return next_random() % 8;		/* a descriptor, a command */
	case 2:
		return values[next_random() % (sizeof(values) / sizeof(values[0]))];
	case 3:
		return 1UL << next_random() % 64;
	default:
		return random_pointer();
	}
}

/* Memory that looks a little like arguments: pointers, small numbers, flags. */
static void fill_memory(void)
{
	for (unsigned long at = memory; at < memory + MEMORY_PAGES * PAGE; at += 8)
		*(unsigned long *)at = next_random() % 4 ? next_random() % 16 : random_argument();
}

static void one_call(void)
{
	long nr = next_random() % 460;

	if (nr == SYS_exit || nr == SYS_exit_group)
		return;
	syscall(nr, random_argument(), random_argument(), random_argument(), random_argument(), random_argument(),
		random_argument());
}

static void become_user(void)
{
	need(syscall(SYS_setgroups, 0, NULL) == 0);
	need(syscall(SYS_setresgid, USER, USER, USER) == 0 && syscall(SYS_setresuid, USER, USER, USER) == 0);
}

static void limits(void)
{
	setrlimit(RLIMIT_NPROC, &(struct rlimit){ 20, 20 });
	setrlimit(RLIMIT_AS, &(struct rlimit){ 64UL << 20, 64UL << 20 });
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1UL << 20, 1UL << 20 });
	setrlimit(RLIMIT_CPU, &(struct rlimit){ 1, 2 });
}

static void round_of(unsigned long number)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 8; fd++)
		dup2(null, fd);
	signal(SIGALRM, SIG_DFL);
	alarm(1);
	setsid();
	seed = seed * 1000003 + number;
	fill_memory();
	limits();
	become_user();
	for (int i = 0; i < CALLS; i++)
		one_call();
	_exit(0);
}

/* As the user: everybody of his but the caller. */
static int kill_all(void)
{
	become_user();
	kill(-1, SIGKILL);
	return 0;
}

/* All that came of a round is gone, after @ms at most of its own time. */
static int end_round(pid_t pid, int ms)
{
	int status;

	while (ms-- > 0 && waitpid(pid, &status, WNOHANG) == 0)
		sleep_ms(1);
	for (int i = 0; i < 1000; i++) {
		in_child(kill_all);
		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return 1;
		sleep_ms(1);
	}
	return 0;
}

static int remove_all(void)
{
	execl("/bin/rm", "rm", "-rf", DIR, NULL);
	return 1;
}

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 150);
	int ended = 0;

	seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	plan(2);
	need(syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0) == 0);
	need(mkdir(DIR, 0777) == 0 && chmod(DIR, 0777) == 0 && chdir(DIR) == 0);
	memory = (unsigned long)map_private((MEMORY_PAGES + 1) * PAGE);
	munmap((void *)(memory + MEMORY_PAGES * PAGE), PAGE);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = must_fork();

		if (pid == 0)
			round_of((unsigned long)i);
		ended += end_round(pid, 20);
	}
	same(ended, rounds, "every round ends");
	need(chdir("/tmp") == 0);
	same(in_child(remove_all), 0, "what they made can be removed");
	return done();
}
