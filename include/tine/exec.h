/*
 * exec.h - replacing the program of a process. execve(2).
 *
 *   do_execve: open, prepare credentials, count and copy the strings into a new address space
 *     -> load_script (#!) starts over with the interpreter, or
 *     -> load_elf_binary: reads headers, begin_new_exec() (the point of no return: other threads
 *        gone, old memory gone), maps segments, lays out the stack, start_thread()
 * Before the point of no return every failure leaves the caller as it was; after it the process
 * can only be killed.
 */
#pragma once

#include <tine/types.h>

struct cred;
struct file;
struct mm_struct;

#define BINPRM_HEAD	256	/* bytes of the file that decide its format */
#define MAX_SCRIPT_DEPTH 5

/* A program on its way in. */
struct linux_binprm {
	char buf[BINPRM_HEAD];		/* the beginning of the file, zero-filled */
	struct mm_struct *mm;		/* the new address space; NULL once it is ours */
	unsigned long p;		/* lowest byte of the strings copied so far, in the new stack */
	unsigned long p_min;		/* they must not grow below this */
	int argc, envc;
	struct file *file;		/* with a reference */
	struct cred *cred;		/* of the new program; NULL once it is ours */
	bool secure;			/* AT_SECURE: it gains privileges */
	bool point_of_no_return;
	unsigned long exec;		/* address of the file name on the stack, for AT_EXECFN */
	unsigned int depth;		/* of scripts that name scripts */
	const char *interp;		/* the file run: the name given, or what #! names */
	char interp_buf[BINPRM_HEAD];
	char comm[16];
	/* strings are gathered in a page of our own, which is written out when it is left */
	char *page;			/* PAGE_SIZE bytes */
	unsigned long page_at;		/* the address in the new stack that page[0] stands for; 0: none */
};

/* Run @filename (kernel memory) in place of the running program; 0 or -errno. */
int kernel_execve(const char *filename, const char *const *argv, const char *const *envp);
