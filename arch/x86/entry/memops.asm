; memops.asm - whole pages. `rep stosq` and `rep movsq` cost 512 counted instructions a page under
; the emulator's icount, the byte forms 4096.

default rel
%include "offsets.inc"

global clear_page, copy_page

section .text

; clear_page(page) - prototype in tine/string.h.
; Arrives with: rdi page, aligned.
; Saves, calls: nothing.
; Clobbers: rax, rcx, rdi.
; Leaves by: ret.
align 16
clear_page:
	xor	eax, eax
	mov	ecx, PAGE_QWORDS
	rep stosq
	ret

; copy_page(to, from) - prototype in tine/string.h.
; Arrives with: rdi to, rsi from, both aligned, not the same page.
; Saves, calls: nothing.
; Clobbers: rcx, rsi, rdi.
; Leaves by: ret.
align 16
copy_page:
	mov	ecx, PAGE_QWORDS
	rep movsq
	ret
