/*
 * Ours alone: every fallible act of execve is made to fail, one after the other. Before its point of no return the
 * call gives an errno and the old program goes on; past it the process dies. Runs itself as "after".
 */
#include "fail_nth.h"
#include <sys/stat.h>

/* How the child of an attempt ends. */
enum { GAVE_ERROR = 100, NO_ERRNO = 90, NOT_ZERO = 62, FIRED_IN_SILENCE = 60, NOT_FIRED = 61 };

static const char *self;
static volatile char zero[6000];
static int last_error_at, first_death_at;

static int known(int error)
{
	return error == ENOMEM || error == EFAULT || error == EAGAIN || error == E2BIG || error == EMFILE ||
	       error == ENFILE;
}

/* Run @path as program; what it became. */
static enum verdict try(int n, const void *arg)
{
	char *argv[] = { (char *)self, "after", NULL };
	pid_t pid = must_fork();
	int how;

	if (pid == 0) {
		open_control();			/* a task may arm itself only */
		arm(n);
		syscall(SYS_execve, arg, argv, argv + 2);
		_exit(known(errno) ? GAVE_ERROR + errno : NO_ERRNO);
	}
	how = outcome(pid);
	if (how == NOT_FIRED)
		return WORKED;
	if (how == FIRED_IN_SILENCE)
		return SILENT;
	if (how == KILLED_BY(SIGKILL) || how == KILLED_BY(SIGSEGV)) {
		if (!first_death_at)
			first_death_at = n;
		tally_error = 200;
		return FAILED;
	}
	if (how < GAVE_ERROR || how > 255) {
		say("# outcome %d", how);
		return WRONG;
	}
	last_error_at = n;
	tally_error = how - GAVE_ERROR;
	return FAILED;
}

/*
 * The program that execve started: has an act failed in silence, or none? Silence is right where the kernel tries
 * again and succeeds, as when it zeroes memory; then the memory must be zero.
 */
static int after_exec(void)
{
	for (size_t i = 0; i < sizeof(zero); i++)
		if (zero[i])
			return NOT_ZERO;
	open_control();
	return fired() ? FIRED_IN_SILENCE : NOT_FIRED;
}

static void sweep_program(const char *path, const char *name)
{
	last_error_at = first_death_at = 0;
	sweep(try, path, name);
	ok(last_error_at > 0 && first_death_at > last_error_at, "first errors, then, past the point of no return, deaths");
}

int main(int argc, char **argv)
{
	const char *script = tmp_name(".sh");
	char text[256];
	int fd;

	if (argc > 1)
		return after_exec();
	self = argv[0];
	snprintf(text, sizeof(text), "#!%s\n", self);
	fd = tmp_file(script, text, strlen(text));
	need(fchmod(fd, 0755) == 0);
	close(fd);
	plan(4);
	sweep_program(self, "execve of a program");
	sweep_program(script, "execve of a script");
	unlink(script);
	return done();
}
