/*
 * tls.c - segment descriptors that a task may set for itself: set_thread_area(2).
 *
 * Three entries of the GDT are the running task's own. 32-bit code finds its thread's data through
 * one of them; 64-bit programs have bases instead (arch_prctl(2)) and get here only through int 0x80,
 * by set_thread_area or by clone with CLONE_SETTLS. What a descriptor may be is what Linux 6.1
 * allows: a present 32-bit data segment of ring 3, or an empty one.
 *
 * Intel SDM, "Segment Descriptors".
 */
#include <arch/desc.h>
#include <arch/process.h>
#include <arch/uaccess.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/uapi.h>

#define DESC_ACCESSED	BIT(40)
#define DESC_WRITABLE	BIT(41)
#define DESC_CONTENTS_SHIFT 42		/* user_desc.contents: expand-down and code are its two bits */
#define DESC_RING3	(BIT(44) | BIT(45) | BIT(46))	/* a segment of code or data; DPL 3 */
#define DESC_PRESENT	BIT(47)
#define DESC_AVL	BIT(52)
#define DESC_32BIT	BIT(54)
#define DESC_PAGES	BIT(55)		/* the limit counts pages */

/* Two ways to say "no descriptor": all zero, or all zero but "read only" and "not present". */
static bool is_empty(const struct user_desc *info)
{
	return !info->base_addr && !info->limit && !info->contents && !info->seg_32bit &&
	       !info->limit_in_pages && !info->useable && !info->lm &&
	       info->read_exec_only == info->seg_not_present;
}

static bool is_allowed(const struct user_desc *info)
{
	return is_empty(info) || (info->seg_32bit && info->contents <= 1 && !info->seg_not_present);
}

static u64 encode(const struct user_desc *info)
{
	u64 base = info->base_addr, limit = info->limit;

	if (is_empty(info))
		return 0;
	return (limit & 0xffff) | (limit >> 16 & 0xf) << 48 | (base & 0xffffff) << 16 | (base >> 24) << 56 |
	       DESC_RING3 | DESC_PRESENT | DESC_ACCESSED | (u64)info->contents << DESC_CONTENTS_SHIFT |
	       (info->read_exec_only ? 0 : DESC_WRITABLE) | (info->seg_32bit ? DESC_32BIT : 0) |
	       (info->limit_in_pages ? DESC_PAGES : 0) | (info->useable ? DESC_AVL : 0);
}

static void decode(struct user_desc *info, u64 desc)
{
	info->base_addr = (desc >> 16 & 0xffffff) | (u32)(desc >> 56) << 24;
	info->limit = (desc & 0xffff) | (desc >> 32 & 0xf0000);
	info->seg_32bit = !!(desc & DESC_32BIT);
	info->contents = desc >> DESC_CONTENTS_SHIFT & 3;
	info->read_exec_only = !(desc & DESC_WRITABLE);
	info->limit_in_pages = !!(desc & DESC_PAGES);
	info->seg_not_present = !(desc & DESC_PRESENT);
	info->useable = !!(desc & DESC_AVL);
}

static int free_entry(const struct thread_struct *t)
{
	for (int i = 0; i < GDT_TLS_ENTRIES; i++) {
		if (!t->tls_array[i])
			return GDT_TLS_MIN + i;
	}
	return -ESRCH;
}

static bool is_tls_entry(int entry)
{
	return entry >= GDT_TLS_MIN && entry < GDT_TLS_MIN + GDT_TLS_ENTRIES;
}

/* Preemption off in the running task: a switch between the two would see half of it. */
static void set_descriptor(struct thread_struct *t, int entry, u64 desc)
{
	u64 any = 0;

	preempt_disable();
	t->tls_array[entry - GDT_TLS_MIN] = desc;
	for (int i = 0; i < GDT_TLS_ENTRIES; i++)
		any |= t->tls_array[i];
	t->tls_used = any != 0;
	preempt_enable();
}

int do_set_thread_area(struct task_struct *p, struct user_desc __user *uinfo, bool allocate)
{
	struct user_desc info;
	int entry;

	if (copy_from_user(&info, uinfo, sizeof(info)))
		return -EFAULT;
	if (!is_allowed(&info))
		return -EINVAL;
	entry = (int)info.entry_number;
	if (entry == -1 && allocate) {
		entry = free_entry(&p->thread);
		if (entry < 0)
			return entry;
		if (put_user((unsigned int)entry, &uinfo->entry_number))
			return -EFAULT;
	}
	if (!is_tls_entry(entry))
		return -EINVAL;
	set_descriptor(&p->thread, entry, encode(&info));
	if (p == current)
		reload_segments();
	return 0;
}

long do_get_thread_area(struct user_desc __user *uinfo)
{
	struct user_desc info = { 0 };
	int entry;

	if (get_user(entry, (int __user *)&uinfo->entry_number))
		return -EFAULT;
	if (!is_tls_entry(entry))
		return -EINVAL;
	info.entry_number = (unsigned int)entry;
	decode(&info, current->thread.tls_array[entry - GDT_TLS_MIN]);
	return copy_to_user(uinfo, &info, sizeof(info)) ? -EFAULT : 0;
}
