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

static inline bool in_syscall(const struct pt_regs *regs)
{
	return regs->orig_ax != -1UL;
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
	if (!in_syscall(regs))
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
	if (!in_syscall(regs))
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
	bool nested = on_sig_stack(regs->sp), entering = false;
	unsigned long sp = regs->sp - RED_ZONE;

	if ((ksig->ka.sa_flags & SA_ONSTACK) && current->sas_ss_size && !on_sig_stack(sp)) {
		sp = current->sas_ss_sp + current->sas_ss_size;
		entering = true;
	}
	sp = ALIGN_DOWN(sp - fpu_frame_size(), (unsigned long)FPU_FRAME_ALIGN);
	*fpstate = (void __user *)sp;
	sp = ALIGN_DOWN(sp - sizeof(struct rt_sigframe), FRAME_ALIGN) - 8;
	if ((nested || entering) && !(sp > current->sas_ss_sp && sp - current->sas_ss_sp <= current->sas_ss_size))
		return NULL;
	return (struct rt_sigframe __user *)sp;
}

static void fill_sigcontext(struct sigcontext *sc, const struct pt_regs *regs)
{
	const struct thread_struct *t = &current->thread;

	sc->r8 = regs->r8;
	sc->r9 = regs->r9;
	sc->r10 = regs->r10;
	sc->r11 = regs->r11;
	sc->r12 = regs->r12;
	sc->r13 = regs->r13;
	sc->r14 = regs->r14;
	sc->r15 = regs->r15;
	sc->rdi = regs->di;
	sc->rsi = regs->si;
	sc->rbp = regs->bp;
	sc->rbx = regs->bx;
	sc->rdx = regs->dx;
	sc->rax = regs->ax;
	sc->rcx = regs->cx;
	sc->rsp = regs->sp;
	sc->rip = regs->ip;
	sc->eflags = regs->flags;
	sc->cs = (u16)regs->cs;
	sc->ss = (u16)regs->ss;
	sc->err = t->error_code;
	sc->trapno = t->trap_nr;
	sc->cr2 = t->cr2;
}

static void fill_ucontext(struct ucontext *uc, const struct pt_regs *regs, void __user *fpstate)
{
	sigset_t mask = current->restore_sigmask ? current->saved_sigmask : current->blocked;

	memset(uc, 0, sizeof(*uc));
	uc->uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	if (fpu_xfeatures)
		uc->uc_flags |= UC_FP_XSTATE;
	uc->uc_stack.ss_sp = (void *)current->sas_ss_sp;
	uc->uc_stack.ss_flags = (int)current->sas_ss_flags;
	uc->uc_stack.ss_size = current->sas_ss_size;
	fill_sigcontext(&uc->uc_mcontext, regs);
	uc->uc_mcontext.oldmask = mask;
	uc->uc_mcontext.fpstate = fpstate;
	uc->uc_sigmask = mask;
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
	struct ucontext uc;

	if (!(ksig->ka.sa_flags & SA_RESTORER))
		return -EFAULT;
	frame = get_sigframe(ksig, regs, &fpstate);
	if (!frame || fpu_save_frame(fpstate))
		return -EFAULT;
	fill_ucontext(&uc, regs, fpstate);
	if (put_user((void __user *)ksig->ka.sa_restorer, &frame->pretcode) ||
	    copy_to_user(&frame->uc, &uc, sizeof(uc)))
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

static void load_sigcontext(struct pt_regs *regs, const struct sigcontext *sc)
{
	regs->r8 = sc->r8;
	regs->r9 = sc->r9;
	regs->r10 = sc->r10;
	regs->r11 = sc->r11;
	regs->r12 = sc->r12;
	regs->r13 = sc->r13;
	regs->r14 = sc->r14;
	regs->r15 = sc->r15;
	regs->di = sc->rdi;
	regs->si = sc->rsi;
	regs->bp = sc->rbp;
	regs->bx = sc->rbx;
	regs->dx = sc->rdx;
	regs->ax = sc->rax;
	regs->cx = sc->rcx;
	regs->sp = sc->rsp;
	regs->ip = sc->rip;
	regs->flags = (regs->flags & ~FIX_EFLAGS) | (sc->eflags & FIX_EFLAGS);
	regs->cs = sc->cs | USER_RPL;
	regs->ss = sc->ss | USER_RPL;
	regs->orig_ax = -1UL;
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
	struct ucontext uc;

	current->restart_block.fn = NULL;
	/* the stack pointer may be anything: look before computing with it */
	if (!access_ok(frame, sizeof(*frame)) || copy_from_user(&uc, &frame->uc, sizeof(uc)))
		goto bad;
	set_current_blocked(&uc.uc_sigmask);
	load_sigcontext(regs, &uc.uc_mcontext);
	/* Frames of old programs say nothing about SS. */
	if (!(uc.uc_flags & UC_STRICT_RESTORE_SS) && regs->cs == __USER_CS)
		regs->ss = __USER_DS;
	if (fpu_restore_frame(uc.uc_mcontext.fpstate))
		goto bad;
	/* What is wrong with the description of the stack is ignored, as on Linux. */
	if (sys_sigaltstack((const stack_t __user *)&frame->uc.uc_stack, NULL) == -EFAULT)
		goto bad;
	return (long)regs->ax;
bad:
	force_sig(SIGSEGV);
	return 0;
}
