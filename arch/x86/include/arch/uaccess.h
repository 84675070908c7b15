/*
 * uaccess.h - the only ways to follow a user pointer.
 *
 * All of them check that the range lies below TASK_SIZE, open SMAP's gate for exactly the access,
 * survive faults (exception table) and may sleep. Each call is one fallible act for fault
 * injection (FAIL_USER_COPY). With page faults disabled (pagefault_disable()) they do not sleep,
 * they fail.
 */
#pragma once

#include <tine/compiler.h>

/* Return the number of bytes NOT copied: 0 is success. copy_from_user() zeroes what it missed. */
unsigned long __must_check copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __must_check copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long __must_check clear_user(void __user *to, unsigned long n);
/* Length without the null copied to @to, which is terminated if it fits; @count if not; -EFAULT. */
long __must_check strncpy_from_user(char *to, const char __user *from, long count);
/* Length with the null; more than @count if it is longer; 0 on a fault. */
long __must_check strnlen_user(const char __user *s, long count);

/* One naturally aligned integer of 1, 2, 4 or 8 bytes: 0 or -EFAULT. */
#define get_user(x, ptr) ({ \
	typeof(*(ptr)) _gu = 0; \
	int _gerr = copy_from_user(&_gu, ptr, sizeof(_gu)) ? -EFAULT : 0; \
	(x) = _gu; \
	_gerr; })
#define put_user(x, ptr) ({ \
	typeof(*(ptr)) _pu = (x); \
	copy_to_user(ptr, &_pu, sizeof(_pu)) ? -EFAULT : 0; })

bool access_ok(const void __user *ptr, unsigned long size);

/* Compare and exchange a user word (futex). 0 with *@old set, or -EFAULT. */
int __must_check user_cmpxchg32(u32 __user *ptr, u32 *old, u32 new);

void pagefault_disable(void);
void pagefault_enable(void);
