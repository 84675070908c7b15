/*
 * uaccess.h - the only ways to follow a user pointer.
 *
 * All of them check that the range lies below TASK_SIZE, open SMAP's gate for exactly the access,
 * survive faults (exception table) and may sleep. Each call is one fallible act for fault
 * injection (FAIL_USER_COPY). With page faults disabled (pagefault_disable()) they do not sleep,
 * they fail.
 */
#pragma once

#include <arch/cpu.h>
#include <tine/compiler.h>

/* Return the number of bytes NOT copied: 0 is success. copy_from_user() zeroes what it missed. */
unsigned long __must_check copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __must_check copy_from_user(void *to, const void __user *from, unsigned long n);
/* The same, but what it missed stays as it was: for bytes that overwrite contents of a file. */
unsigned long __must_check copy_from_user_keep(void *to, const void __user *from, unsigned long n);
unsigned long __must_check clear_user(void __user *to, unsigned long n);
/* Length without the null copied to @to, which is terminated if it fits; @count if not; -EFAULT. */
long __must_check strncpy_from_user(char *to, const char __user *from, long count);
/* Length with the null; more than @count if it is longer; 0 on a fault. */
long __must_check strnlen_user(const char __user *s, long count);

/* One naturally aligned integer of 1, 2, 4 or 8 bytes: 0 or -EFAULT. @x is 0 after a fault. */
#define get_user(x, ptr) ({ \
	u64 _gu; \
	int _gerr = __get_user(&_gu, (ptr), sizeof(*(ptr))); \
	(x) = (typeof(*(ptr)))_gu; \
	_gerr; })
#define put_user(x, ptr) ({ \
	typeof(*(ptr)) _pu = (x); \
	__put_user((u64)_pu, (ptr), sizeof(*(ptr))); })

int __must_check __get_user_1(u64 *value, const void __user *ptr);
int __must_check __get_user_2(u64 *value, const void __user *ptr);
int __must_check __get_user_4(u64 *value, const void __user *ptr);
int __must_check __get_user_8(u64 *value, const void __user *ptr);
int __must_check __put_user_1(u64 value, void __user *ptr);
int __must_check __put_user_2(u64 value, void __user *ptr);
int __must_check __put_user_4(u64 value, void __user *ptr);
int __must_check __put_user_8(u64 value, void __user *ptr);
int __user_size_is_not_1_2_4_8(void);	/* defined nowhere: the linker names the mistake */

static force_inline int __must_check __get_user(u64 *value, const void __user *ptr, size_t size)
{
	switch (size) {
	case 1:
		return __get_user_1(value, ptr);
	case 2:
		return __get_user_2(value, ptr);
	case 4:
		return __get_user_4(value, ptr);
	case 8:
		return __get_user_8(value, ptr);
	default:
		return __user_size_is_not_1_2_4_8();
	}
}

static force_inline int __must_check __put_user(u64 value, void __user *ptr, size_t size)
{
	switch (size) {
	case 1:
		return __put_user_1(value, ptr);
	case 2:
		return __put_user_2(value, ptr);
	case 4:
		return __put_user_4(value, ptr);
	case 8:
		return __put_user_8(value, ptr);
	default:
		return __user_size_is_not_1_2_4_8();
	}
}

/*
 * A structure that grows from version to version, of @usize bytes in the program and @ksize here: what a shorter
 * one does not say is zero; what a longer one says beyond must be (-E2BIG). 0 or -EFAULT.
 */
int __must_check copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize);

bool access_ok(const void __user *ptr, unsigned long size);

/* Compare and exchange a user word (futex). 0 with *@old set, or -EFAULT. */
int __must_check user_cmpxchg32(u32 __user *ptr, u32 *old, u32 new);

/* Between these two, a fault on user memory is not served but ends the copy. They nest. */
void pagefault_disable(void);
void pagefault_enable(void);

/*
 * SMAP's gate, for arch code whose accesses have entries in the exception table. Every entry into
 * the kernel closes it and every return opens it again, so sleeping in between is harmless.
 */
static force_inline void user_access_begin(void)
{
	if (cpu_has(X86_FEATURE_SMAP))
		__asm__ volatile("stac" ::: "memory");
}

static force_inline void user_access_end(void)
{
	if (cpu_has(X86_FEATURE_SMAP))
		__asm__ volatile("clac" ::: "memory");
}
