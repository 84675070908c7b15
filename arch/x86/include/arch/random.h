/*
 * random.h - the machine's sources of chance.
 */
#pragma once

#include <arch/cpu.h>

/* A number from the CPU's generator if it has one (Intel SDM, RDRAND: try ten times). */
static inline bool arch_random(u64 *out)
{
	unsigned int tries;
	bool ok;

	if (!cpu_has(X86_FEATURE_RDRAND))
		return false;
	for (tries = 0; tries < 10; tries++) {
		__asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(ok));
		if (ok)
			return true;
	}
	return false;
}

/* A number that differs each time, though it can be guessed. */
static inline u64 arch_cycles(void)
{
	return rdtsc();
}
