; boot.asm - from the boot loader's 32-bit protected mode to the first C function.
;
; GRUB loads the image at 2 MiB as the ELF program headers say and enters _start by the rules of
; the Multiboot2 Specification, "Boot information": paging off, interrupts off, eax = magic,
; ebx = address of the boot information. This file checks that the CPU is a 64-bit one, builds the
; boot page tables, switches to long mode, and calls x86_start(magic, info) in the upper half.
;
; The boot page tables, which stay for the start of other CPUs (their trampoline goes to 0x8000,
; below the memory that is handed out), map with 2 MiB pages:
;
;	0 .. 4 GiB		-> physical 0	until paging_init()
;	PAGE_OFFSET .. + 4 GiB	-> physical 0	the first part of the direct map
;	KERNEL_BASE .. + 1 GiB	-> physical 0	the kernel image
;
; Everything is writable and executable in them: paging_init() ends that.

%include "offsets.inc"

%define PHYS(symbol)	((symbol) - KERNEL_BASE)

MB2_HEADER_MAGIC	equ 0xe85250d6
MB2_ARCH_I386		equ 0
MB2_TAG_END		equ 0
MB2_TAG_REQUEST		equ 1
MB2_TAG_ENTRY		equ 3
MB2_TAG_MODULE_ALIGN	equ 6
MB2_OPTIONAL		equ 1
MB2_INFO_CMDLINE	equ 1
MB2_INFO_MODULE		equ 3
MB2_INFO_MEMORY_MAP	equ 6
MB2_INFO_ACPI_OLD	equ 14
MB2_INFO_ACPI_NEW	equ 15

PTE_TABLE	equ 0x03		; present, writable
PTE_2MIB	equ 0x83		; and a large page
TABLE_SIZE	equ 4096
PDE_SIZE	equ 0x200000
NR_BOOT_PD	equ 4			; 1 GiB each

CR0_PE		equ 0x00000001
CR0_MP		equ 0x00000002
CR0_NE		equ 0x00000020
CR0_WP		equ 0x00010000
CR0_PG		equ 0x80000000
CR4_PAE		equ 0x20
EFLAGS_ID	equ 0x00200000
MSR_EFER	equ 0xc0000080
MSR_FS_BASE	equ 0xc0000100
MSR_GS_BASE	equ 0xc0000101
MSR_KERNEL_GS	equ 0xc0000102
EFER_LME_BIT	equ 8
EFER_NXE_BIT	equ 11
CPUID_PAE_BIT	equ 6
CPUID_NX_BIT	equ 20
CPUID_LM_BIT	equ 29

COM1		equ 0x3f8
DEBUG_EXIT	equ 0xf4
VGA_TEXT	equ 0xb8000

; ---- the header that GRUB looks for in the first 32 KiB -----------------------------------------

section .head progbits alloc noexec nowrite align=8
mb2_header:
	dd MB2_HEADER_MAGIC
	dd MB2_ARCH_I386
	dd mb2_header_end - mb2_header
	dd 0x100000000 - (MB2_HEADER_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))

	align 8
.request:
	dw MB2_TAG_REQUEST, 0
	dd .request_end - .request
	dd MB2_INFO_CMDLINE, MB2_INFO_MODULE, MB2_INFO_MEMORY_MAP
.request_end:
	align 8
.request_acpi:
	dw MB2_TAG_REQUEST, MB2_OPTIONAL
	dd .request_acpi_end - .request_acpi
	dd MB2_INFO_ACPI_OLD, MB2_INFO_ACPI_NEW
.request_acpi_end:
	align 8
	dw MB2_TAG_ENTRY, 0
	dd 12
	dd PHYS(_start)
	align 8
	dw MB2_TAG_MODULE_ALIGN, 0
	dd 8
	align 8
	dw MB2_TAG_END, 0
	dd 8
mb2_header_end:

; ---- 32 bits, physical addresses ----------------------------------------------------------------

section .head.text progbits alloc exec nowrite align=16
bits 32

extern x86_start

; Arrives with: as the specification says (above); no stack.
; Leaves by: start64, or by refuse with a reason.
global _start
_start:
	cli
	cld
	mov esp, PHYS(boot_stack) + THREAD_SIZE
	mov ebp, eax			; magic: kept in ebp, the information's address in ebx's place
	mov edi, ebx
	call check_cpu
	call build_tables
	call enter_long_mode
	lgdt [PHYS(boot_gdt_pointer32)]
	jmp KERNEL_CS:PHYS(start64_low)

; Saves nothing of eax, ebx, ecx, edx, esi. Does not return if the CPU cannot run the kernel.
check_cpu:
	pushfd				; a CPU without CPUID cannot change this flag
	pop eax
	mov ecx, eax
	xor eax, EFLAGS_ID
	push eax
	popfd
	pushfd
	pop eax
	push ecx
	popfd
	mov esi, PHYS(no_cpuid_text)
	cmp eax, ecx
	je refuse
	mov esi, PHYS(no_long_mode_text)
	mov eax, 0x80000000
	cpuid
	cmp eax, 0x80000001
	jb refuse
	mov eax, 0x80000001
	cpuid
	bt edx, CPUID_LM_BIT
	jnc refuse
	mov esi, PHYS(no_pae_text)
	mov eax, 1
	cpuid
	bt edx, CPUID_PAE_BIT
	jnc refuse
	ret

; Clobbers eax, ecx, edx. The tables lie in .bss, which the boot loader has cleared.
build_tables:
	mov dword [PHYS(boot_pml4)], PHYS(boot_pdpt_low) + PTE_TABLE
	mov dword [PHYS(boot_pml4) + 8 * ((PAGE_OFFSET >> 39) & 511)], PHYS(boot_pdpt_low) + PTE_TABLE
	mov dword [PHYS(boot_pml4) + 8 * ((KERNEL_BASE >> 39) & 511)], PHYS(boot_pdpt_high) + PTE_TABLE
	mov dword [PHYS(boot_pdpt_high) + 8 * ((KERNEL_BASE >> 30) & 511)], PHYS(boot_pd) + PTE_TABLE
	mov eax, PHYS(boot_pd) + PTE_TABLE
	xor ecx, ecx
.pdpt:
	mov [PHYS(boot_pdpt_low) + ecx * 8], eax
	add eax, TABLE_SIZE
	inc ecx
	cmp ecx, NR_BOOT_PD
	jb .pdpt
	mov eax, PTE_2MIB
	xor ecx, ecx
.pd:
	mov [PHYS(boot_pd) + ecx * 8], eax
	add eax, PDE_SIZE
	inc ecx
	cmp ecx, NR_BOOT_PD * 512
	jb .pd
	ret

; Turns paging on; the CPU is then in 32-bit compatibility mode. Clobbers eax, ebx, ecx, edx.
enter_long_mode:
	mov eax, 0x80000001
	cpuid
	mov ebx, edx
	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, PHYS(boot_pml4)
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	bts eax, EFER_LME_BIT
	bt ebx, CPUID_NX_BIT
	jnc .no_nx
	bts eax, EFER_NXE_BIT
.no_nx:
	wrmsr
	mov eax, CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE
	mov cr0, eax
	ret

; Arrives with: esi = text that ends with a null. Never returns: shows the text on the serial line
; and on the screen and leaves QEMU with the panic status.
refuse:
	mov edi, VGA_TEXT
.next:
	lodsb
	test al, al
	jz .done
	mov ah, 0x4f			; white on red
	stosw
	mov bl, al
	mov ecx, 100000			; a port without a chip never becomes ready
	mov dx, COM1 + 5
.wait:
	in al, dx
	test al, 0x20
	loopz .wait
	mov al, bl
	mov dx, COM1
	out dx, al
	jmp .next
.done:
	mov al, EXIT_PANIC_STATUS
	out DEBUG_EXIT, al
.halt:
	hlt
	jmp .halt

; ---- 64 bits --------------------------------------------------------------------------------------

bits 64

; Arrives with: long mode, boot tables, ebp = magic, edi = address of the information.
; Leaves by: x86_start, with the boot stack, rbp = 0 (the end of every backtrace), GS base 0 (the
; per-CPU section itself is in use), IF = 0, DF = 0.
start64_low:
	mov rax, start64
	jmp rax
start64:
	mov esi, edi
	mov edi, ebp
	lgdt [boot_gdt_pointer64]
	mov eax, KERNEL_DS
	mov ss, eax
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	xor edx, edx			; null selectors do not clear the bases on every CPU
	mov ecx, MSR_FS_BASE
	wrmsr
	mov ecx, MSR_GS_BASE
	wrmsr
	mov ecx, MSR_KERNEL_GS
	wrmsr
	mov rsp, boot_stack + THREAD_SIZE
	mov eax, STACK_END_MAGIC
	mov [boot_stack], rax
	xor ebp, ebp
	call x86_start
	ud2

; ---- data -----------------------------------------------------------------------------------------

section .rodata
no_cpuid_text:		db "Tine cannot run here: the CPU has no CPUID instruction.", 13, 10, 0
no_long_mode_text:	db "Tine cannot run here: the CPU has no 64-bit mode.", 13, 10, 0
no_pae_text:		db "Tine cannot run here: the CPU has no physical address extension.", 13, 10, 0

; The segments in use until gdt_init(): the same selectors for the kernel's code and data.
align 8
boot_gdt:
	dq 0
	dq 0
	dq 0x00af9b000000ffff		; KERNEL_CS: 64-bit code, ring 0
	dq 0x00cf93000000ffff		; KERNEL_DS
boot_gdt_end:
boot_gdt_pointer32:
	dw boot_gdt_end - boot_gdt - 1
	dd PHYS(boot_gdt)
boot_gdt_pointer64:
	dw boot_gdt_end - boot_gdt - 1
	dq boot_gdt

section .bss.page_aligned nobits alloc noexec write align=4096
global boot_pml4, boot_stack, boot_stack_guard
boot_pml4:	resb TABLE_SIZE
boot_pdpt_low:	resb TABLE_SIZE
boot_pdpt_high:	resb TABLE_SIZE
boot_pd:	resb TABLE_SIZE * NR_BOOT_PD
boot_stack_guard: resb TABLE_SIZE	; unmapped by paging_init()
boot_stack:	resb THREAD_SIZE
