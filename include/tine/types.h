/*
 * types.h - the basic types.
 *
 * Sizes and layouts that user space sees come from the uapi headers; this file adds the
 * kernel's own short names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef __kernel_ssize_t ssize_t;
typedef __kernel_pid_t pid_t;
typedef __kernel_uid32_t uid_t;
typedef __kernel_gid32_t gid_t;
typedef __kernel_loff_t loff_t;
typedef unsigned int mode_t;
typedef u32 dev_t;		/* the encoding of makedev(3): 12 bits of major, 20 of minor, see MKDEV */
typedef u64 ino_t;

typedef int clockid_t;
typedef u64 phys_addr_t;	/* a physical address, in bytes */
typedef u64 ktime_t;		/* nanoseconds */
typedef unsigned int gfp_t;	/* how an allocation may behave, see page.h */

/* A pointer that a user program gave us: only uaccess functions may follow it. */
#define __user
