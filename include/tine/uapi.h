/*
 * uapi.h - the one door through which Linux's user-space ABI enters the kernel.
 *
 * Constants and structures that user programs see come from the linux-libc-dev package. The
 * list below is a white list: asm/ptrace.h (a struct pt_regs of its own) and headers that
 * assume a libc stay out. The order matters: asm/ucontext.h needs asm/sigcontext.h first.
 */
#pragma once

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/ldt.h>
#include <asm/mman.h>
#include <asm/poll.h>
#include <asm/prctl.h>
#include <asm/resource.h>
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <linux/auxvec.h>
#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/elf.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <linux/mman.h>
#include <linux/magic.h>
#include <linux/pidfd.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/securebits.h>
#include <linux/signal.h>
#include <linux/signalfd.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/times.h>
#include <linux/uio.h>
#include <linux/utsname.h>
#include <linux/wait.h>
#include <linux/xattr.h>
#include <unistd_ia32.h>	/* generated: __NR_ia32_*, the numbers of int 0x80 */

/*
 * Results that never reach user space as such: the exit path of a system call turns them into
 * a restart or into EINTR, according to the signal that interrupted it (signal(7),
 * "Interruption of system calls and library functions by signal handlers").
 */
#define ERESTARTSYS		512	/* restart if SA_RESTART or no handler ran */
#define ERESTARTNOINTR		513	/* restart always */
#define ERESTARTNOHAND		514	/* restart only if no handler ran */
#define ENOIOCTLCMD		515	/* the driver does not know this ioctl */
#define ERESTART_RESTARTBLOCK	516	/* restart through restart_syscall(2) */
#define ERESTART_RESTARTBLOCK_IA32 517	/* the same for int 0x80, where it has another number */
