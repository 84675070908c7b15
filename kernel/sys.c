/*
 * sys.c - small system calls about the machine and the kernel itself: uname(2), sysinfo(2),
 * times(2), getrusage(2), getrandom(2), reboot(2), syslog(2).
 */
#include <arch/irq.h>
#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/mm.h>
#include <tine/mutex.h>
#include <tine/printk.h>
#include <tine/random.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>
#include <tine/utsname.h>

struct new_utsname system_utsname = {
	.sysname = "Linux",		/* the ABI that programs meet; /proc/version says who we are */
	.nodename = "tine",
	.release = "6.1.0-tine",
	.version = "#1 Tine",
	.machine = "x86_64",
	.domainname = "(none)",
};
static DEFINE_MUTEX(uts_lock);		/* nodename, domainname */

long sys_uname(struct new_utsname __user *name)
{
	struct new_utsname copy;

	mutex_lock(&uts_lock);
	copy = system_utsname;
	mutex_unlock(&uts_lock);
	return copy_to_user(name, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static long set_uts_name(char *field, const char __user *name, int len)
{
	char buf[__NEW_UTS_LEN + 1] = "";

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(buf, name, len))
		return -EFAULT;
	mutex_lock(&uts_lock);
	memcpy(field, buf, sizeof(buf));
	mutex_unlock(&uts_lock);
	return 0;
}

long sys_sethostname(const char __user *name, int len)
{
	return set_uts_name(system_utsname.nodename, name, len);
}

long sys_setdomainname(const char __user *name, int len)
{
	return set_uts_name(system_utsname.domainname, name, len);
}

long sys_sysinfo(struct sysinfo __user *info)
{
	struct sysinfo si;

	memset(&si, 0, sizeof(si));
	si.uptime = (ktime_get() + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	get_avenrun(si.loads);
	for (int i = 0; i < 3; i++)	/* 11 bits of fraction here, 16 there */
		si.loads[i] <<= SI_LOAD_SHIFT - 11;
	si.totalram = nr_total_pages();
	si.freeram = nr_free_pages();
	si.procs = nr_threads;
	si.mem_unit = PAGE_SIZE;
	return copy_to_user(info, &si, sizeof(si)) ? -EFAULT : 0;
}

/* ---- use of resources --------------------------------------------------------------------- */

static void get_rusage(int who, struct rusage *ru)
{
	spin_lock_irq(&tasklist_lock);
	getrusage_locked(current, who, ru);
	spin_unlock_irq(&tasklist_lock);
}

static void thread_rusage(struct rusage *ru)
{
	memset(ru, 0, sizeof(*ru));
	ru->ru_utime.tv_sec = current->utime / NSEC_PER_SEC;
	ru->ru_utime.tv_usec = current->utime % NSEC_PER_SEC / NSEC_PER_USEC;
	ru->ru_stime.tv_sec = current->stime / NSEC_PER_SEC;
	ru->ru_stime.tv_usec = current->stime % NSEC_PER_SEC / NSEC_PER_USEC;
	ru->ru_nvcsw = current->nvcsw;
	ru->ru_nivcsw = current->nivcsw;
	ru->ru_minflt = current->min_flt;
	ru->ru_majflt = current->maj_flt;
}

long sys_getrusage(int who, struct rusage __user *uru)
{
	struct rusage ru;
	long rss;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	if (who == RUSAGE_THREAD)
		thread_rusage(&ru);
	else
		get_rusage(who, &ru);
	rss = current->mm ? get_mm_rss(current->mm) * (long)(PAGE_SIZE / 1024) : 0;
	if (who != RUSAGE_CHILDREN)
		ru.ru_maxrss = max(ru.ru_maxrss, rss);
	return copy_to_user(uru, &ru, sizeof(ru)) ? -EFAULT : 0;
}

static long ru_ticks(long sec, long usec)
{
	return sec * USER_HZ + usec / (1000000 / USER_HZ);
}

long sys_times(struct tms __user *utms)
{
	struct rusage self, children;
	struct tms tms;

	if (utms) {
		get_rusage(RUSAGE_SELF, &self);
		get_rusage(RUSAGE_CHILDREN, &children);
		tms.tms_utime = ru_ticks(self.ru_utime.tv_sec, self.ru_utime.tv_usec);
		tms.tms_stime = ru_ticks(self.ru_stime.tv_sec, self.ru_stime.tv_usec);
		tms.tms_cutime = ru_ticks(children.ru_utime.tv_sec, children.ru_utime.tv_usec);
		tms.tms_cstime = ru_ticks(children.ru_stime.tv_sec, children.ru_stime.tv_usec);
		if (copy_to_user(utms, &tms, sizeof(tms)))
			return -EFAULT;
	}
	return ktime_get() / (NSEC_PER_SEC / USER_HZ);
}

/* ---- randomness --------------------------------------------------------------------------- */

#define GRND_KNOWN 0x7		/* GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE: linux/random.h */

long sys_getrandom(char __user *buf, size_t count, unsigned int flags)
{
	size_t done = 0;
	u8 block[256];

	if ((flags & ~GRND_KNOWN) || (flags & 0x6) == 0x6)
		return -EINVAL;
	count = min(count, (size_t)INT32_MAX);
	while (done < count) {
		size_t n = min(count - done, sizeof(block));

		get_random_bytes(block, n);
		if (copy_to_user(buf + done, block, n))
			return done ? (long)done : -EFAULT;
		done += n;
		if (signal_pending(current))
			break;
	}
	return done || !count ? (long)done : -EINTR;
}

/* ---- the end ------------------------------------------------------------------------------ */

long sys_reboot(int magic1, int magic2, unsigned int cmd, void __user *arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if ((unsigned int)magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_POWER_OFF:
		printk("reboot: power off\n");
		machine_power_off(EXIT_SUCCESS_STATUS);
	case LINUX_REBOOT_CMD_HALT:
		printk("reboot: halt\n");
		machine_halt();
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		printk("reboot: restart\n");
		machine_restart();
	case LINUX_REBOOT_CMD_CAD_ON:	/* Ctrl-Alt-Del does not reach this kernel */
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- the log ------------------------------------------------------------------------------ */

/* Actions of syslog(2) by number, as the man page lists them. */
enum { LOG_CLOSE, LOG_OPEN, LOG_READ, LOG_READ_ALL, LOG_READ_CLEAR, LOG_CLEAR, LOG_CONSOLE_OFF,
       LOG_CONSOLE_ON, LOG_CONSOLE_LEVEL, LOG_SIZE_UNREAD, LOG_SIZE_BUFFER };

static long log_to_user(char __user *buf, int len)
{
	char *copy;
	long n;

	if (!buf || len < 0)
		return -EINVAL;
	len = min(len, LOG_BUF_SIZE);
	if (!len)
		return 0;
	copy = kmalloc(len, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	n = log_copy(copy, len);
	if (copy_to_user(buf, copy, n))
		n = -EFAULT;
	kfree(copy);
	return n;
}

long sys_syslog(int type, char __user *buf, int len)
{
	if (type != LOG_READ_ALL && type != LOG_SIZE_BUFFER && !capable(CAP_SYSLOG))
		return -EPERM;
	switch (type) {
	case LOG_READ_ALL:
	case LOG_READ_CLEAR:
		return log_to_user(buf, len);
	case LOG_SIZE_BUFFER:
		return LOG_BUF_SIZE;
	case LOG_CLOSE:
	case LOG_OPEN:
	case LOG_CLEAR:
	case LOG_CONSOLE_OFF:
	case LOG_CONSOLE_ON:
	case LOG_SIZE_UNREAD:
		return 0;
	case LOG_CONSOLE_LEVEL:
		return len >= 1 && len <= 8 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}
