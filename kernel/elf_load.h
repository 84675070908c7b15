/*
 * elf_load.h - between binfmt_elf.c (which image goes where) and elf_stack.c (what it finds there).
 */
#pragma once

#include <tine/exec.h>
#include <tine/uapi.h>

/* One ELF file: the program, or its interpreter (the dynamic linker). */
struct elf_image {
	struct file *file;
	Elf64_Ehdr eh;
	Elf64_Phdr *ph;			/* eh.e_phnum of them, kmalloc'ed */
	unsigned long bias;		/* what was added to the addresses in the file */
};

/*
 * Lay out argc, pointers, auxiliary vector and their strings on the stack of the running (new)
 * program. @entry is where it starts, @interp_base where its interpreter lies (0: none). Returns
 * the stack pointer, or a negative errno. System V ABI, AMD64 supplement, "Process Initialization".
 */
long create_elf_tables(struct linux_binprm *bprm, const struct elf_image *image, unsigned long phdr_addr,
		       unsigned long interp_base);
