/*
 * string.h - memory and strings, as in the C standard unless said otherwise.
 */
#pragma once

#include <tine/compiler.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
/* The compiler knows what a copy of a few bytes comes to; else it calls the functions above. */
#define memcpy	__builtin_memcpy
#define memset	__builtin_memset

int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);
char *strpbrk(const char *s, const char *accept);

/* Copy at most @size - 1 bytes and terminate; returns the length copied, or -E2BIG if cut. */
ssize_t strscpy(char *dst, const char *src, size_t size);

/*
 * Parse an unsigned number in @base (0: by prefix 0x, 0, or decimal). One trailing newline is
 * allowed, nothing else. Returns 0, -EINVAL or -ERANGE; *@out only changes on success.
 */
int kstrtoul(const char *s, unsigned int base, unsigned long *out);
int kstrtol(const char *s, unsigned int base, long *out);

/* One page, 4096 bytes, both page-aligned (arch: `rep stosq`, `rep movsq`). */
void clear_page(void *page);
void copy_page(void *dst, const void *src);
