; uaccess.asm - blocks and strings between kernel and user memory.
;
; Called by arch/x86/kernel/uaccess.c only, which has checked the range and holds SMAP's gate open.
; Instructions that may fault have an entry in the exception table. `rep movsq` and `rep stosq`
; first, bytes for the rest: the emulator counts each iteration. All labels follow C's calling
; convention: arrive with the arguments in rdi, rsi, rdx, leave by ret with the result in rax.

default rel
%include "offsets.inc"
%include "extable.inc"

global raw_copy_user, raw_clear_user, raw_strncpy_user, raw_strnlen_user

QWORD_SHIFT	equ 3
QWORD_MASK	equ 7

section .text

; raw_copy_user(to, from, n) - one of the two is user memory.
; Arrives with: rdi to, rsi from, rdx bytes.
; Saves, calls: nothing.
; Clobbers: rcx, rdx, rsi, rdi.
; Leaves by: ret with the number of bytes not copied. A fault at a quadword tries its bytes, so
;	everything up to the first byte that cannot be accessed is copied.
align 16
raw_copy_user:
	mov	rcx, rdx
	and	edx, QWORD_MASK
	shr	rcx, QWORD_SHIFT
.quads:	rep movsq
	mov	ecx, edx
.bytes:	rep movsb
.done:	mov	rax, rcx
	ret
.fault:	lea	rcx, [rdx + rcx * 8]
	jmp	.bytes
EX_TABLE raw_copy_user.quads, raw_copy_user.fault
EX_TABLE raw_copy_user.bytes, raw_copy_user.done

; raw_clear_user(to, n) - fill user memory with zeros.
; Arrives with: rdi to, rsi bytes.
; Saves, calls: nothing.
; Clobbers: rcx, rsi, rdi.
; Leaves by: ret with the number of bytes not cleared.
align 16
raw_clear_user:
	xor	eax, eax
	mov	rcx, rsi
	and	esi, QWORD_MASK
	shr	rcx, QWORD_SHIFT
.quads:	rep stosq
	mov	ecx, esi
.bytes:	rep stosb
.done:	mov	rax, rcx
	ret
.fault:	lea	rcx, [rsi + rcx * 8]
	jmp	.bytes
EX_TABLE raw_clear_user.quads, raw_clear_user.fault
EX_TABLE raw_clear_user.bytes, raw_clear_user.done

; raw_strncpy_user(to, from, count) - copy a string from user memory, its null included.
; Arrives with: rdi to, rsi from, rdx count, at least 1.
; Saves, calls: nothing.
; Clobbers: rcx, rdx, rsi, rdi.
; Leaves by: ret with the length without the null; count if there was none; -EFAULT.
align 16
raw_strncpy_user:
	mov	rcx, rdx
.next:	lodsb
	stosb
	test	al, al
	jz	.end
	dec	rcx
	jnz	.next
.end:	mov	rax, rdx
	sub	rax, rcx
	ret
.fault:	mov	rax, -ERR_FAULT
	ret
EX_TABLE raw_strncpy_user.next, raw_strncpy_user.fault

; raw_strnlen_user(s, count) - length of a string in user memory, its null included.
; Arrives with: rdi s, rsi count, at least 1.
; Saves, calls: nothing.
; Clobbers: rcx.
; Leaves by: ret with the length; count + 1 if there is no null within count bytes; 0 on a fault.
align 16
raw_strnlen_user:
	xor	ecx, ecx
.next:	cmp	byte [rdi + rcx], 0
	lea	rcx, [rcx + 1]
	je	.end
	cmp	rcx, rsi
	jb	.next
	inc	rcx
.end:	mov	rax, rcx
	ret
.fault:	xor	eax, eax
	ret
EX_TABLE raw_strnlen_user.next, raw_strnlen_user.fault
