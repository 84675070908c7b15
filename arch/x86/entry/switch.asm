; switch.asm - from one task's kernel stack to another's, and a new task's first steps.
;
; copy_thread_tls() (process.c) builds the stack that a new task is first switched to:
;
;	top ->	struct pt_regs		a copy of the parent's, with ax = 0: the child returns from
;					the parent's system call, with 0
;		ret_addr		ret_from_fork
;		bp			0
;		bx			kernel thread: its function. User task: 0
;		r12			kernel thread: the function's argument
;	sp ->	r13 r14 r15		0
;
; So a task's sp always points to a struct inactive_task_frame, whether it has run before or not.

default rel
%include "frame.inc"

extern schedule_tail, kernel_thread_return, syscall_return

global __switch_to_asm, ret_from_fork

%if FRAME_R15 != 0 || FRAME_BX != 4 * 8 || FRAME_BP != 5 * 8 || FRAME_RET_ADDR != 6 * 8 || FRAME_SIZE != 7 * 8
%error "struct inactive_task_frame: __switch_to_asm pushes another order"
%endif

section .text

; __switch_to_asm - C prototype in arch/entry.h.
; Arrives with: rdi prev, rsi next; IF clear; rsp on prev's stack, ret_addr on top of it.
; Saves:   what C functions preserve, on prev's stack; rsp in prev->thread.sp.
; Calls:   nothing.
; Clobbers: nothing else; on next's stack its own saved registers appear.
; Leaves by: ret to whoever next called from, or to ret_from_fork; rax = prev.
align 16
__switch_to_asm:
	push	rbp
	push	rbx
	push	r12
	push	r13
	push	r14
	push	r15
	mov	[rdi + TASK_THREAD_SP], rsp
	mov	rsp, [rsi + TASK_THREAD_SP]
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbx
	pop	rbp
	mov	rax, rdi
	ret

; ret_from_fork - the first code of every new task.
; Arrives with: IF clear, on the new task's stack, rsp at its pt_regs; rax the task that ran
;	before; rbx function of a kernel thread, r12 its argument; rbx 0 in a user task.
; Saves:   nothing.
; Calls:   schedule_tail(prev), which turns interrupts on; the function; kernel_thread_return(result).
; Clobbers: all registers; they become what pt_regs says.
; Leaves by: syscall_return in a user task, and in a kernel thread whose function has made it a
;	program (kernel_execve: pt_regs then says user mode). Other kernel threads end here.
align 16
ret_from_fork:
	mov	rdi, rax
	call	schedule_tail
	test	rbx, rbx
	jz	syscall_return
	mov	rdi, r12
	call	rbx
	test	byte [rsp + PT_CS], CPL_MASK
	jnz	syscall_return
	mov	edi, eax
	call	kernel_thread_return
	ud2					; it does not return
