; entry.asm - system calls: from the user's syscall instruction to C and back.
;
; Assembly only moves registers here; what to do is decided in C (do_syscall, exit_to_user_mode).
;
; Rules while in the kernel: GS base is the CPU's per-CPU offset, the user's is in the MSR that
; swapgs exchanges; DF and AC are clear; no vector register is touched; no red zone. C functions
; are called with the stack 8 bytes off a multiple of 16, since pt_regs has an odd number of words.
;
; The kernel stack of a user task, from its top downwards:
;
;	ss  sp  flags  cs  ip  orig_ax | di si dx cx ax r8-r11 bx bp r12-r15 | C frames ...
;	`-- the CPU, or syscall_entry -'                                      ^ rsp in this file
;
; Intel SDM and AMD APM, instructions SYSCALL, SYSRET, SWAPGS; AMD APM volume 2, "SYSCALL and
; SYSRET".

default rel
%include "frame.inc"

extern current_task, kernel_stack_top, user_sp_scratch
extern do_syscall, exit_to_user_mode, check_user_exit

global syscall_entry, syscall_entry_compat, syscall_return
global return_to_user, user_iretq

section .rodata

user_limit:
	dq	USER_LIMIT			; compared from memory: 64 bits fit no instruction but mov

section .text

; syscall_entry - LSTAR: the syscall instruction in 64-bit code.
; Arrives with: IF, DF, TF, AC, NT clear (SFMASK); CS, SS the kernel's; rsp, GS base, CR3 the
;	user's; rax number, rdi rsi rdx r10 r8 r9 arguments, rcx return address, r11 flags.
; Saves:   all registers, as struct pt_regs at the top of the task's kernel stack.
; Calls:   do_syscall(regs) with interrupts on; its result is what the program finds in rax.
; Clobbers: nothing that pt_regs does not hold.
; Leaves by: falling into syscall_return.
align 16
syscall_entry:
	swapgs
	mov	[gs:abs user_sp_scratch], rsp
	mov	rsp, [gs:abs kernel_stack_top]
	push	USER_DS				; ss
	push	qword [gs:abs user_sp_scratch]	; sp
	push	r11				; flags
	push	USER_CS				; cs
	push	rcx				; ip
	push	rax				; orig_ax
	push	rdi
	PUSH_REGS_BELOW_DI
	mov	rdi, rsp
	xor	ebp, ebp			; the chain of frame pointers ends here
	sti
	call	do_syscall
	mov	[rsp + PT_AX], rax

; syscall_return - the way back to user mode after a system call, and of a forked child.
; Arrives with: rsp at the complete pt_regs at the top of the kernel stack; GS base the kernel's;
;	interrupts on or off.
; Saves:   nothing.
; Calls:   exit_to_user_mode(regs) through return_to_user, if there is work.
; Clobbers: all registers; they become what pt_regs says.
; Leaves by: sysret if it restores exactly what pt_regs says and cannot fault in the kernel: an
;	address below the end of user space (Intel's SYSRET raises #GP in ring 0, on the user's
;	stack, for one that is not canonical), cx and r11 equal to ip and flags, no RF (it would be
;	lost), no TF (it would trap too early), the segments those of STAR. Else by iretq.
syscall_return:
	cli
	mov	rax, [gs:abs current_task]
	test	dword [rax + TASK_FLAGS], TIF_USER_WORK
	jnz	return_to_user
	mov	rcx, [rsp + PT_IP]
	mov	r11, [rsp + PT_FLAGS]
	cmp	rcx, [rsp + PT_CX]
	jne	return_to_user
	cmp	r11, [rsp + PT_R11]
	jne	return_to_user
	test	r11d, EFLAGS_NOT_SYSRET
	jnz	return_to_user
	cmp	rcx, [user_limit]
	jae	return_to_user
	cmp	qword [rsp + PT_CS], USER_CS
	jne	return_to_user
	cmp	qword [rsp + PT_SS], USER_DS
	jne	return_to_user
%if DEBUG_BUILD
	mov	rdi, rsp
	call	check_user_exit
%endif
	POP_REGS
	mov	rsp, [rsp + PT_SP - PT_ORIG_AX]
	swapgs
	o64 sysret

; return_to_user - the way back to user mode that can restore any registers.
; Arrives with: rsp at the complete pt_regs at the top of the kernel stack; IF clear; GS base the
;	kernel's.
; Saves:   nothing.
; Calls:   exit_to_user_mode(regs) if there is work; it may sleep and change pt_regs.
; Clobbers: all registers; they become what pt_regs says.
; Leaves by: iretq at user_iretq. If that faults (#GP, #SS, #NP), the frame of the fault says
;	kernel mode although GS base is the user's: trap_entry knows this address.
return_to_user:
	mov	rax, [gs:abs current_task]
	test	dword [rax + TASK_FLAGS], TIF_USER_WORK
	jz	.restore
	mov	rdi, rsp
	call	exit_to_user_mode
.restore:
%if DEBUG_BUILD
	mov	rdi, rsp
	call	check_user_exit
%endif
	POP_REGS
	swapgs
	add	rsp, PT_IP - PT_ORIG_AX
user_iretq:
	iretq

; syscall_entry_compat - CSTAR: the syscall instruction in 32-bit code (AMD's CPUs only).
; Arrives with: as syscall_entry; ecx return address, r11 flags.
; Saves:   nothing: it stays on the user's stack with the user's GS base, interrupts off. NMI and
;	machine check have stacks of their own and look for GS base themselves.
; Calls:   nothing.
; Clobbers: eax.
; Leaves by: 32-bit sysret, which takes 32 bits of address only, with eax = -ENOSYS.
align 16
syscall_entry_compat:
	mov	eax, -ERR_NOSYS
	o32 sysret
