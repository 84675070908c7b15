/*
 * exec.h - replacing the program of a process. execve(2).
 */
#pragma once

#include <tine/types.h>

struct file;
struct mm_struct;

#define BINPRM_BUF_SIZE_LOCAL 256	/* bytes of the file that decide its format */

/* A program on its way in. */
struct linux_binprm {
	char buf[BINPRM_BUF_SIZE_LOCAL];
	struct mm_struct *mm;		/* the new address space; becomes current->mm at the point of no return */
	unsigned long p;		/* top of the argument area being built, in the new stack */
	unsigned long vma_top;		/* first byte above the stack */
	int argc, envc;
	const char *filename;		/* as given: AT_EXECFN */
	const char *interp;		/* the file really run: after #! */
	struct file *file;
	struct cred *cred;		/* of the new program */
	bool secure;			/* AT_SECURE */
	bool point_of_no_return;
	unsigned long exec;		/* start of argument strings, for AT_EXECFN */
};

/* Run @filename (kernel memory) in place of the running program; 0 or -errno. */
int kernel_execve(const char *filename, const char *const *argv, const char *const *envp);
/* Load the image; -ENOEXEC if it is not of this format. binfmt_elf.c, binfmt_script.c */
int load_elf_binary(struct linux_binprm *bprm);
int load_script(struct linux_binprm *bprm);
/* The point of no return: other threads gone, old memory gone. Errors before, SIGKILL after. */
int begin_new_exec(struct linux_binprm *bprm);
int setup_arg_pages(struct linux_binprm *bprm, unsigned long stack_top);
