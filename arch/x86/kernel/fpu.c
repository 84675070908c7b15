/*
 * fpu.c - floating-point and vector registers: what the CPU has of them, saving, loading.
 *
 * XSAVE's standard format is used where the CPU has XSAVE, for all components enabled in XCR0.
 * XSAVEOPT may leave out what has not changed since the last XRSTOR, if that was from the same address; this
 * holds because a task's state is written by nothing else than these instructions, and after any
 * other change (fpu_signal.c) an XRSTOR from it follows before the next XSAVEOPT. The header's bytes
 * that XSAVE does not write must be 0 or XRSTOR faults: whoever fills a new state sees to that.
 *
 * Intel SDM volume 1, "Managing State Using the XSAVE Feature Set".
 */
#include <arch/cpu.h>
#include <arch/fpu.h>
#include <arch/process.h>
#include <arch/thread.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/uapi.h>

size_t arch_task_struct_size;
unsigned int fpu_state_size;
unsigned int fpu_xstate_size;
unsigned int fpu_frame_size;
u64 fpu_xfeatures;
u32 fpu_mxcsr_mask;

/* State components, Intel SDM "XSAVE-Supported Features and State-Component Bitmaps". */
#define XFEATURE_X87	BIT(0)
#define XFEATURE_SSE	BIT(1)
#define XFEATURE_AVX	BIT(2)
#define XFEATURE_AVX512	(BIT(5) | BIT(6) | BIT(7))	/* of use only together */

#define CPUID_XSTATE	0xd
#define FCW_INIT	0x37f		/* all exceptions masked, 64-bit precision */
#define MXCSR_INIT	0x1f80		/* all exceptions masked */
#define MXCSR_MASK_OLD	0xffbf		/* of a CPU that reports 0: without DAZ */
#define STATE_MAX	4096

/* The registers of a new program. */
static union {
	struct _xstate x;
	u8 room[STATE_MAX];
} init_state __aligned(64);

static bool use_xsaveopt;

/* ---- the instructions; memory is in the format that fpu_init() chose ---- */

static force_inline void state_save(void *state)
{
	if (use_xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" :: "r"(state), "a"(-1), "d"(-1) : "memory");
	else if (fpu_xfeatures)
		__asm__ volatile("xsave64 (%0)" :: "r"(state), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" :: "r"(state) : "memory");
}

static force_inline void state_load(const void *state)
{
	if (fpu_xfeatures)
		__asm__ volatile("xrstor64 (%0)" :: "r"(state), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" :: "r"(state) : "memory");
}

void fpu_save(struct task_struct *p)
{
	state_save(p->thread.fpu.state);
}

void fpu_load(struct task_struct *p)
{
	state_load(p->thread.fpu.state);
}

/* Not XSAVEOPT: @dst holds nothing yet that could stand for what is left out. */
void fpu_copy(struct task_struct *dst, struct task_struct *src)
{
	struct _xstate *state = (struct _xstate *)dst->thread.fpu.state;

	if (fpu_xfeatures)
		memset(&state->xstate_hdr, 0, sizeof(state->xstate_hdr));
	if (!src->thread.fpu_live)
		return;
	if (fpu_xfeatures)
		__asm__ volatile("xsave64 (%0)" :: "r"(state), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" :: "r"(state) : "memory");
}

/*
 * XRSTOR from init_state: the next XSAVEOPT to the task's own state, another address, leaves out
 * only what has its initial value, and says so in the header.
 */
static void load_registers(const void *state)
{
	preempt_disable();
	state_load(state);
	current->thread.fpu_live = true;
	preempt_enable();
}

void fpu_reset(void)
{
	load_registers(&init_state);
}

void fpu_load_current(void)
{
	load_registers(current->thread.fpu.state);
}

/* ---- boot ---- */

/* Those of the components that both the CPU has and this kernel knows. */
static u64 detect_xfeatures(void)
{
	struct cpuid_regs r;
	u64 has;

	if (!cpu_has(X86_FEATURE_XSAVE))
		return 0;
	r = cpuid(CPUID_XSTATE, 0);
	has = r.eax | (u64)r.edx << 32;
	has &= XFEATURE_X87 | XFEATURE_SSE | XFEATURE_AVX | XFEATURE_AVX512;
	if (!(has & XFEATURE_AVX) || (has & XFEATURE_AVX512) != XFEATURE_AVX512)
		has &= ~XFEATURE_AVX512;
	return has;
}

void fpu_init_cpu(void)
{
	unsigned long cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	if (fpu_xfeatures)
		cr4 |= CR4_OSXSAVE;
	write_cr4(cr4);
	if (fpu_xfeatures)
		__asm__ volatile("xsetbv" :: "c"(0), "a"((u32)fpu_xfeatures), "d"((u32)(fpu_xfeatures >> 32)));
	__asm__ volatile("fninit");
}

/*
 * FXSAVE yields the mask of MXCSR; the rest of init_state follows from the architecture: a header
 * of 0 means initial values for every component, but MXCSR is loaded from its place regardless.
 */
static void make_init_state(void)
{
	__asm__ volatile("fxsave64 %0" : "=m"(init_state.x.fpstate));
	fpu_mxcsr_mask = init_state.x.fpstate.mxcsr_mask;
	if (!fpu_mxcsr_mask)
		fpu_mxcsr_mask = MXCSR_MASK_OLD;

	memset(&init_state, 0, sizeof(init_state));
	init_state.x.fpstate.cwd = FCW_INIT;
	init_state.x.fpstate.mxcsr = MXCSR_INIT;
	init_state.x.fpstate.mxcsr_mask = fpu_mxcsr_mask;
}

void fpu_init(void)
{
	if (!cpu_has(X86_FEATURE_FXSR))
		panic("the CPU lacks FXSAVE");
	fpu_xfeatures = detect_xfeatures();
	fpu_init_cpu();

	fpu_xstate_size = sizeof(struct _fpstate);
	if (fpu_xfeatures) {
		fpu_xstate_size = cpuid(CPUID_XSTATE, 0).ebx;
		use_xsaveopt = cpu_has(X86_FEATURE_XSAVEOPT);
	}
	fpu_frame_size = fpu_xstate_size + (fpu_xfeatures ? FP_XSTATE_MAGIC2_SIZE : 0);
	fpu_state_size = ALIGN_UP(fpu_xstate_size, 64U);
	assert(fpu_state_size <= STATE_MAX);
	arch_task_struct_size = offsetof(struct task_struct, thread.fpu) + fpu_state_size;
	make_init_state();
}
