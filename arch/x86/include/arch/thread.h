/*
 * thread.h - the part of a task that only the machine understands.
 */
#pragma once

#include <tine/compiler.h>

/* Floating-point and vector registers, in the layout of FXSAVE or XSAVE. */
struct fpu {
	u8 state[0] __aligned(64);	/* fpu_state_size bytes */
};

struct thread_struct {
	unsigned long sp;		/* kernel stack pointer while the task is switched out */
	unsigned long fsbase;		/* while it is switched out */
	unsigned long gsbase;
	/* of the last fault, for signal frames and for the log (o) */
	unsigned long cr2;
	unsigned long trap_nr;
	unsigned long error_code;
	struct fpu fpu;			/* last: its size depends on the CPU */
};

extern unsigned int fpu_state_size;	/* bytes, multiple of 64, set by fpu_init() */
