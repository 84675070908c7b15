/* Handlers: arguments, mask while one runs, return to where it was, nesting, SA_RESETHAND, SA_NODEFER, errors. */
#include "ktap.h"

static volatile int count, runs, depth, deepest, blocked_inside, sender;

static void simple(int sig)
{
	count++;
}

static void detailed(int sig, siginfo_t *info, void *context)
{
	sigset_t now;

	count++;
	sender = info->si_pid;
	sigprocmask(SIG_BLOCK, NULL, &now);
	blocked_inside = sigismember(&now, sig) && sigismember(&now, SIGUSR2);
}

static void again(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (++runs < 3)
		raise(sig);
	depth--;
}

static void install(int sig, void (*fn)(int), int flags)
{
	struct sigaction act = { .sa_handler = fn, .sa_flags = flags };

	need(sigaction(sig, &act, NULL) == 0);
}

static long registers_kept(void)
{
	long a = 0x1234567812345678, b = 0x0fedcba987654321, nr = SYS_kill, result;

	/* The signal arrives at the return from this system call. */
	__asm__ volatile(
		"mov %2, %%r12\n mov %3, %%r13\n"
		"syscall\n"
		"sub %2, %%r12\n sub %3, %%r13\n"
		"mov %%r12, %0\n or %%r13, %0\n"
		: "=&r"(result), "+a"(nr) : "r"(a), "r"(b), "D"((long)getpid()), "S"((long)SIGUSR1)
		: "r12", "r13", "rcx", "r11", "memory");
	return result;
}

static int restarted_read(int flags)
{
	int fds[2];
	char byte;
	pid_t pid, parent = getpid();
	ssize_t n;

	need(pipe(fds) == 0);
	install(SIGUSR1, simple, flags);
	pid = must_fork();
	if (pid == 0) {
		sleep_ms(20);
		kill(parent, SIGUSR1);
		sleep_ms(20);
		_exit(write(fds[1], "x", 1) != 1);
	}
	n = read(fds[0], &byte, 1);
	if (n < 0)
		n = -errno;
	outcome(pid);
	close(fds[0]);
	close(fds[1]);
	return n;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = detailed, .sa_flags = SA_SIGINFO };

	plan(13);
	install(SIGUSR1, simple, 0);
	raise(SIGUSR1);
	same(count, 1, "raise runs the handler once");
	same(registers_kept(), 0, "registers are as before after the handler");
	same(count, 2, "which ran");
	sigaddset(&act.sa_mask, SIGUSR2);
	need(sigaction(SIGUSR1, &act, NULL) == 0);
	kill(getpid(), SIGUSR1);
	same(sender, getpid(), "siginfo names the sender");
	ok(blocked_inside, "the signal and sa_mask are blocked while it runs");
	install(SIGUSR1, again, 0);
	raise(SIGUSR1);
	same(deepest, 1, "a handler does not interrupt itself");
	runs = deepest = 0;
	install(SIGUSR1, again, SA_NODEFER);
	raise(SIGUSR1);
	same(deepest, 3, "with SA_NODEFER it does");
	install(SIGUSR1, simple, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &act);
	ok(act.sa_handler == SIG_DFL, "SA_RESETHAND: the default afterwards");
	same(restarted_read(0), -EINTR, "read that a handler interrupts: EINTR");
	same(restarted_read(SA_RESTART), 1, "with SA_RESTART it goes on");
	fails(sigaction(SIGKILL, &act, NULL) , EINVAL, "no handler for SIGKILL: EINVAL");
	fails(syscall(SYS_rt_sigaction, 70, NULL, NULL, 8), EINVAL, "no signal 70: EINVAL");
	fails(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL, "wrong set size: EINVAL");
	return done();
}
