/*
 * uaccess.c - following user pointers.
 *
 * Each public function checks the range, asks for fault injection, opens SMAP's gate, and goes
 * through an access whose faults the exception table repairs: single integers here, blocks and
 * strings in entry/uaccess.asm.
 */
#include <arch/extable.h>
#include <arch/uaccess.h>
#include <tine/fault_inject.h>
#include <tine/mm.h>
#include <tine/sched.h>
#include <tine/string.h>

/* entry/uaccess.asm */
unsigned long raw_copy_user(void *to, const void *from, unsigned long n);
unsigned long raw_clear_user(void __user *to, unsigned long n);
long raw_strncpy_user(char *to, const char __user *from, unsigned long count);
long raw_strnlen_user(const char __user *s, unsigned long count);

static force_inline bool range_ok(const void __user *ptr, unsigned long size)
{
	return likely(size <= TASK_SIZE && (unsigned long)ptr <= TASK_SIZE - size);
}

bool access_ok(const void __user *ptr, unsigned long size)
{
	return range_ok(ptr, size);
}

/* May an access of @size bytes at @ptr go ahead? The one fallible act of each call. */
static force_inline bool may_access(const void __user *ptr, unsigned long size)
{
	return !should_fail(FAIL_USER_COPY) && range_ok(ptr, size);
}

/* ---- blocks and strings ---- */

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (unlikely(!may_access(to, n)))
		return n;
	user_access_begin();
	n = raw_copy_user(to, from, n);
	user_access_end();
	return n;
}

unsigned long copy_from_user_keep(void *to, const void __user *from, unsigned long n)
{
	if (unlikely(!may_access(from, n)))
		return n;
	user_access_begin();
	n = raw_copy_user(to, from, n);
	user_access_end();
	return n;
}

unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long left = copy_from_user_keep(to, from, n);

	if (unlikely(left))
		memset((char *)to + n - left, 0, left);
	return left;
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	if (unlikely(!may_access(to, n)))
		return n;
	user_access_begin();
	n = raw_clear_user(to, n);
	user_access_end();
	return n;
}

/* Bytes from @s to the end of user space, at most @count: how far a string may be looked at. */
static unsigned long string_room(const char __user *s, unsigned long count)
{
	if ((unsigned long)s >= TASK_SIZE)
		return 0;
	return min(count, TASK_SIZE - (unsigned long)s);
}

long strncpy_from_user(char *to, const char __user *from, long count)
{
	unsigned long room;
	long len;

	if (count <= 0)
		return 0;
	room = string_room(from, (unsigned long)count);
	if (should_fail(FAIL_USER_COPY) || !room)
		return -EFAULT;
	user_access_begin();
	len = raw_strncpy_user(to, from, room);
	user_access_end();
	if (len == (long)room && room < (unsigned long)count)
		return -EFAULT;
	return len;
}

long strnlen_user(const char __user *s, long count)
{
	unsigned long room;
	long len;

	if (count <= 0)
		return 0;
	room = string_room(s, (unsigned long)count);
	if (should_fail(FAIL_USER_COPY) || !room)
		return 0;
	user_access_begin();
	len = raw_strnlen_user(s, room);
	user_access_end();
	if (len > (long)room && room < (unsigned long)count)
		return 0;
	return len;
}

/* ---- single integers ---- */

/* @load: a move from %2 that widens to 64 bits; no fixup code: err says -EFAULT until it is done. */
#define DEFINE_GET_USER(size, load) \
int __get_user_##size(u64 *value, const void __user *ptr) \
{ \
	u64 v = 0; \
	int err = -EFAULT; \
 \
	if (likely(may_access(ptr, size))) { \
		user_access_begin(); \
		__asm__ volatile("1: " load "\n" \
				 "xorl %0, %0\n" \
				 "2:\n" \
				 EX_TABLE("1b", "2b") \
				 : "+r"(err), "+r"(v) : "m"(*(const u8 (*)[size])ptr)); \
		user_access_end(); \
	} \
	*value = v; \
	return err; \
}
DEFINE_GET_USER(1, "movzbl %2, %k1")
DEFINE_GET_USER(2, "movzwl %2, %k1")
DEFINE_GET_USER(4, "movl %2, %k1")
DEFINE_GET_USER(8, "movq %2, %1")

#define DEFINE_PUT_USER(size, store) \
int __put_user_##size(u64 value, void __user *ptr) \
{ \
	int err = -EFAULT; \
 \
	if (likely(may_access(ptr, size))) { \
		user_access_begin(); \
		__asm__ volatile("1: " store "\n" \
				 "xorl %0, %0\n" \
				 "2:\n" \
				 EX_TABLE("1b", "2b") \
				 : "+r"(err), "=m"(*(u8 (*)[size])ptr) : "q"(value)); \
		user_access_end(); \
	} \
	return err; \
}
DEFINE_PUT_USER(1, "movb %b2, %1")
DEFINE_PUT_USER(2, "movw %w2, %1")
DEFINE_PUT_USER(4, "movl %k2, %1")
DEFINE_PUT_USER(8, "movq %2, %1")

int user_cmpxchg32(u32 __user *ptr, u32 *old, u32 new)
{
	u32 was = *old;
	int err = -EFAULT;

	if (!may_access(ptr, sizeof(*ptr)))
		return -EFAULT;
	user_access_begin();
	__asm__ volatile("1: lock cmpxchgl %3, %2\n"
			 "xorl %0, %0\n"
			 "2:\n"
			 EX_TABLE("1b", "2b")
			 : "+r"(err), "+a"(was), "+m"(*ptr) : "r"(new) : "memory", "cc");
	user_access_end();
	if (!err)
		*old = was;
	return err;
}

/* ---- structures that grow ---- */

/* Are the @n bytes at @from all zero? 0, -E2BIG if not, -EFAULT. */
static int check_zeroed_user(const char __user *from, size_t n)
{
	char buf[64];

	while (n) {
		size_t part = min(n, sizeof(buf));

		if (copy_from_user(buf, from, part))
			return -EFAULT;
		for (size_t i = 0; i < part; i++) {
			if (buf[i])
				return -E2BIG;
		}
		from += part;
		n -= part;
	}
	return 0;
}

int copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize)
{
	size_t known = min(ksize, usize);

	if (!access_ok(src, usize))	/* all of it, before anything is computed with the address */
		return -EFAULT;
	if (usize > ksize) {
		int err = check_zeroed_user((const char __user *)src + ksize, usize - ksize);

		if (err)
			return err;
	}
	memset((char *)dst + known, 0, ksize - known);
	return copy_from_user(dst, src, known) ? -EFAULT : 0;
}

/* ---- no sleeping ---- */

void pagefault_disable(void)
{
	current->pagefault_disabled++;
	barrier();
}

void pagefault_enable(void)
{
	barrier();
	current->pagefault_disabled--;
}
