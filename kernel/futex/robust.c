/*
 * robust.c - robust futexes: locks whose owner dies. get_robust_list(2), set_robust_list(2).
 *
 * A thread keeps a list, in its own memory, of the locks that it holds, and the one that it is about to
 * take or release (list_op_pending). When it leaves its memory, the kernel walks the list, marks every
 * lock that is still the thread's with FUTEX_OWNER_DIED and wakes one waiter of it.
 *
 * The list is the program's to build, so nothing in it is believed: every pointer goes through uaccess, the
 * walk ends after ROBUST_LIST_LIMIT entries (it may be a circle) and at the first thing that cannot be read.
 */
#include "futex.h"

#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/sched.h>
#include <tine/syscalls.h>

/* A pointer in the list: bit 0 marks a lock with priority inheritance. */
struct robust_entry {
	struct robust_list __user *at;
	bool pi;
};

static int fetch_entry(struct robust_entry *entry, struct robust_list __user *__user *from)
{
	unsigned long value;

	if (get_user(value, (unsigned long __user *)from))
		return -EFAULT;
	entry->at = (struct robust_list __user *)(value & ~1UL);
	entry->pi = value & 1;
	return 0;
}

/* Replace the word if it is still @old: 0 with @old as it was found, or -errno. Breaks copy on write. */
static int replace_word(u32 __user *uaddr, u32 *old, u32 new)
{
	while (user_cmpxchg32(uaddr, old, new)) {
		int err = futex_fault_in(uaddr, true);

		if (err)
			return err;
	}
	return 0;
}

/*
 * One lock at @uaddr of which the running task may be the owner. @pending: the thread died between taking
 * or releasing it and saying so in the list; a word without an owner then means that the release was done
 * and the wake-up perhaps not. 0, or -1 if the word cannot be had.
 */
static int handle_death(u32 __user *uaddr, bool pi, bool pending)
{
	u32 word, seen;

	if ((unsigned long)uaddr % sizeof(u32))
		return -1;
	if (get_user(word, uaddr))
		return -1;
	for (;;) {
		u32 owner = word & FUTEX_TID_MASK;

		if (pending && !pi && !owner) {
			futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
			return 0;
		}
		if (owner != (u32)current->pid)
			return 0;
		seen = word;
		if (replace_word(uaddr, &seen, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return -1;
		if (seen == word)
			break;
		word = seen;
	}
	if (!pi && (word & FUTEX_WAITERS))
		futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
	return 0;
}

static void walk_robust_list(struct robust_list_head __user *head)
{
	struct robust_entry entry, next, pending;
	unsigned int limit = ROBUST_LIST_LIMIT;
	long offset;

	if (fetch_entry(&entry, &head->list.next) || get_user(offset, &head->futex_offset) ||
	    fetch_entry(&pending, &head->list_op_pending))
		return;
	while (entry.at != &head->list && limit--) {
		/* the lock's memory may be given away as soon as it is released: read on first */
		int err = fetch_entry(&next, &entry.at->next);

		if (entry.at != pending.at &&
		    handle_death((u32 __user *)((unsigned long)entry.at + offset), entry.pi, false))
			return;
		if (err)
			return;
		entry = next;
	}
	if (pending.at)
		handle_death((u32 __user *)((unsigned long)pending.at + offset), pending.pi, true);
}

void futex_exit_release(struct task_struct *p)
{
	struct robust_list_head __user *head = p->robust_list;

	if (likely(!head))
		return;
	p->robust_list = NULL;
	walk_robust_list(head);
}

long sys_set_robust_list(void __user *head, size_t len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, void __user *__user *head, size_t __user *len)
{
	void __user *list;
	struct task_struct *p;
	bool allowed;

	p = find_get_task_by_vpid(pid ? pid : current->pid);
	if (!p)
		return -ESRCH;
	allowed = p->signal == current->signal || kill_ok_by_cred(p);
	list = p->robust_list;
	put_task_struct(p);
	if (!allowed)
		return -EPERM;
	return put_user(sizeof(struct robust_list_head), len) || put_user(list, head) ? -EFAULT : 0;
}
