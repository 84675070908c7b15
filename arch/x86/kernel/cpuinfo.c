/*
 * cpuinfo.c - the CPU in words, as /proc/cpuinfo shows it. proc(5).
 *
 * Feature names are Linux's, by register and bit. Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E.
 */
#include <arch/cpu.h>
#include <tine/format.h>
#include <tine/percpu.h>
#include <tine/string.h>

static const char *const feature_names[NR_FEATURE_WORDS][32] = {
	[CPUID_1_EDX] = {
		"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", NULL, "sep", "mtrr", "pge", "mca",
		"cmov", "pat", "pse36", "pn", "clflush", NULL, "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht",
		"tm", "ia64", "pbe",
	},
	[CPUID_1_ECX] = {
		"pni", "pclmulqdq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "ssse3", "cid", "sdbg",
		"fma", "cx16", "xtpr", "pdcm", NULL, "pcid", "dca", "sse4_1", "sse4_2", "x2apic", "movbe", "popcnt",
		"tsc_deadline_timer", "aes", "xsave", NULL, "avx", "f16c", "rdrand", "hypervisor",
	},
	[CPUID_8000_0001_EDX] = {
		[11] = "syscall", [19] = "mp", [20] = "nx", [22] = "mmxext", [25] = "fxsr_opt", [26] = "pdpe1gb",
		[27] = "rdtscp", [29] = "lm", [30] = "3dnowext", [31] = "3dnow",
	},
	[CPUID_8000_0001_ECX] = {
		"lahf_lm", "cmp_legacy", "svm", "extapic", "cr8_legacy", "abm", "sse4a", "misalignsse", "3dnowprefetch",
		"osvw", "ibs", "xop", "skinit", "wdt", [15] = "lwp", "fma4", "tce", [21] = "tbm", "topoext",
	},
	[CPUID_7_EBX] = {
		"fsgsbase", "tsc_adjust", NULL, "bmi1", "hle", "avx2", NULL, "smep", "bmi2", "erms", "invpcid", "rtm",
		[14] = "mpx", [16] = "avx512f", "avx512dq", "rdseed", "adx", "smap", [23] = "clflushopt", "clwb",
		[29] = "sha_ni", "avx512bw", "avx512vl",
	},
	[CPUID_7_ECX] = {
		[1] = "avx512vbmi", "umip", "pku", "ospke", [8] = "gfni", "vaes", "vpclmulqdq", [16] = "la57",
		[22] = "rdpid",
	},
	[CPUID_D_1_EAX] = { "xsaveopt", "xsavec", "xgetbv1", "xsaves" },
	[CPUID_8000_0007_EDX] = { [8] = "constant_tsc" },
};

/* Text that is built in a buffer of limited size. */
struct text {
	char *buf;
	size_t size, len;
};

#define add(t, ...) ((t)->len += scnprintf((t)->buf + (t)->len, (t)->size - (t)->len, __VA_ARGS__))

static void add_vendor(struct text *t)
{
	struct cpuid_regs r = cpuid(0, 0);
	char vendor[13];

	memcpy(vendor, &r.ebx, 4);
	memcpy(vendor + 4, &r.edx, 4);
	memcpy(vendor + 8, &r.ecx, 4);
	vendor[12] = '\0';
	add(t, "vendor_id\t: %s\n", vendor);
}

/* Leaves 8000_0002 to 8000_0004 hold 48 characters. */
static void add_model_name(struct text *t)
{
	char name[49] = "unknown", *start = name;

	if (cpuid(0x80000000, 0).eax >= 0x80000004) {
		for (u32 i = 0; i < 3; i++) {
			struct cpuid_regs r = cpuid(0x80000002 + i, 0);

			memcpy(name + i * 16, &r, 16);
		}
		name[48] = '\0';
	}
	while (*start == ' ')
		start++;
	add(t, "model name\t: %s\n", start);
}

static void add_identity(struct text *t)
{
	u32 eax = cpuid(1, 0).eax;
	u32 family = (eax >> 8) & 0xf, model = (eax >> 4) & 0xf;

	if (family == 6 || family == 15)
		model += ((eax >> 16) & 0xf) << 4;
	if (family == 15)
		family += (eax >> 20) & 0xff;
	add(t, "cpu family\t: %u\nmodel\t\t: %u\n", family, model);
	add_model_name(t);
	add(t, "stepping\t: %u\n", eax & 0xf);
}

static void add_flags(struct text *t)
{
	add(t, "flags\t\t:");
	for (unsigned int i = 0; i < NR_FEATURE_WORDS * 32; i++) {
		const char *name = feature_names[i / 32][i % 32];

		if (name && cpu_has(i))
			add(t, " %s", name);
	}
	add(t, "\n");
}

size_t cpuinfo_format(unsigned int cpu, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	u32 widths = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax : 0x3024;

	add(&t, "processor\t: %u\n", cpu);
	add_vendor(&t);
	add_identity(&t);
	add(&t, "physical id\t: %u\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n", cpu);
	add(&t, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n", cpuid(0, 0).eax);
	add_flags(&t);
	add(&t, "clflush size\t: %u\n", ((cpuid(1, 0).ebx >> 8) & 0xff) * 8);
	add(&t, "address sizes\t: %u bits physical, %u bits virtual\n\n", widths & 0xff, (widths >> 8) & 0xff);
	return t.len;
}
