/*
 * string.c - strings and comparison of memory, as in the C standard unless string.h says
 * otherwise. Pure functions. What moves or fills memory in bulk (memcpy, memmove, memset and the
 * page routines) belongs to the architecture, which knows the fast way.
 */
#include <tine/string.h>
#include <asm/errno.h>

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++) {
		if (*p == (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)found;
}

char *strstr(const char *haystack, const char *needle)
{
	size_t len = strlen(needle);

	for (;; haystack++) {
		if (strncmp(haystack, needle, len) == 0)
			return (char *)haystack;
		if (!*haystack)
			return NULL;
	}
}

char *strpbrk(const char *s, const char *accept)
{
	for (; *s; s++) {
		if (strchr(accept, *s))
			return (char *)s;
	}
	return NULL;
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	for (len = 0; len < size - 1 && src[len]; len++)
		dst[len] = src[len];
	dst[len] = '\0';
	return src[len] ? -E2BIG : (ssize_t)len;
}

/* The value of @c as a digit in any base up to 36; 36 if it is none. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 36;
}

/* Replace base 0 by what the prefix says, and skip a prefix that fits the base. */
static const char *skip_prefix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;

	if (*base == 0)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return hex && *base == 16 ? s + 2 : s;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *out)
{
	unsigned long value = 0;
	const char *start;

	s = start = skip_prefix(s, &base);
	for (; digit_value(*s) < base; s++) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit_value(*s), &value))
			return -ERANGE;
	}
	if (s == start)
		return -EINVAL;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*out = value;
	return 0;
}

int kstrtol(const char *s, unsigned int base, long *out)
{
	bool negative = *s == '-';
	unsigned long magnitude;
	int err;

	err = kstrtoul(s + (negative || *s == '+'), base, &magnitude);
	if (err)
		return err;
	if (magnitude > (unsigned long)__LONG_MAX__ + negative)
		return -ERANGE;
	*out = (long)(negative ? -magnitude : magnitude);
	return 0;
}
