/*
 * exec.h - what the files of exec share. See <tine/exec.h>.
 */
#pragma once

#include <tine/exec.h>

/* ---- exec.c ---- */
/* The point of no return. -errno (an honest failure) until it is reached, 0 after. */
int begin_new_exec(struct linux_binprm *bprm);
/* Open an executable regular file by a name in kernel memory: -EACCES and what path lookup gives. */
struct file *open_exec_kernel(const char *name);
/*
 * execveat(2) with lists of any kind: run the file that @dfd, @name and @flags (AT_EMPTY_PATH,
 * AT_SYMLINK_NOFOLLOW) say in place of the running program. 0 or -errno.
 */
struct arg_list;
long do_execveat(int dfd, const char __user *name, const struct arg_list *argv, const struct arg_list *envp,
		 int flags);
/* Read its first bytes and decide what setuid and setgid bits do. */
int prepare_binprm(struct linux_binprm *bprm);

/* ---- exec_creds.c ---- */
/* Who bprm->cred is when bprm->file runs, and whether that is a gain (bprm->secure). */
void bprm_creds_from_file(struct linux_binprm *bprm);

/* ---- exec_args.c: the strings on the new stack ---- */
/* A list of strings in user memory, its pointers of 64 or of 32 bits; or, for PID 1, in the kernel's. */
struct arg_list {
	const char __user *const __user *user;
	const u32 __user *user32;
	const char *const *kernel;
};
/* Number of strings before the NULL: -E2BIG, -EFAULT. */
int count_strings(const struct arg_list *list);
/* The new stack with room for all strings: -ENOMEM, -E2BIG. */
int bprm_mm_init(struct linux_binprm *bprm);
/* Copy strings below bprm->p, the last one first. */
int copy_strings(struct linux_binprm *bprm, const struct arg_list *list, int count);
int copy_string_kernel(struct linux_binprm *bprm, const char *s);
/* Forget the string copied last: argv[0] of a script. */
int remove_arg_zero(struct linux_binprm *bprm);
/* Write out what was gathered. */
int flush_arg_page(struct linux_binprm *bprm);

/* ---- formats: 0, or -ENOEXEC if the file is of another ---- */
int load_elf_binary(struct linux_binprm *bprm);
int load_script(struct linux_binprm *bprm);	/* 1: bprm->file is the interpreter now, look again */
