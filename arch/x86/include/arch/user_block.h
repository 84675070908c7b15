/*
 * user_block.h - many words of one block of user memory, for the frames of signals.
 *
 * user_block_begin() checks the range, is the fallible act for fault injection, and opens SMAP's gate if
 * it returns true; user_access_end() closes it. In between a fault sets @err to -EFAULT; what was to be
 * read is then 0.
 */
#pragma once

#include <arch/extable.h>
#include <arch/uaccess.h>
#include <tine/fault_inject.h>
#include <tine/mm.h>

static force_inline bool __must_check user_block_begin(const void __user *ptr, unsigned long size)
{
	if (should_fail(FAIL_USER_COPY) || unlikely((unsigned long)ptr > TASK_SIZE - size))
		return false;
	user_access_begin();
	return true;
}

#define unsafe_put_user(x, ptr, err) \
	__asm__ volatile("1: mov %2, %1\n" \
			 "2:\n" \
			 ".pushsection .text.fixup, \"ax\"\n" \
			 "3: mov %3, %0; jmp 2b\n" \
			 ".popsection\n" \
			 EX_TABLE("1b", "3b") \
			 : "+r"(err), "=m"(*(ptr)) : "r"((typeof(*(ptr)))(x)), "i"(-EFAULT))

#define unsafe_get_user(x, ptr, err) \
	__asm__ volatile("1: mov %2, %1\n" \
			 "2:\n" \
			 ".pushsection .text.fixup, \"ax\"\n" \
			 "3: mov %3, %0; xor %1, %1; jmp 2b\n" \
			 ".popsection\n" \
			 EX_TABLE("1b", "3b") \
			 : "+r"(err), "=r"(x) : "m"(*(ptr)), "i"(-EFAULT))
