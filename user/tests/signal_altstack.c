/* The alternate stack: where handlers run, what may be changed when, SS_AUTODISARM, overflow of either stack. */
#include "ktap.h"

#include <sched.h>
#include <setjmp.h>
#include <ucontext.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#define SIZE (64 * 1024UL)

static char *alt;
static volatile int on_alt, inside_flags, change_error, nested_on_alt, uc_flags, runs;
static sigjmp_buf back;

static int is_alt(const void *p)
{
	return (const char *)p >= alt && (const char *)p < alt + SIZE;
}

static int set(void *sp, int flags, size_t size)
{
	stack_t ss = { .ss_sp = sp, .ss_flags = flags, .ss_size = size };

	return syscall(SYS_sigaltstack, &ss, NULL);	/* musl's has checks of its own */
}

static void look(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	stack_t now;
	char here;

	runs++;
	on_alt = is_alt(&here);
	uc_flags = uc->uc_stack.ss_flags;
	sigaltstack(NULL, &now);
	inside_flags = now.ss_flags;
	errno = 0;
	change_error = set(alt, 0, SIZE) ? errno : 0;
	if (sig == SIGUSR1 && runs == 1) {
		int saved = on_alt;

		raise(SIGUSR2);
		nested_on_alt = on_alt;
		on_alt = saved;
	}
}

static void escape(int sig)
{
	char here;

	on_alt = is_alt(&here);
	siglongjmp(back, 1);
}

static void handle(int sig, int flags)
{
	struct sigaction act = { .sa_sigaction = look, .sa_flags = SA_SIGINFO | flags };

	need(sigaction(sig, &act, NULL) == 0);
}

static void basics(void)
{
	stack_t old;

	sigaltstack(NULL, &old);
	ok(old.ss_flags == SS_DISABLE && old.ss_size == 0 && old.ss_sp == NULL, "there is none at first");
	fails(set(alt, 0, 2047), ENOMEM, "less than MINSIGSTKSZ is too small");
	fails(set(alt, 4, SIZE), EINVAL, "unknown flag");
	fails(set(alt, SS_ONSTACK | SS_DISABLE, SIZE), EINVAL, "two modes");
	same(set(alt, SS_ONSTACK, SIZE), 0, "SS_ONSTACK is taken as nothing");
	sigaltstack(NULL, &old);
	ok(old.ss_flags == 0 && old.ss_size == SIZE && old.ss_sp == alt, "and reads as 0");
	fails(syscall(SYS_sigaltstack, 1, NULL), EFAULT, "bad address to read from");
	fails(syscall(SYS_sigaltstack, NULL, 1), EFAULT, "bad address to write to");
}

static void running(void)
{
	handle(SIGUSR1, SA_ONSTACK);
	handle(SIGUSR2, 0);
	raise(SIGUSR1);
	ok(on_alt, "SA_ONSTACK: the handler runs there");
	ok(nested_on_alt, "a nested one without it stays there");
	same(inside_flags, SS_ONSTACK, "inside, SS_ONSTACK reads back");
	same(change_error, EPERM, "and it cannot be changed");
	raise(SIGUSR2);
	ok(!on_alt && change_error == 0 && inside_flags == 0, "without SA_ONSTACK it runs on the program's own");
}

static void autodisarm(void)
{
	stack_t now;

	need(set(alt, SS_AUTODISARM, SIZE) == 0);
	sigaltstack(NULL, &now);
	same(now.ss_flags, (int)SS_AUTODISARM, "SS_AUTODISARM reads back");
	runs = 1;
	raise(SIGUSR1);
	ok(on_alt && inside_flags == SS_DISABLE, "in the handler the stack is disarmed");
	same(change_error, 0, "and may be changed");
	same(uc_flags, (int)SS_AUTODISARM, "the frame remembers");
	sigaltstack(NULL, &now);
	ok(now.ss_flags == (int)SS_AUTODISARM && now.ss_sp == alt, "the handler's return brings it back");
}

static __attribute__((noinline)) int overflow(int depth)
{
	volatile char room[4096];

	room[0] = depth;
	return depth < 0 ? 0 : overflow(depth + 1) + room[0];
}

static int too_small(void)
{
	char *edge = map_private(2 * PAGE);

	/* a handler whose frame does not fit there cannot run: SIGSEGV, and none for that either */
	need(mprotect(edge, PAGE, PROT_NONE) == 0);
	signal(SIGSEGV, SIG_DFL);
	handle(SIGUSR1, SA_ONSTACK);
	need(set(edge, 0, PAGE + 64) == 0);
	raise(SIGUSR1);
	return 0;
}

static int child_flags(void *arg)
{
	stack_t now;

	sigaltstack(NULL, &now);
	return now.ss_flags;
}

static int clone_flags(int flags)
{
	static char stack[16384] __attribute__((aligned(16)));

	return outcome(clone(child_flags, stack + sizeof(stack), flags | SIGCHLD, NULL));
}

int main(void)
{
	struct sigaction act = { .sa_handler = escape, .sa_flags = SA_ONSTACK };

	plan(25);
	alt = map_private(SIZE);
	basics();
	running();
	autodisarm();
	need(set(alt, 0, SIZE) == 0);
	sigaction(SIGSEGV, &act, NULL);
	if (!sigsetjmp(back, 1))
		overflow(0);
	ok(on_alt, "overflow of the stack is handled on the other one");
	if (!sigsetjmp(back, 1))
		overflow(0);
	ok(on_alt, "more than once");
	same(in_child(too_small), KILLED_BY(SIGSEGV), "no room for the frame: SIGSEGV");
	same(clone_flags(0), 0, "fork inherits it");
	same(clone_flags(CLONE_VM), SS_DISABLE, "CLONE_VM does not");
	same(clone_flags(CLONE_VM | CLONE_VFORK), 0, "vfork does");
	same(set(NULL, SS_DISABLE, 0), 0, "it can be given up");
	return done();
}
