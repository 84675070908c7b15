/*
 * siginfo.c - what a signal tells its receiver: sigaction(2), "The siginfo_t argument".
 */
#include <arch/uaccess.h>
#include <tine/sched.h>
#include <tine/string.h>

#include "signal_internal.h"

/* The part of the 128 bytes that has fields; Linux keeps no more of what rt_sigqueueinfo(2) gives. */
#define SIGINFO_USED	48

/* A code of the kernel's own, between SI_USER and SI_KERNEL: by signal, if it has that many. */
static enum siginfo_layout layout_of_kernel_code(int sig, int code)
{
	static const struct {
		unsigned char limit, layout;
	} layouts[_NSIG + 1] = {
		[SIGILL]  = { NSIGILL, SIL_FAULT },
		[SIGFPE]  = { NSIGFPE, SIL_FAULT },
		[SIGSEGV] = { NSIGSEGV, SIL_FAULT },
		[SIGBUS]  = { NSIGBUS, SIL_FAULT },
		[SIGTRAP] = { NSIGTRAP, SIL_FAULT },
		[SIGCHLD] = { NSIGCHLD, SIL_CHLD },
		[SIGPOLL] = { NSIGPOLL, SIL_POLL },
	};

	if (code <= layouts[sig].limit)
		return layouts[sig].layout;
	return code <= NSIGPOLL ? SIL_POLL : SIL_KILL;
}

enum siginfo_layout siginfo_layout(int sig, int code)
{
	if (code > SI_USER && code < SI_KERNEL)
		return layout_of_kernel_code(sig, code);
	if (code == SI_TIMER)
		return SIL_TIMER;
	if (code == SI_SIGIO)
		return SIL_POLL;
	return code < 0 ? SIL_RT : SIL_KILL;
}

int copy_siginfo_from_user(siginfo_t *info, const siginfo_t __user *from)
{
	memset(info, 0, sizeof(*info));
	return copy_from_user(info, from, SIGINFO_USED) ? -EFAULT : 0;
}
