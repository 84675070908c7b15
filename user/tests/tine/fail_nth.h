/*
 * fail_nth.h - what the sweeps share: each fallible act of a call is made to fail, one after the other.
 * /proc/self/fail-nth arms the n-th act of the next system call (architecture, section 8).
 */
#pragma once

#include "../ktap.h"

#define MOST_ACTS 2000

/* What became of an attempt in which the n-th act was to fail. */
enum verdict {
	WORKED,			/* there is no n-th act */
	FAILED,			/* it failed, with an errno that its manual page knows */
	SILENT,			/* the act failed and the call did not: Linux's silence */
	WRONG,
};

static char ledger_before[8192], ledger_after[8192];
static int control;

static __unused_fn void read_ledger(char *buf)
{
	int fd = open("/proc/ledger", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, 8191);

	need(n > 0);
	buf[n] = 0;
	close(fd);
}

static __unused_fn void open_control(void)
{
	control = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	need(control >= 0);
}

static __unused_fn void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	need(pwrite(control, text, len, 0) == len);
}

/* Has the armed act failed? */
static __unused_fn int fired(void)
{
	char text[16] = "";

	need(pread(control, text, sizeof(text) - 1, 0) > 0);
	return atoi(text) == 0;
}

/* Is the ledger as it was? What is on its way out has half a second. */
static __unused_fn int unchanged(void)
{
	for (int i = 0; i < 100; i++) {
		read_ledger(ledger_after);
		if (!strcmp(ledger_before, ledger_after))
			return 1;
		sleep_ms(5);
	}
	say("# before: %s", ledger_before);
	say("# after: %s", ledger_after);
	return 0;
}

/* The verdict on a call's result, its errno, and the errors that it may have; @silent acts are allowed. */
static __unused_fn enum verdict judge(long result, int error, const int *errors, int silent)
{
	int did = fired();

	if (result >= 0 && !did)
		return WORKED;
	if (result >= 0 && silent)
		return SILENT;
	for (; result < 0 && did && *errors; errors++)
		if (error == *errors)
			return FAILED;
	say("# result %ld, errno %d (%s), fired %d", result, error, strerror(error), did);
	return WRONG;
}

/* What a sweep has found: for each errno how many acts gave it; index 0: none, in silence. */
static int tally[256];
static int tally_error;			/* set by an attempt that returns FAILED */

static __unused_fn void print_tally(const char *name, int acts)
{
	char line[400];
	int len = snprintf(line, sizeof(line), "# %s: %d acts", name, acts);

	for (int e = 1; e < 256; e++)
		if (tally[e])
			len += snprintf(line + len, sizeof(line) - len, ", %d %s", tally[e],
					e == ENOMEM ? "ENOMEM" : e == EAGAIN ? "EAGAIN" : e == EFAULT ? "EFAULT" :
					e == EMFILE ? "EMFILE" : e == E2BIG ? "E2BIG" : e >= 200 ? "killed" : "other");
	if (tally[0])
		len += snprintf(line + len, sizeof(line) - len, ", %d in silence", tally[0]);
	say("%s; ledger difference 0", line);
}

/*
 * Let each act of @attempt fail in turn until one works without any; nothing may be left behind by any of them.
 * One check: @name.
 */
static __unused_fn void sweep(enum verdict (*attempt)(int n, const void *arg), const void *arg, const char *name)
{
	enum verdict verdict;
	int n, clean = 1;

	attempt(MOST_ACTS, arg);		/* brings in what the attempt itself needs */
	attempt(1, arg);
	memset(tally, 0, sizeof(tally));
	read_ledger(ledger_after);
	read_ledger(ledger_before);
	read_ledger(ledger_before);
	for (n = 1; n < MOST_ACTS; n++) {
		verdict = attempt(n, arg);
		if (verdict == WORKED || verdict == WRONG)
			break;
		tally[verdict == SILENT ? 0 : tally_error & 255]++;
		clean = unchanged();
		if (!clean)
			break;
	}
	if (verdict == WORKED && clean)
		print_tally(name, n - 1);
	else
		say("# %s: act %d", name, n);
	ok(verdict == WORKED && n > 1 && clean && unchanged(), name);
}
