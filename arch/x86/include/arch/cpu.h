/*
 * cpu.h - what the CPU can do (CPUID), and its control registers.
 *
 * Never use a feature because the CPU model ought to have it: ask cpu_has().
 */
#pragma once

#include <tine/compiler.h>

/* A feature is word * 32 + bit; the words are registers of CPUID leaves, see cpu_detect(). */
enum cpu_feature_word {
	CPUID_1_EDX,
	CPUID_1_ECX,
	CPUID_8000_0001_EDX,
	CPUID_8000_0001_ECX,
	CPUID_7_EBX,
	CPUID_7_ECX,
	CPUID_D_1_EAX,
	CPUID_8000_0007_EDX,
	NR_FEATURE_WORDS
};

#define X86_FEATURE(word, bit)	((word) * 32 + (bit))
#define X86_FEATURE_FPU		X86_FEATURE(CPUID_1_EDX, 0)
#define X86_FEATURE_TSC		X86_FEATURE(CPUID_1_EDX, 4)
#define X86_FEATURE_APIC	X86_FEATURE(CPUID_1_EDX, 9)
#define X86_FEATURE_PGE		X86_FEATURE(CPUID_1_EDX, 13)
#define X86_FEATURE_FXSR	X86_FEATURE(CPUID_1_EDX, 24)
#define X86_FEATURE_SSE2	X86_FEATURE(CPUID_1_EDX, 26)
#define X86_FEATURE_PCID	X86_FEATURE(CPUID_1_ECX, 17)
#define X86_FEATURE_X2APIC	X86_FEATURE(CPUID_1_ECX, 21)
#define X86_FEATURE_TSC_DEADLINE X86_FEATURE(CPUID_1_ECX, 24)
#define X86_FEATURE_XSAVE	X86_FEATURE(CPUID_1_ECX, 26)
#define X86_FEATURE_AVX		X86_FEATURE(CPUID_1_ECX, 28)
#define X86_FEATURE_RDRAND	X86_FEATURE(CPUID_1_ECX, 30)
#define X86_FEATURE_HYPERVISOR	X86_FEATURE(CPUID_1_ECX, 31)
#define X86_FEATURE_SYSCALL	X86_FEATURE(CPUID_8000_0001_EDX, 11)
#define X86_FEATURE_NX		X86_FEATURE(CPUID_8000_0001_EDX, 20)
#define X86_FEATURE_RDTSCP	X86_FEATURE(CPUID_8000_0001_EDX, 27)
#define X86_FEATURE_LM		X86_FEATURE(CPUID_8000_0001_EDX, 29)
#define X86_FEATURE_FSGSBASE	X86_FEATURE(CPUID_7_EBX, 0)
#define X86_FEATURE_SMEP	X86_FEATURE(CPUID_7_EBX, 7)
#define X86_FEATURE_SMAP	X86_FEATURE(CPUID_7_EBX, 20)
#define X86_FEATURE_UMIP	X86_FEATURE(CPUID_7_ECX, 2)
#define X86_FEATURE_XSAVEOPT	X86_FEATURE(CPUID_D_1_EAX, 0)
#define X86_FEATURE_XSAVEC	X86_FEATURE(CPUID_D_1_EAX, 1)
#define X86_FEATURE_INVARIANT_TSC X86_FEATURE(CPUID_8000_0007_EDX, 8)

extern u32 cpu_features[NR_FEATURE_WORDS];	/* constant after cpu_detect() */

static force_inline bool cpu_has(unsigned int feature)
{
	return (cpu_features[feature / 32] >> (feature % 32)) & 1;
}

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

#define CR0_MP	0x00000002UL
#define CR0_EM	0x00000004UL
#define CR0_TS	0x00000008UL
#define CR0_NE	0x00000020UL
#define CR0_WP	0x00010000UL
#define CR0_AM	0x00040000UL

#define CR4_PGE		0x00000080UL
#define CR4_OSFXSR	0x00000200UL
#define CR4_OSXMMEXCPT	0x00000400UL
#define CR4_UMIP	0x00000800UL
#define CR4_OSXSAVE	0x00040000UL
#define CR4_SMEP	0x00100000UL
#define CR4_SMAP	0x00200000UL

#define DEFINE_CR_ACCESS(cr) \
static inline unsigned long read_##cr(void) \
{ \
	unsigned long value; \
 \
	__asm__ volatile("mov %%" #cr ", %0" : "=r"(value) :: "memory"); \
	return value; \
} \
static inline void write_##cr(unsigned long value) \
{ \
	__asm__ volatile("mov %0, %%" #cr :: "r"(value) : "memory"); \
}
DEFINE_CR_ACCESS(cr0)
DEFINE_CR_ACCESS(cr2)
DEFINE_CR_ACCESS(cr3)
DEFINE_CR_ACCESS(cr4)

static inline void invlpg(unsigned long addr)
{
	__asm__ volatile("invlpg (%0)" :: "r"(addr) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (u64)high << 32;
}

/* The running CPU in words, as CPU number @cpu; all CPUs are alike. Length, cut at @size. cpuinfo.c */
size_t cpuinfo_format(unsigned int cpu, char *buf, size_t size);
