/*
 * Root, working directory and umask after fork: who moves, moves alone; with CLONE_FS both do, and a child of both stays.
 */
#include "ktap.h"
#include <linux/limits.h>
#include <sched.h>
#include <sys/stat.h>

static volatile int *turn;
static int proc_dir;

static void wait_for_turn(int nr)
{
	while (*turn != nr)
		sleep_ms(1);
}

/* Where we are: working directory, what "/" is, umask. */
struct where {
	char cwd[PATH_MAX];
	ino_t root, here;
	mode_t mask;
};

static void look(struct where *w)
{
	struct stat st;

	memset(w, 0, sizeof(*w));
	if (!getcwd(w->cwd, sizeof(w->cwd)))
		w->cwd[0] = '!';
	w->root = stat("/", &st) ? 0 : st.st_ino;
	w->here = stat(".", &st) ? 0 : st.st_ino;
	w->mask = umask(0);
	umask(w->mask);
}

static int same_place(const struct where *a)
{
	static struct where b;

	look(&b);
	return !memcmp(a, &b, sizeof(b));
}

static int by_chdir(void) { return chdir("/proc"); }
static int by_fchdir(void) { return fchdir(proc_dir); }
static int by_umask(void) { return umask(0135) == 0135; }
static int by_chroot(void) { return chroot("/proc") || chdir("/"); }
static int by_both(void) { return chdir("/dev") || umask(0111) == 0111 || chdir("../proc"); }

static const struct {
	int (*make)(void);
	const char *name;
} changes[] = {
	{ by_chdir, "chdir" }, { by_fchdir, "fchdir" }, { by_umask, "umask" }, { by_chroot, "chroot" }, { by_both, "all at once" },
};
#define NR_CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

static struct where before;

static int moves_on(void)
{
	umask(0001);
	return chdir("/") && chdir("..");
}

static int child_changes(int (*make)(void))
{
	pid_t pid = must_fork();

	if (pid == 0) {
		if (make() || same_place(&before))
			_exit(1);
		look(&before);
		_exit(in_child(moves_on) || !same_place(&before));
	}
	return outcome(pid) == 0 && same_place(&before);
}

static int parent_changes(int (*make)(void))
{
	pid_t pid, child;

	*turn = 0;
	pid = must_fork();
	if (pid == 0) {
		int result;

		child = must_fork();
		if (child == 0) {
			wait_for_turn(1);
			_exit(!same_place(&before));
		}
		result = make() || same_place(&before);
		*turn = 1;
		_exit(result | outcome(child));
	}
	return outcome(pid) == 0 && same_place(&before);
}

static char stack[65536] __attribute__((aligned(16)));
static volatile int result_of_sharer;

static int sharer(void *arg)
{
	result_of_sharer = ((int (*)(void))arg)();
	return 0;
}

static int sharer_changes(int (*make)(void))
{
	pid_t pid, child, s;

	*turn = 0;
	pid = must_fork();
	if (pid == 0) {
		child = must_fork();
		if (child == 0) {
			wait_for_turn(1);
			_exit(!same_place(&before));
		}
		s = clone(sharer, stack + sizeof(stack), CLONE_VM | CLONE_FS | SIGCHLD, (void *)make);
		if (outcome(s) || result_of_sharer || same_place(&before))
			_exit(1);
		*turn = 1;
		_exit(outcome(child));
	}
	return outcome(pid) == 0 && same_place(&before);
}

/* The directory of one that has been removed meanwhile. */
static int removed(void)
{
	char dir[64], buf[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", tmp_name(".dir"));
	if (mkdir(dir, 0700) || chdir(dir))
		return 1;
	if (must_fork() == 0)
		_exit(rmdir(dir) || chdir("/"));
	wait(NULL);
	return getcwd(buf, sizeof(buf)) || errno != ENOENT || chdir("/proc") || !getcwd(buf, sizeof(buf));
}

int main(void)
{
	char what[80];

	turn = map_shared(PAGE);
	proc_dir = open("/proc", O_RDONLY | O_DIRECTORY);
	need(chdir("/tmp") == 0);
	umask(027);
	look(&before);
	plan(NR_CHANGES * 3 + 2);
	for (int i = 0; i < NR_CHANGES; i++) {
		snprintf(what, sizeof(what), "%s in a child", changes[i].name);
		ok(child_changes(changes[i].make), what);
		snprintf(what, sizeof(what), "%s in the parent", changes[i].name);
		ok(parent_changes(changes[i].make), what);
		snprintf(what, sizeof(what), "%s in one of two that share with CLONE_FS", changes[i].name);
		ok(sharer_changes(changes[i].make), what);
	}
	same(in_child(removed), 0, "a working directory that a child removes");
	ok(same_place(&before), "and the parent is where it was");
	return done();
}
