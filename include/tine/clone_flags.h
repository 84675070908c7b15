/*
 * clone_flags.h - the pure checks of clone's wishes.
 */
#pragma once

#include <tine/types.h>

struct clone_args;

/*
 * Do @flags (CLONE_*) contradict each other? @parent_is_init: the caller is PID 1's group.
 * 0 or -EINVAL. clone(2).
 */
int check_clone_flags(u64 flags, bool parent_is_init);
/* Rules that only clone3 has: unknown flags, exit signal, stack and size together. 0 or -EINVAL. */
int check_clone3_args(const struct clone_args *args);
