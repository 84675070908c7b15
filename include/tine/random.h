/*
 * random.h - random bytes: RDRAND if the CPU has it, mixed with the cycle counter, through
 * ChaCha20. Not for secrets that matter on machines without RDRAND.
 */
#pragma once

#include <tine/types.h>

void random_init(void);
void get_random_bytes(void *buf, size_t len);
