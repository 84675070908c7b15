/*
 * fpu.h - floating-point and vector registers of the running task.
 *
 * Switching is eager: a task's registers are in the CPU before it runs in user mode. The kernel
 * itself never uses them. Format: XSAVE's standard (not compacted) one, which is also what signal
 * frames carry, or FXSAVE's on CPUs without XSAVE.
 */
#pragma once

#include <tine/compiler.h>

struct task_struct;

/* Control registers and XCR0 of the running CPU; fpu_init() does it for the first one. */
void fpu_init_cpu(void);
/* Registers to memory and back, around a switch of tasks. Preemption off. */
void fpu_save(struct task_struct *p);
void fpu_load(struct task_struct *p);
/* The live registers of @src, the running task, become the state of @dst. */
void fpu_copy(struct task_struct *dst, struct task_struct *src);
/* The running task's registers as a new program finds them. */
void fpu_reset(void);
/* What is in current's fpu.state, which the caller has checked, becomes the registers. */
void fpu_load_current(void);

/* State components that are switched: XCR0, or 0 if the format is FXSAVE's. Constant. */
extern u64 fpu_xfeatures;
/* Bytes of the state as the CPU writes it. Constant. */
extern unsigned int fpu_xstate_size;
/* Bits of MXCSR that may be set. Constant. */
extern u32 fpu_mxcsr_mask;

/* ---- fpu_signal.c: the state in a signal frame, in user memory ---- */
#define FPU_FRAME_ALIGN	64
/* Bytes at the frame's end. Constant. */
extern unsigned int fpu_frame_size;
/* Write the registers to @buf, 64-aligned. 0 or -EFAULT. */
int __must_check fpu_save_frame(void __user *buf);
/*
 * Load the registers from @buf; NULL: initial values. -EFAULT, or -EINVAL for a state that the CPU
 * would refuse, with the registers at their initial values.
 */
int __must_check fpu_restore_frame(void __user *buf);
