/*
 * fpu_signal.c - floating-point state in signal frames.
 *
 * The user's copy is FXSAVE's 512 bytes, in whose unused part struct _fpx_sw_bytes says what else
 * there is; with XSAVE the header, the other components and a second magic number follow.
 * asm/sigcontext.h has the layout.
 *
 * Writing lets the CPU save straight to user memory, so that no byte of the kernel's leaves it.
 * FXSAVE's format is read from user memory as well. The other goes through the task's own state buffer,
 * and every field that could make XRSTOR fault is checked there, out of the program's reach. Meanwhile
 * fpu_live is false, so that a switch of tasks neither overwrites the buffer nor loads from it. MXCSR is
 * checked in software: not every implementation faults on reserved bits.
 */
#include <arch/cpu.h>
#include <arch/extable.h>
#include <arch/fpu.h>
#include <arch/uaccess.h>
#include <arch/user_block.h>
#include <tine/fault_inject.h>
#include <tine/sched.h>
#include <tine/string.h>
#include <tine/uapi.h>

#define XFEATURE_FPSSE	3UL		/* what FXSAVE's format holds */
#define FXSTATE_ALIGN	16UL		/* FXRSTOR faults without it */

/* An instruction on user memory: 0 or -EFAULT. The range has been checked, SMAP's gate is open. */
#define user_insn(insn, buf, ...) ({ \
	int _err = 0; \
	__asm__ volatile("1: " insn " (%1)\n" \
			 "2:\n" \
			 ".pushsection .text.fixup, \"ax\"\n" \
			 "3: mov %2, %0; jmp 2b\n" \
			 ".popsection\n" \
			 EX_TABLE("1b", "3b") \
			 : "+r"(_err) : "r"(buf), "i"(-EFAULT), ##__VA_ARGS__ : "memory"); \
	_err; })

/*
 * A handler that changes FXSAVE's part in the frame need not know that the header has to name
 * those components: name them always.
 */
static int save_extended(struct _xstate __user *x)
{
	struct _fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = fpu_frame_size,
		.xfeatures = fpu_xfeatures,
		.xstate_size = fpu_xstate_size,
	};
	u64 present;

	if (copy_to_user(&x->fpstate.sw_reserved, &sw, sizeof(sw)))
		return -EFAULT;
	if (put_user(FP_XSTATE_MAGIC2, (u32 __user *)((char __user *)x + fpu_xstate_size)))
		return -EFAULT;
	if (get_user(present, &x->xstate_hdr.xfeatures))
		return -EFAULT;
	return put_user(present | XFEATURE_FPSSE, &x->xstate_hdr.xfeatures);
}

/* FXSAVE leaves the place of the first magic number as it was: it must not look as if there were more. */
static int save_plain(struct _xstate __user *x)
{
	int err;

	if (!user_block_begin(x, sizeof(x->fpstate)))
		return -EFAULT;
	err = user_insn("fxsave64", x);
	unsafe_put_user(0, &x->fpstate.sw_reserved.magic1, err);
	user_access_end();
	return err;
}

int fpu_save_frame(void __user *buf)
{
	struct _xstate __user *x = buf;
	int err;

	if (!fpu_xfeatures)
		return save_plain(x);
	if (should_fail(FAIL_USER_COPY) || !access_ok(buf, fpu_frame_size))
		return -EFAULT;
	if (clear_user(&x->xstate_hdr, sizeof(x->xstate_hdr)))
		return -EFAULT;
	user_access_begin();
	err = user_insn("xsave64", x, "a"(-1), "d"(-1));
	user_access_end();
	return err ? err : save_extended(x);
}

/*
 * How much of the frame to take: all that it says it has if the magic numbers are right, else
 * FXSAVE's part alone, as a program has it that knows nothing of XSAVE.
 */
static int frame_extent(struct _xstate __user *x, unsigned int *size, u64 *features)
{
	struct _fpx_sw_bytes sw;
	u32 magic2;

	*size = sizeof(struct _fpstate);
	*features = XFEATURE_FPSSE;
	if (!access_ok(x, sizeof(struct _fpstate)))	/* the program's pointer: it may be anything */
		return -EFAULT;
	if (!fpu_xfeatures)
		return 0;
	if (copy_from_user(&sw, &x->fpstate.sw_reserved, sizeof(sw)))
		return -EFAULT;
	if (sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size < offsetof(struct _xstate, ymmh) ||
	    sw.xstate_size > fpu_xstate_size || sw.xstate_size > sw.extended_size)
		return 0;
	if (get_user(magic2, (u32 __user *)((char __user *)x + sw.xstate_size)))
		return -EFAULT;
	if (magic2 != FP_XSTATE_MAGIC2)
		return 0;
	*size = sw.xstate_size;
	*features = sw.xfeatures;
	return 0;
}

/* Make @x, copied from the program, something that XRSTOR takes; -EINVAL if it is not. */
static int check_state(struct _xstate *x, unsigned int size, u64 features)
{
	struct _header *header = &x->xstate_hdr;

	if (x->fpstate.mxcsr & ~fpu_mxcsr_mask)
		return -EINVAL;
	if (!fpu_xfeatures)
		return 0;
	if (size == sizeof(struct _fpstate)) {
		memset(header, 0, sizeof(*header));
		header->xfeatures = XFEATURE_FPSSE;
		return 0;
	}
	if ((header->xfeatures & ~fpu_xfeatures) || header->reserved1[0] || header->reserved1[1])
		return -EINVAL;
	/* A frame cut short has nothing for the components beyond its end. */
	header->xfeatures &= size == fpu_xstate_size ? features : XFEATURE_FPSSE;
	memset(header->reserved2, 0, sizeof(header->reserved2));
	return 0;
}

static int read_frame(struct _xstate __user *from, struct _xstate *to)
{
	unsigned int size;
	u64 features;

	if (frame_extent(from, &size, &features) || copy_from_user(to, from, size))
		return -EFAULT;
	return check_state(to, size, features);
}

/*
 * Without XSAVE nothing but MXCSR can make the CPU refuse a state: it is loaded from where it lies.
 * If another thread changes MXCSR after it was looked at, the CPU faults, and that is -EFAULT.
 */
static int load_plain(const struct _fpstate __user *x)
{
	u32 mxcsr;
	int err = 0;

	if (!user_block_begin(x, sizeof(*x)))
		return -EFAULT;
	unsafe_get_user(mxcsr, &x->mxcsr, err);
	if (!err)
		err = mxcsr & ~fpu_mxcsr_mask ? -EINVAL : user_insn("fxrstor64", x);
	user_access_end();
	return err;
}

static int load_copied(struct _xstate __user *x)
{
	struct thread_struct *t = &current->thread;
	int err;

	t->fpu_live = false;
	err = read_frame(x, (struct _xstate *)t->fpu.state);
	if (!err)
		fpu_load_current();
	return err;
}

int fpu_restore_frame(void __user *buf)
{
	bool in_place = !fpu_xfeatures && IS_ALIGNED((unsigned long)buf, FXSTATE_ALIGN);
	int err = 0;

	if (buf)
		err = in_place ? load_plain(buf) : load_copied(buf);
	if (!buf || err)
		fpu_reset();
	return err;
}
