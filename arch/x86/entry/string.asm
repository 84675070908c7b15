; string.asm - moving and filling memory in bulk: memcpy, memmove, memset (tine/string.h).
;
; Up to 32 bytes go through registers: all loads before the first store, so overlap does not matter.
; More goes by `rep movsq` or `rep stosq`, which under the emulator's icount cost one counted instruction
; for 8 bytes; the byte forms cost eight times that. What is left of a multiple of 8 is one more,
; overlapping word at the far end, loaded before anything is stored.
;
; Every label here arrives with the System V arguments and DF clear, calls nothing, needs no stack,
; and leaves by ret with DF clear.

default rel

global memcpy, memmove, memset

section .text

; memcpy(to, from, n): also right for overlap if `to` is below `from`.
; Clobbers: rcx, rsi, rdi, r8-r11. Returns `to` in rax.
align 16
memcpy:
	mov	rax, rdi
	cmp	rdx, 32
	ja	.bulk
	cmp	rdx, 16
	jae	.upto32
	cmp	edx, 8
	jae	.upto15
	cmp	edx, 4
	jae	.upto7
	test	edx, edx
	jz	.done
	; 1 to 3: first, middle, last byte
	movzx	ecx, byte [rsi]
	movzx	r8d, byte [rsi + rdx - 1]
	mov	r9, rdx
	shr	r9, 1
	movzx	r10d, byte [rsi + r9]
	mov	[rdi], cl
	mov	[rdi + r9], r10b
	mov	[rdi + rdx - 1], r8b
.done:
	ret
.upto7:
	mov	ecx, [rsi]
	mov	r8d, [rsi + rdx - 4]
	mov	[rdi], ecx
	mov	[rdi + rdx - 4], r8d
	ret
.upto15:
	mov	rcx, [rsi]
	mov	r8, [rsi + rdx - 8]
	mov	[rdi], rcx
	mov	[rdi + rdx - 8], r8
	ret
.upto32:
	mov	rcx, [rsi]
	mov	r8, [rsi + 8]
	mov	r9, [rsi + rdx - 16]
	mov	r10, [rsi + rdx - 8]
	mov	[rdi], rcx
	mov	[rdi + 8], r8
	mov	[rdi + rdx - 16], r9
	mov	[rdi + rdx - 8], r10
	ret
.bulk:
	mov	r8, [rsi + rdx - 8]
	lea	r9, [rdi + rdx - 8]
	mov	rcx, rdx
	shr	rcx, 3
	rep movsq
	mov	[r9], r8
	ret

; memmove(to, from, n): for any overlap.
; Clobbers: rcx, rsi, rdi, r8-r11. Returns `to` in rax.
align 16
memmove:
	mov	rax, rdi
	sub	rax, rsi
	cmp	rax, rdx		; unsigned: `to` below `from`, or beyond its end
	jae	memcpy
	cmp	rdx, 32
	jbe	memcpy
	; from the far end down, then the first word
	mov	rax, rdi
	mov	r8, [rsi]
	lea	rsi, [rsi + rdx - 8]
	lea	rdi, [rdi + rdx - 8]
	mov	rcx, rdx
	shr	rcx, 3
	std
	rep movsq
	cld
	mov	[rax], r8
	ret

; memset(to, byte, n)
; Clobbers: rcx, rsi, rdi, r8, r9. Returns `to` in rax.
align 16
memset:
	mov	r8, rdi
	movzx	eax, sil
	mov	rcx, 0x0101010101010101
	imul	rax, rcx
	cmp	rdx, 8
	jb	.small
	lea	r9, [rdi + rdx - 8]
	mov	rcx, rdx
	shr	rcx, 3
	rep stosq
	mov	[r9], rax
	mov	rax, r8
	ret
.small:
	cmp	edx, 4
	jb	.upto3
	mov	[rdi], eax
	mov	[rdi + rdx - 4], eax
	mov	rax, r8
	ret
.upto3:
	test	edx, edx
	jz	.done
	mov	[rdi], al
	mov	[rdi + rdx - 1], al
	shr	edx, 1
	mov	[rdi + rdx], al
.done:
	mov	rax, r8
	ret
