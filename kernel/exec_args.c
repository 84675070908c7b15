/*
 * exec_args.c - argument and environment strings move from the old program to the new stack.
 *
 * They are copied from the top of the stack downward: file name, environment, arguments, each
 * list from its last string to its first, so that they end up in reading order. The new address
 * space is not loaded yet; bytes are gathered in one page of the kernel's and written through
 * access_mm() when the next page down begins.
 *
 * Limits: one string MAX_ARG_STRLEN (128 KiB); all together a quarter of RLIMIT_STACK, at least
 * 128 KiB and at most 6 MiB. execve(2), "Limits on size of arguments and environment".
 */
#include <arch/uaccess.h>
#include <tine/mm.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "exec.h"

#define MAX_ARG_LEN	(32 * PAGE_SIZE)	/* one string, with its null */
#define MAX_ARGS_TOTAL	(6UL << 20)
#define MIN_ARGS_TOTAL	(32 * PAGE_SIZE)
#define STACK_RESERVE	(32 * PAGE_SIZE)	/* below the strings: pointers, auxv, first frames */
#define MAX_ARG_COUNT	0x7ffffffe

static int get_string(const struct arg_list *list, int i, const char __user **s)
{
	if (list->kernel) {
		*s = (const char __user *)list->kernel[i];
		return 0;
	}
	if (list->user32) {
		u32 low;
		int err = get_user(low, list->user32 + i);

		*s = (const char __user *)(unsigned long)low;
		return err;
	}
	return get_user(*s, list->user + i);
}

int count_strings(const struct arg_list *list)
{
	const char __user *s;
	int n = 0;

	if (!list->user && !list->user32 && !list->kernel)	/* Linux takes NULL for an empty list */
		return 0;
	for (;;) {
		if (get_string(list, n, &s))
			return -EFAULT;
		if (!s)
			return n;
		if (n++ == MAX_ARG_COUNT)
			return -E2BIG;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

static unsigned long args_limit(void)
{
	unsigned long limit = current->signal->rlim[RLIMIT_STACK].rlim_cur / 4;

	return max(min(limit, MAX_ARGS_TOTAL), MIN_ARGS_TOTAL);
}

int bprm_mm_init(struct linux_binprm *bprm)
{
	struct vm_area_struct *vma;

	bprm->page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!bprm->page)
		return -ENOMEM;
	bprm->mm = mm_alloc();
	if (!bprm->mm)
		return -ENOMEM;
	vma = vma_alloc();
	if (!vma)
		return -ENOMEM;
	vma->vm_end = STACK_TOP;
	vma->vm_start = STACK_TOP - args_limit() - STACK_RESERVE;
	vma->vm_flags = VM_STACK_FLAGS;
	mutex_lock(&bprm->mm->mmap_lock);
	vma_link(bprm->mm->map, vma);
	mutex_unlock(&bprm->mm->mmap_lock);
	bprm->p = STACK_TOP - sizeof(void *);	/* the topmost word stays zero */
	bprm->p_min = STACK_TOP - args_limit();
	return 0;
}

int flush_arg_page(struct linux_binprm *bprm)
{
	unsigned long from = max(bprm->page_at, bprm->p);
	unsigned long len = bprm->page_at + PAGE_SIZE - from;

	if (!bprm->page_at)
		return 0;
	if (access_mm(bprm->mm, from, bprm->page + (from - bprm->page_at), len, true) != len)
		return -ENOMEM;
	bprm->page_at = 0;
	return 0;
}

/* Make page[] stand for the page that holds the byte below @end. */
static int turn_to_page(struct linux_binprm *bprm, unsigned long end)
{
	unsigned long at = ALIGN_DOWN(end - 1, PAGE_SIZE);
	unsigned long used = at + PAGE_SIZE - end;
	int err;

	if (at == bprm->page_at)
		return 0;
	err = flush_arg_page(bprm);
	if (err)
		return err;
	bprm->page_at = at;
	/* above @end lies what is already written, or the zero word at the top */
	memset(bprm->page + PAGE_SIZE - used, 0, used);
	if (used && end < STACK_TOP - sizeof(void *) &&
	    access_mm(bprm->mm, end, bprm->page + PAGE_SIZE - used, used, false) != used)
		return -ENOMEM;
	return 0;
}

/* Put @len bytes just below bprm->p. */
static int push_bytes(struct linux_binprm *bprm, const char __user *src, unsigned long len, bool kernel)
{
	if (len > bprm->p - bprm->p_min)
		return -E2BIG;
	while (len) {
		unsigned long n = min(len, ((bprm->p - 1) & ~PAGE_MASK) + 1);
		int err = turn_to_page(bprm, bprm->p);
		char *dst;

		if (err)
			return err;
		dst = bprm->page + (bprm->p - n - bprm->page_at);
		if (kernel)
			memcpy(dst, (const char *)src + len - n, n);
		else if (copy_from_user(dst, src + len - n, n))
			return -EFAULT;
		bprm->p -= n;
		len -= n;
	}
	return 0;
}

int copy_string_kernel(struct linux_binprm *bprm, const char *s)
{
	return push_bytes(bprm, (const char __user *)s, strlen(s) + 1, true);
}

static int copy_string_user(struct linux_binprm *bprm, const char __user *s)
{
	long len = strnlen_user(s, MAX_ARG_LEN);
	int err;

	if (len <= 0)
		return -EFAULT;
	if (len > (long)MAX_ARG_LEN)
		return -E2BIG;
	err = push_bytes(bprm, s, len, false);
	/* another thread may have overwritten the end meanwhile: it must stay one string */
	if (!err && ALIGN_DOWN(bprm->p + len - 1, PAGE_SIZE) == bprm->page_at)
		bprm->page[bprm->p + len - 1 - bprm->page_at] = '\0';
	return err;
}

int copy_strings(struct linux_binprm *bprm, const struct arg_list *list, int count)
{
	while (count-- > 0) {
		const char __user *s;
		int err = get_string(list, count, &s);

		if (!err && list->kernel)
			err = copy_string_kernel(bprm, (const char *)s);
		else if (!err)
			err = s ? copy_string_user(bprm, s) : -EFAULT;
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
	}
	return 0;
}

int remove_arg_zero(struct linux_binprm *bprm)
{
	int err = flush_arg_page(bprm);
	char c;

	if (err || !bprm->argc)
		return err;
	do {
		if (access_mm(bprm->mm, bprm->p, &c, 1, false) != 1)
			return -EFAULT;
		bprm->p++;
	} while (c);
	bprm->argc--;
	return 0;
}
