/*
 * elf_stack.c - what a program finds on its stack when it starts.
 *
 *   high   file name, environment and argument strings   (copied before, exec_args.c)
 *          "x86_64", 16 random bytes
 *          auxiliary vector: pairs of type and value, ended by AT_NULL
 *          envp[0] ... NULL
 *          argv[0] ... NULL
 *   sp ->  argc                                           (16-byte aligned)
 *
 * System V ABI, AMD64 supplement, "Initial Stack and Register State"; getauxval(3).
 */
#include <arch/cpu.h>
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/mm.h>
#include <tine/random.h>
#include <tine/sched.h>
#include <tine/string.h>

#include "elf_load.h"
#include "exec.h"

static const char platform[] = "x86_64";

struct auxv {
	unsigned long *at;		/* next pair, in mm->map->saved_auxv */
};

static void aux(struct auxv *v, unsigned long type, unsigned long value)
{
	*v->at++ = type;
	*v->at++ = value;
}

/* Returns the number of words, the final AT_NULL pair included. */
static unsigned int fill_auxv(struct linux_binprm *bprm, const struct elf_image *image, unsigned long phdr_addr,
			      unsigned long interp_base, unsigned long u_platform, unsigned long u_random)
{
	const struct cred *cred = current_cred();
	struct auxv v = { current->mm->map->saved_auxv };

	memset(current->mm->map->saved_auxv, 0, sizeof(current->mm->map->saved_auxv));
	aux(&v, AT_HWCAP, cpu_features[CPUID_1_EDX]);
	aux(&v, AT_PAGESZ, PAGE_SIZE);
	aux(&v, AT_CLKTCK, USER_HZ);
	aux(&v, AT_PHDR, phdr_addr);
	aux(&v, AT_PHENT, sizeof(Elf64_Phdr));
	aux(&v, AT_PHNUM, image->eh.e_phnum);
	aux(&v, AT_BASE, interp_base);
	aux(&v, AT_FLAGS, 0);
	aux(&v, AT_ENTRY, image->eh.e_entry + image->bias);
	aux(&v, AT_UID, cred->uid);
	aux(&v, AT_EUID, cred->euid);
	aux(&v, AT_GID, cred->gid);
	aux(&v, AT_EGID, cred->egid);
	aux(&v, AT_SECURE, bprm->secure);
	aux(&v, AT_RANDOM, u_random);
	aux(&v, AT_HWCAP2, 0);
	aux(&v, AT_EXECFN, bprm->exec);
	aux(&v, AT_PLATFORM, u_platform);
	aux(&v, AT_NULL, 0);
	return v.at - current->mm->map->saved_auxv;
}

/* Write @count pointers to strings that follow each other from @string on, and a NULL. */
static int put_pointers(unsigned long **sp, int count, unsigned long *string)
{
	while (count-- > 0) {
		long len = strnlen_user((const char __user *)*string, 32 * PAGE_SIZE);

		if (len <= 0 || put_user(*string, (*sp)++))
			return -EFAULT;
		*string += len;
	}
	return put_user(0UL, (*sp)++);
}

static int put_strings(unsigned long u_platform, unsigned long u_random)
{
	u8 random[16];

	get_random_bytes(random, sizeof(random));
	if (copy_to_user((void __user *)u_platform, platform, sizeof(platform)) ||
	    copy_to_user((void __user *)u_random, random, sizeof(random)))
		return -EFAULT;
	return 0;
}

long create_elf_tables(struct linux_binprm *bprm, const struct elf_image *image, unsigned long phdr_addr,
		       unsigned long interp_base)
{
	unsigned long u_platform = bprm->p - sizeof(platform);
	unsigned long u_random = ALIGN_DOWN(u_platform - 16, 16);
	unsigned int words = fill_auxv(bprm, image, phdr_addr, interp_base, u_platform, u_random);
	struct mm_struct *mm = current->mm;
	unsigned long *sp = (unsigned long *)u_random;
	unsigned long string = bprm->p, start;

	sp -= words + bprm->argc + 1 + bprm->envc + 1 + 1;
	sp = (unsigned long *)ALIGN_DOWN((unsigned long)sp, 16);
	start = (unsigned long)sp;
	if (put_strings(u_platform, u_random) || put_user((unsigned long)bprm->argc, sp++))
		return -EFAULT;
	mm->map->arg_start = string;
	if (put_pointers(&sp, bprm->argc, &string))
		return -EFAULT;
	mm->map->arg_end = mm->map->env_start = string;
	if (put_pointers(&sp, bprm->envc, &string))
		return -EFAULT;
	mm->map->env_end = string;
	if (copy_to_user(sp, mm->map->saved_auxv, words * sizeof(long)))
		return -EFAULT;
	mm->map->start_stack = start;
	return start;
}
