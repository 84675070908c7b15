; vectors.asm - interrupt gates: 256 stubs, and the common code behind them.
;
; Each stub completes what the CPU pushed to the upper part of struct pt_regs and goes to one of
; four entries: trap_entry (exceptions), irq_entry (interrupts), paranoid_entry (those that may
; arrive between two instructions of the entry code itself), int80_entry (the one interrupt that
; programs raise themselves). All gates are interrupt gates: IF is clear. See entry.asm for the rules
; while in the kernel.
;
; Intel SDM volume 3, "Interrupt and Exception Handling", "64-Bit Mode Stack Frame".

default rel
%include "frame.inc"

extern current_task, preempt_count
extern do_trap, do_irq, do_syscall32, fixup_bad_iret, preempt_schedule_irq
extern return_to_user, user_iretq

global vector_stubs

; Exceptions for which the CPU pushes an error code: #DF #TS #NP #SS #GP #PF #AC #CP #VC #SX
ERROR_CODE_VECTORS equ 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | \
	1 << 21 | 1 << 29 | 1 << 30
; Exceptions that no flag holds off, or that come when nothing can be trusted: NMI #DF #MC
PARANOID_VECTORS equ 1 << 2 | 1 << 8 | 1 << 18
NO_ERROR_CODE	equ -1
STUB_ALIGN	equ 16

%if EXCEPTION_COUNT != 32 || VECTOR_COUNT != 256
%error "the masks above have a bit for each of 32 exceptions, a stub exists for each of 256 vectors"
%endif

section .text

; stub_N - the gate of vector N.
; Arrives with: the CPU's frame on the stack (the task's kernel stack, the interrupted kernel
;	stack, or an IST stack); GS base the user's or the kernel's.
; Saves:   orig_ax (the CPU's error code; for int 0x80 the call's number; else -1) and di.
; Calls:   nothing.
; Clobbers: edi = N.
; Leaves by: jmp to its entry.
%assign vector 0
%rep VECTOR_COUNT
align STUB_ALIGN
stub_%+ vector:
%assign is_exception vector < EXCEPTION_COUNT
%assign bit is_exception << (vector % EXCEPTION_COUNT)
%if vector == SYSCALL32_VEC
	push	rax
%elif !(ERROR_CODE_VECTORS & bit)
	push	NO_ERROR_CODE
%endif
	push	rdi
	mov	edi, vector
%if PARANOID_VECTORS & bit
	jmp	paranoid_entry
%elif vector == SYSCALL32_VEC
	jmp	int80_entry
%elif is_exception
	jmp	trap_entry
%else
	jmp	irq_entry
%endif
%assign vector vector + 1
%endrep

; Complete pt_regs and bring the flags in order. DF may be anything, and so may AC, which holds
; SMAP's gate open: one popfq clears both on every CPU, while clac exists only where SMAP does.
%macro ENTER_FRAME 0
	PUSH_REGS_BELOW_DI
	push	EFLAGS_FIXED
	popfq
%endmacro

; irq_entry - interrupts, vectors 32 to 255.
; Arrives with: IF clear; orig_ax and di saved; edi vector; GS base by the CS of the frame.
; Saves:   all registers: pt_regs is complete.
; Calls:   do_irq(regs, vector), which keeps interrupts off.
; Clobbers: nothing that pt_regs does not hold.
; Leaves by: interrupt_return.
align 16
irq_entry:
	ENTER_FRAME
	mov	esi, edi
	mov	rdi, rsp
	test	byte [rsp + PT_CS], CPL_MASK
	jz	.call
	swapgs
	xor	ebp, ebp
.call:
	call	do_irq
	jmp	interrupt_return

; int80_entry - int 0x80: a system call with i386 numbers and arguments, from 64-bit or 32-bit code.
; Arrives with: IF clear; number in orig_ax and rax, di saved; always from user mode: no device is
;	given this vector and the kernel does not raise it. GS base the user's.
; Saves:   all registers: pt_regs is complete.
; Calls:   do_syscall32(regs) with interrupts on; it leaves the result in regs->ax.
; Clobbers: nothing that pt_regs does not hold: other than syscall, int changes no register.
; Leaves by: return_to_user, since sysret would lose rcx and r11. A forked child leaves by
;	syscall_return, which finds out whether sysret will do.
align 16
int80_entry:
	ENTER_FRAME
	swapgs
	mov	rdi, rsp
	xor	ebp, ebp
	sti
	call	do_syscall32
	cli
	jmp	return_to_user

; trap_entry - exceptions other than NMI, #DF and #MC.
; Arrives with: IF clear; orig_ax and di saved; edi vector; GS base by the CS of the frame, except
;	that a fault at user_iretq has the kernel's CS and the user's GS base.
; Saves:   all registers: pt_regs is complete.
; Calls:   fixup_bad_iret(regs) for a fault at user_iretq, which yields a frame of user mode at the
;	top of the stack; do_trap(regs, vector), which may turn interrupts on and sleep.
; Clobbers: orig_ax becomes -1 after do_trap has read the error code: no system call to restart.
; Leaves by: interrupt_return.
align 16
trap_entry:
	ENTER_FRAME
	mov	esi, edi
	test	byte [rsp + PT_CS], CPL_MASK
	jz	.from_kernel
	swapgs
.from_user:
	xor	ebp, ebp
.call:
	mov	rdi, rsp
	call	do_trap
	mov	qword [rsp + PT_ORIG_AX], NO_ERROR_CODE
	jmp	interrupt_return
.from_kernel:
	cmp	qword [rsp + PT_IP], user_iretq
	jne	.call
	swapgs
	mov	ebx, esi
	mov	rdi, rsp
	call	fixup_bad_iret
	mov	rsp, rax
	mov	esi, ebx
	jmp	.from_user

; interrupt_return - the end of an exception or interrupt.
; Arrives with: rsp at pt_regs; GS base the kernel's; interrupts on or off.
; Saves:   nothing.
; Calls:   preempt_schedule_irq() if the interrupted kernel code may be preempted and is to be.
;	IF is looked at first: before the scheduler exists, interrupts are off.
; Clobbers: all registers; they become what pt_regs says.
; Leaves by: return_to_user, or iretq to kernel code.
interrupt_return:
	cli
	test	byte [rsp + PT_CS], CPL_MASK
	jnz	return_to_user
	test	dword [rsp + PT_FLAGS], EFLAGS_IF
	jz	.restore
	cmp	dword [gs:abs preempt_count], 0
	jne	.restore
	mov	rax, [gs:abs current_task]
	test	dword [rax + TASK_FLAGS], TIF_RESCHED_WORK
	jz	.restore
	call	preempt_schedule_irq
.restore:
	POP_REGS
	add	rsp, PT_IP - PT_ORIG_AX
	iretq

; paranoid_entry - NMI, #DF, #MC: on an IST stack, possibly from the middle of the entry code.
; Arrives with: IF clear; orig_ax and di saved; edi vector; GS base either, whatever the CS.
;	User programs cannot set a base with the top bit set (arch_prctl refuses, CR4.FSGSBASE is
;	off); the kernel's base has it set, or is 0 like the other one before per-CPU areas exist.
; Saves:   all registers: pt_regs is complete, but not at the top of the task's stack.
; Calls:   do_trap(regs, vector), which must not sleep, fault or turn interrupts on.
; Clobbers: nothing that pt_regs does not hold. No work for the task is done on the way out.
; Leaves by: iretq, with GS base as it was found.
align 16
paranoid_entry:
	ENTER_FRAME
	mov	esi, edi
	mov	rdi, rsp
	xor	ebx, ebx			; 1: to be swapped back
	mov	ecx, GS_BASE_MSR
	rdmsr
	test	edx, edx
	js	.call
	swapgs
	inc	ebx
.call:
	call	do_trap
	test	ebx, ebx
	jz	.restore
	swapgs
.restore:
	POP_REGS
	add	rsp, PT_IP - PT_ORIG_AX
	iretq

section .rodata

; Where each gate leads: filled into the IDT by arch/x86/kernel/idt.c.
align 8
vector_stubs:
%assign vector 0
%rep VECTOR_COUNT
	dq	stub_%+ vector
%assign vector vector + 1
%endrep
