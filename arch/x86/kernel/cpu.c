/*
 * cpu.c - the first C code, what CPUID says, and the control registers.
 *
 * x86_start() arms the panic path before anything that can fail: console, segments, all vectors. From
 * then on a wrong step of the boot code ends with a report on the serial line.
 */
#include <arch/acpi.h>
#include <arch/cpu.h>
#include <arch/msr.h>
#include <arch/pgtable.h>
#include <arch/process.h>
#include <arch/setup.h>
#include <tine/init.h>
#include <tine/upcalls.h>

u32 cpu_features[NR_FEATURE_WORDS];
u64 pte_nx_mask;

static u32 boot_magic;
static phys_addr_t boot_info;

/* Intel SDM, "CPUID"; AMD APM volume 3, "Obtaining Processor Information via the CPUID Instruction". */
void cpu_detect(void)
{
	u32 max_leaf = cpuid(0, 0).eax;
	u32 max_extended = cpuid(0x80000000, 0).eax;
	struct cpuid_regs r = cpuid(1, 0);

	cpu_features[CPUID_1_EDX] = r.edx;
	cpu_features[CPUID_1_ECX] = r.ecx;
	if (max_leaf >= 7) {
		r = cpuid(7, 0);
		cpu_features[CPUID_7_EBX] = r.ebx;
		cpu_features[CPUID_7_ECX] = r.ecx;
	}
	if (max_leaf >= 0xd)
		cpu_features[CPUID_D_1_EAX] = cpuid(0xd, 1).eax;
	r = cpuid(0x80000001, 0);
	cpu_features[CPUID_8000_0001_EDX] = r.edx;
	cpu_features[CPUID_8000_0001_ECX] = r.ecx;
	if (max_extended >= 0x80000007)
		cpu_features[CPUID_8000_0007_EDX] = cpuid(0x80000007, 0).edx;
	pte_nx_mask = cpu_has(X86_FEATURE_NX) ? PTE_NX : 0;
}

/*
 * Guards of the running CPU: no writes to read-only pages by the kernel either (WP), no execution
 * (SMEP) of and no stray access (SMAP) to user pages, no descriptor addresses for user programs (UMIP).
 * FSGSBASE stays off: the bases of a task change through arch_prctl() alone, so GS base in kernel mode
 * can be trusted. TSD stays off: rdtsc is user space's clock.
 */
void cpu_init(void)
{
	unsigned long cr4 = read_cr4();

	write_cr0(read_cr0() | CR0_WP);
	if (cpu_has(X86_FEATURE_NX))
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	if (cpu_has(X86_FEATURE_PGE))
		cr4 |= CR4_PGE;
	if (cpu_has(X86_FEATURE_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(X86_FEATURE_SMAP))
		cr4 |= CR4_SMAP;
	if (cpu_has(X86_FEATURE_UMIP))
		cr4 |= CR4_UMIP;
	write_cr4(cr4);
}

void x86_start(u32 magic, u32 info)
{
	console_early_init();
	gdt_init();
	idt_init();
	idt_load();
	boot_magic = magic;
	boot_info = info;
	start_kernel();
}

void arch_early_init(void)
{
	cpu_detect();
	multiboot_init(boot_magic, boot_info);
}

void arch_init(void)
{
	acpi_init();
	irqchip_init();
	tsc_init();
	fpu_init();
	syscall_init();
}
