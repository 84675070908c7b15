/*
 * unit.h - first include of every unit test: cmocka and the host's libc, then what the kernel's
 * headers define differently.
 *
 * A test is one program, tests/unit/test_X.c. A comment "// sources: a.c b.c" among its first lines
 * names the kernel sources linked into it (none: it includes what it tests, because names clash with
 * the libc's). Everything is compiled with
 *   gcc -std=gnu11 -g -O1 -fno-builtin -fsanitize=address,undefined -DTINE_HOST -DTINE_DEBUG=1
 *       -Itests/unit/include -Iinclude -Iarch/x86/include ... -lcmocka
 * in this order of -I: tests/unit/include/arch replaces what only a kernel may do. Per-CPU variables
 * work as they are: the GS base of a host program is 0.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Of another type than in the libc. */
#define dev_t tine_dev_t
#define loff_t tine_loff_t

/* A generator with a seed of its own, so that a failure repeats. */
static inline unsigned int next_random(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(*seed >> 33);
}
