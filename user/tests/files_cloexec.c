/* Close-on-exec through fork: who execs loses its own descriptors only, and flags set after fork are its own. Runs itself as program. */
#include "ktap.h"
#include <linux/close_range.h>

static char *self;
static int plain, marked;

/* Which of the two are open in the program: bit 0 plain, bit 1 marked; bits 2 and 3 their flags. */
static int program(char **argv)
{
	int a = atoi(argv[1]), b = atoi(argv[2]);
	int flags_a = fcntl(a, F_GETFD), flags_b = fcntl(b, F_GETFD);

	return (flags_a >= 0) | (flags_b >= 0) << 1 | (flags_a > 0) << 2 | (flags_b > 0) << 3;
}

static int exec_self(void)
{
	char a[16], b[16], *argv[] = { self, a, b, NULL };

	snprintf(a, sizeof(a), "%d", plain);
	snprintf(b, sizeof(b), "%d", marked);
	execv("/proc/self/exe", argv);
	return 99;
}

static int marks_and_execs(void)
{
	return fcntl(plain, F_SETFD, FD_CLOEXEC) ? 98 : exec_self();
}

static int unmarks_and_execs(void)
{
	return fcntl(marked, F_SETFD, 0) ? 98 : exec_self();
}

static int range_and_execs(void)
{
	return syscall(SYS_close_range, plain, plain, CLOSE_RANGE_CLOEXEC) ? 98 : exec_self();
}

static int dups_and_execs(void)
{
	return dup2(marked, plain) == plain && dup3(plain, marked, O_CLOEXEC) == marked ? exec_self() : 98;
}

static int as_before(void)
{
	return fcntl(plain, F_GETFD) == 0 && fcntl(marked, F_GETFD) == FD_CLOEXEC;
}

static void check(int (*fn)(void), int want, const char *what)
{
	same(in_child(fn), want, what);
	ok(as_before(), "and the parent has what it had");
}

/* The parent changes its flags while the child waits to exec. */
static int parent_marks(void)
{
	struct gate g = gate_new();
	pid_t pid = must_fork();

	if (pid == 0) {
		gate_wait(&g);
		_exit(exec_self());
	}
	fcntl(plain, F_SETFD, FD_CLOEXEC);
	fcntl(marked, F_SETFD, 0);
	gate_open(&g);
	close(g.fd[0]);
	close(g.fd[1]);
	return outcome(pid);
}

static int vfork_execs(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(exec_self());
	return outcome(pid);
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return program(argv);
	self = argv[0];
	plan(13);
	plain = open("/dev/null", O_RDWR);
	marked = open("/dev/null", O_RDWR | O_CLOEXEC);
	check(exec_self, 1, "exec in a child closes the one that is marked");
	check(marks_and_execs, 0, "a child marks the other as well");
	check(unmarks_and_execs, 3, "a child unmarks");
	check(range_and_execs, 0, "a child marks by close_range");
	check(dups_and_execs, 1, "a child puts the two in each other's place");
	same(vfork_execs(), 1, "exec in a vfork child");
	ok(as_before(), "and the parent has what it had");
	same(parent_marks(), 1, "the parent changes its flags before the child execs");
	return done();
}
