/*
 * signal.c - signals on the machine: the frame on the user's stack, and the way back from it.
 *
 * kernel/signal.c decides which signal; this file makes the program run its handler, as Linux's
 * ABI has it: struct rt_sigframe on the stack, arguments in di, si, dx, return address the
 * restorer, which calls rt_sigreturn(2). Also the second half of an interrupted system call:
 * restart it or let it return EINTR (signal(7)).
 *
 * Everything that rt_sigreturn reads has been in the program's hands. It ends in user mode whatever
 * the frame says, since privilege 3 is forced on its selectors; flags are masked. Selectors may be any
 * (32-bit code must be able to go on after a signal) and so may the address: the way out uses sysret
 * only for the usual selectors and an address below TASK_SIZE, and a fault of iretq is the program's.
 */
#include <arch/desc.h>
#include <arch/fpu.h>
#include <arch/process.h>
#include <arch/ptrace.h>
#include <arch/uaccess.h>
#include <arch/user_block.h>
#include <tine/mm.h>
#include <tine/sched.h>
#include <tine/signal.h>
#include <tine/string.h>
#include <tine/syscalls.h>
#include <tine/uapi.h>

#define RED_ZONE	128UL		/* below the stack pointer, the program's own: System V ABI */
#define FRAME_ALIGN	16UL
#define USER_RPL	3		/* requested privilege level of every user selector */
#define SYSCALL_INSN	2		/* bytes of syscall, and of int 0x80 */

/* Flags that a program may set through its frame. */
#define FIX_EFLAGS	(X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_SF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_AF | X86_EFLAGS_PF | X86_EFLAGS_CF | X86_EFLAGS_RF)

struct rt_sigframe {
	void __user *pretcode;		/* the handler's return address */
	struct ucontext uc;
	siginfo_t info;
	/* above it: the floating-point state */
};

/* ---- restarts ---- */

/* Has a system call been interrupted that may be restarted? Its result is then one of ERESTART*, which no others are. */
static inline bool may_restart(const struct pt_regs *regs)
{
	return unlikely((long)regs->ax <= -ERESTARTSYS) && regs->orig_ax != -1UL;
}

static void restart_syscall(struct pt_regs *regs, unsigned long nr)
{
	regs->ax = nr;
	regs->ip -= SYSCALL_INSN;
	regs->orig_ax = -1UL;
}

/* A handler is going to run: what does the system call that it interrupts return? */
static void decide_restart(struct pt_regs *regs, unsigned long sa_flags)
{
	if (!may_restart(regs))
		return;
	switch ((long)regs->ax) {
	case -ERESTARTSYS:
		if (!(sa_flags & SA_RESTART)) {
			regs->ax = -EINTR;
			break;
		}
		fallthrough;
	case -ERESTARTNOINTR:
		restart_syscall(regs, regs->orig_ax);
		break;
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
	case -ERESTART_RESTARTBLOCK_IA32:
		regs->ax = -EINTR;
		break;
	}
}

/* No handler runs: nothing has happened that the program could know of. */
static void decide_restart_unhandled(struct pt_regs *regs)
{
	if (!may_restart(regs))
		return;
	switch ((long)regs->ax) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
		restart_syscall(regs, regs->orig_ax);
		break;
	case -ERESTART_RESTARTBLOCK:
		restart_syscall(regs, __NR_restart_syscall);
		break;
	case -ERESTART_RESTARTBLOCK_IA32:
		restart_syscall(regs, __NR_ia32_restart_syscall);
		break;
	}
}

/* ---- delivery ---- */

/* Is @sp on the alternate stack? An SS_AUTODISARM stack never counts: sigaltstack(2). */
static bool on_sig_stack(unsigned long sp)
{
	if (current->sas_ss_flags & SS_AUTODISARM)
		return false;
	return sp > current->sas_ss_sp && sp - current->sas_ss_sp <= current->sas_ss_size;
}

/*
 * Where the frame goes, and the floating-point state above it. The ABI wants (sp + 8) % 16 == 0
 * on entry of a function. NULL if it would run out of the alternate stack.
 */
static struct rt_sigframe __user *get_sigframe(const struct ksignal *ksig, const struct pt_regs *regs,
					       void __user **fpstate)
{
	unsigned long sp = regs->sp - RED_ZONE;
	bool alternate = false;

	if (unlikely(current->sas_ss_size)) {
		alternate = on_sig_stack(regs->sp);
		if ((ksig->ka.sa_flags & SA_ONSTACK) && !on_sig_stack(sp)) {
			sp = current->sas_ss_sp + current->sas_ss_size;
			alternate = true;
		}
	}
	sp = ALIGN_DOWN(sp - fpu_frame_size, (unsigned long)FPU_FRAME_ALIGN);
	*fpstate = (void __user *)sp;
	sp = ALIGN_DOWN(sp - sizeof(struct rt_sigframe), FRAME_ALIGN) - 8;
	if (alternate && !(sp > current->sas_ss_sp && sp - current->sas_ss_sp <= current->sas_ss_size))
		return NULL;
	return (struct rt_sigframe __user *)sp;
}

/* uc_flags says that these 16 bits are SS. */
static unsigned long segments(const struct pt_regs *regs)
{
	return (regs->cs & 0xffff) | (regs->ss & 0xffff) << 48;
}

/* Between user_block_begin() and user_access_end(), as all functions that put or load a part. */
static force_inline int put_sigcontext(struct sigcontext __user *sc, const struct pt_regs *regs)
{
	const struct thread_struct *t = &current->thread;
	int err = 0;

	unsafe_put_user(regs->r8, &sc->r8, err);
	unsafe_put_user(regs->r9, &sc->r9, err);
	unsafe_put_user(regs->r10, &sc->r10, err);
	unsafe_put_user(regs->r11, &sc->r11, err);
	unsafe_put_user(regs->r12, &sc->r12, err);
	unsafe_put_user(regs->r13, &sc->r13, err);
	unsafe_put_user(regs->r14, &sc->r14, err);
	unsafe_put_user(regs->r15, &sc->r15, err);
	unsafe_put_user(regs->di, &sc->rdi, err);
	unsafe_put_user(regs->si, &sc->rsi, err);
	unsafe_put_user(regs->bp, &sc->rbp, err);
	unsafe_put_user(regs->bx, &sc->rbx, err);
	unsafe_put_user(regs->dx, &sc->rdx, err);
	unsafe_put_user(regs->ax, &sc->rax, err);
	unsafe_put_user(regs->cx, &sc->rcx, err);
	unsafe_put_user(regs->sp, &sc->rsp, err);
	unsafe_put_user(regs->ip, &sc->rip, err);
	unsafe_put_user(regs->flags, &sc->eflags, err);
	unsafe_put_user(segments(regs), (unsigned long __user *)&sc->cs, err);
	unsafe_put_user(t->error_code, &sc->err, err);
	unsafe_put_user(t->trap_nr, &sc->trapno, err);
	unsafe_put_user(t->cr2, &sc->cr2, err);
	return err;
}

static force_inline int put_ucontext(struct ucontext __user *uc, void __user *fpstate)
{
	const struct task_struct *p = current;
	sigset_t mask = p->restore_sigmask ? p->saved_sigmask : p->blocked;
	unsigned long flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (fpu_xfeatures ? UC_FP_XSTATE : 0);
	int err = 0;

	unsafe_put_user(flags, &uc->uc_flags, err);
	unsafe_put_user(0UL, (unsigned long __user *)&uc->uc_link, err);
	unsafe_put_user(p->sas_ss_sp, (unsigned long __user *)&uc->uc_stack.ss_sp, err);
	unsafe_put_user((u64)p->sas_ss_flags, (u64 __user *)&uc->uc_stack.ss_flags, err);
	unsafe_put_user(p->sas_ss_size, &uc->uc_stack.ss_size, err);
	unsafe_put_user(mask, &uc->uc_mcontext.oldmask, err);
	unsafe_put_user((unsigned long)fpstate, (unsigned long __user *)&uc->uc_mcontext.fpstate, err);
	unsafe_put_user(mask, &uc->uc_sigmask, err);
	return err;
}

/* What lies between the fields (reserved words) stays as the program left it. */
static int put_frame(struct rt_sigframe __user *frame, const struct ksignal *ksig, const struct pt_regs *regs,
		     void __user *fpstate)
{
	int err = 0;

	if (!user_block_begin(frame, sizeof(*frame)))
		return -EFAULT;
	unsafe_put_user((unsigned long)ksig->ka.sa_restorer, (unsigned long __user *)&frame->pretcode, err);
	err |= put_ucontext(&frame->uc, fpstate) | put_sigcontext(&frame->uc.uc_mcontext, regs);
	user_access_end();
	return err;
}

/* The registers with which the handler begins. */
static void enter_handler(struct pt_regs *regs, const struct ksignal *ksig, struct rt_sigframe __user *frame)
{
	regs->di = (unsigned long)ksig->sig;
	regs->si = (unsigned long)&frame->info;
	regs->dx = (unsigned long)&frame->uc;
	regs->ax = 0;
	regs->ip = (unsigned long)ksig->ka.sa_handler;
	regs->sp = (unsigned long)frame;
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	regs->orig_ax = -1UL;
}

static int setup_rt_frame(const struct ksignal *ksig, struct pt_regs *regs)
{
	struct rt_sigframe __user *frame;
	void __user *fpstate;

	if (!(ksig->ka.sa_flags & SA_RESTORER))
		return -EFAULT;
	frame = get_sigframe(ksig, regs, &fpstate);
	if (!frame || fpu_save_frame(fpstate) || put_frame(frame, ksig, regs, fpstate))
		return -EFAULT;
	if ((ksig->ka.sa_flags & SA_SIGINFO) && copy_to_user(&frame->info, &ksig->info, sizeof(ksig->info)))
		return -EFAULT;
	enter_handler(regs, ksig, frame);
	fpu_reset();
	return 0;
}

void do_signal(struct pt_regs *regs)
{
	struct ksignal ksig;

	if (get_signal(&ksig)) {
		decide_restart(regs, ksig.ka.sa_flags);
		if (setup_rt_frame(&ksig, regs))
			force_sigsegv(ksig.sig);
		else
			signal_delivered(&ksig);
		return;
	}
	decide_restart_unhandled(regs);
	if (current->restore_sigmask) {
		current->restore_sigmask = false;
		set_current_blocked(&current->saved_sigmask);
	}
}

/* ---- return ---- */

static force_inline int load_sigcontext(struct pt_regs *regs, const struct sigcontext __user *sc)
{
	unsigned long flags, segments;
	int err = 0;

	unsafe_get_user(regs->r8, &sc->r8, err);
	unsafe_get_user(regs->r9, &sc->r9, err);
	unsafe_get_user(regs->r10, &sc->r10, err);
	unsafe_get_user(regs->r11, &sc->r11, err);
	unsafe_get_user(regs->r12, &sc->r12, err);
	unsafe_get_user(regs->r13, &sc->r13, err);
	unsafe_get_user(regs->r14, &sc->r14, err);
	unsafe_get_user(regs->r15, &sc->r15, err);
	unsafe_get_user(regs->di, &sc->rdi, err);
	unsafe_get_user(regs->si, &sc->rsi, err);
	unsafe_get_user(regs->bp, &sc->rbp, err);
	unsafe_get_user(regs->bx, &sc->rbx, err);
	unsafe_get_user(regs->dx, &sc->rdx, err);
	unsafe_get_user(regs->ax, &sc->rax, err);
	unsafe_get_user(regs->cx, &sc->rcx, err);
	unsafe_get_user(regs->sp, &sc->rsp, err);
	unsafe_get_user(regs->ip, &sc->rip, err);
	unsafe_get_user(flags, &sc->eflags, err);
	unsafe_get_user(segments, (const unsigned long __user *)&sc->cs, err);
	regs->flags = (regs->flags & ~FIX_EFLAGS) | (flags & FIX_EFLAGS);
	regs->cs = (segments & 0xffff) | USER_RPL;
	regs->ss = segments >> 48 | USER_RPL;
	regs->orig_ax = -1UL;
	return err;
}

/* What is in a frame besides the registers. */
struct frame_rest {
	unsigned long flags;
	stack_t stack;
	void __user *fpstate;
	sigset_t mask;
};

static int load_frame(struct pt_regs *regs, const struct rt_sigframe __user *frame, struct frame_rest *rest)
{
	const struct ucontext __user *uc;
	u64 stack_flags;
	int err = 0;

	if (!user_block_begin(frame, sizeof(*frame)))
		return -EFAULT;
	uc = &frame->uc;
	/* both ends of the registers: if these can be read, so can they */
	unsafe_get_user(rest->flags, &uc->uc_flags, err);
	unsafe_get_user(rest->mask, &uc->uc_sigmask, err);
	unsafe_get_user(rest->stack.ss_sp, &uc->uc_stack.ss_sp, err);
	unsafe_get_user(stack_flags, (const u64 __user *)&uc->uc_stack.ss_flags, err);
	unsafe_get_user(rest->stack.ss_size, &uc->uc_stack.ss_size, err);
	unsafe_get_user(rest->fpstate, (void __user *const __user *)&uc->uc_mcontext.fpstate, err);
	rest->stack.ss_flags = (int)stack_flags;
	if (!err)
		err = load_sigcontext(regs, &uc->uc_mcontext);
	user_access_end();
	return err;
}

/* What is wrong with the description of the stack is ignored, as on Linux. */
static void restore_altstack(const stack_t *stack)
{
	if ((unsigned long)stack->ss_sp != current->sas_ss_sp || stack->ss_size != current->sas_ss_size ||
	    stack->ss_flags != (int)current->sas_ss_flags)
		set_altstack(stack);
}

/*
 * rt_sigreturn(2): take back the registers, the signal mask and the alternate stack from the
 * frame that the stack pointer shows, just above the restorer's address that the handler's ret
 * has taken. Yields what ax is to be; SIGSEGV for a frame that cannot be right.
 */
long sys_rt_sigreturn(void)
{
	struct pt_regs *regs = current_pt_regs();
	struct rt_sigframe __user *frame = (struct rt_sigframe __user *)(regs->sp - sizeof(frame->pretcode));
	struct frame_rest rest;

	current->restart_block.fn = NULL;
	if (load_frame(regs, frame, &rest))
		goto bad;
	set_current_blocked(&rest.mask);
	/* Frames of old programs say nothing about SS. */
	if (!(rest.flags & UC_STRICT_RESTORE_SS) && regs->cs == __USER_CS)
		regs->ss = __USER_DS;
	if (fpu_restore_frame(rest.fpstate))
		goto bad;
	restore_altstack(&rest.stack);
	return (long)regs->ax;
bad:
	force_sig(SIGSEGV);
	return 0;
}
