/*
 * thread.h - the part of a task that only the machine understands.
 */
#pragma once

#include <arch/desc.h>
#include <tine/compiler.h>

/* Floating-point and vector registers, in the layout of FXSAVE or XSAVE. */
struct fpu {
	u8 state[0] __aligned(64);	/* fpu_state_size bytes */
};

struct thread_struct {
	unsigned long sp;		/* kernel stack pointer while the task is switched out */
	/* Bases of FS and GS as user space set them; kept current, see process.c. (o) */
	unsigned long fsbase;
	unsigned long gsbase;
	/* Selectors while it is switched out. 64-bit programs leave them 0, but need not. (o) */
	u16 ds, es, fsindex, gsindex;
	u16 tls_used;			/* some entry of tls_array is not empty (o) */
	u64 tls_array[GDT_TLS_ENTRIES];	/* segment descriptors of set_thread_area(2): tls.c (o) */
	/* of the last fault, for signal frames and for the log (o) */
	unsigned long cr2;
	unsigned long trap_nr;
	unsigned long error_code;
	/*
	 * A user program has registers in the CPU that the kernel leaves alone: segments, floating
	 * point. They are this task's whenever it runs. False in kernel threads. (o)
	 */
	bool user;
	bool fpu_live;			/* the floating-point ones too: not while fpu.state is rewritten (o) */
	int user_cpu;			/* where they were last loaded; -1: nowhere (o) */
	struct fpu fpu;			/* last: its size depends on the CPU */
};

extern unsigned int fpu_state_size;	/* bytes, multiple of 64, set by fpu_init() */
