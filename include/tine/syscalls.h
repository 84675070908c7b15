/*
 * syscalls.h - prototypes of all system calls, from the one list.
 */
#pragma once

#include <tine/types.h>
#include <tine/uapi.h>

#define SYSCALL(name, ...) long sys_##name(__VA_ARGS__);
#include <tine/syscalls.def>
#undef SYSCALL

/* The name of a system call, or NULL if it is not offered. kernel/syscall.c */
const char *syscall_name(unsigned long nr);
