/*
 * mem.c - devices without hardware: null, zero, full, random, urandom. null(4), full(4), random(4).
 *
 * Registered by mem_devices_init(), after devfs_init(). All of them are always ready for poll(2).
 */
#include <arch/uaccess.h>
#include <tine/fs.h>
#include <tine/init.h>
#include <tine/random.h>
#include <tine/sched.h>

#define RANDOM_CHUNK	256

/* Positions mean nothing here, but programs that seek before they write do no harm. */
static loff_t null_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos = 0;
}

static ssize_t null_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return 0;
}

static ssize_t null_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return count;
}

static ssize_t zero_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	size_t done = 0;

	while (done < count && !signal_pending(current)) {
		size_t n = min_t(size_t, count - done, PAGE_SIZE);
		size_t left = clear_user(buf + done, n);

		done += n - left;
		if (left)
			return done ? (ssize_t)done : -EFAULT;
	}
	return done || !count ? (ssize_t)done : -EINTR;
}

/* Private mappings are plain anonymous memory; shared ones get pages of their own. mmap(2) */
static int zero_mmap(struct file *file, struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_SHARED) ? shmem_zero_setup(vma) : 0;
}

static ssize_t full_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return -ENOSPC;
}

static ssize_t random_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	u8 chunk[RANDOM_CHUNK];
	size_t done = 0;

	while (done < count) {
		size_t n = min(count - done, sizeof(chunk));

		get_random_bytes(chunk, n);
		if (copy_to_user(buf + done, chunk, n))
			return done ? (ssize_t)done : -EFAULT;
		done += n;
		if (signal_pending(current))
			break;
	}
	return done;
}

/* Bytes written are welcome but not needed: the generator seeds itself. */
static const struct file_operations null_operations = {
	.read = null_read, .write = null_write, .llseek = null_llseek,
};
static const struct file_operations zero_operations = {
	.read = zero_read, .write = null_write, .llseek = null_llseek, .mmap = zero_mmap,
};
static const struct file_operations full_operations = {
	.read = zero_read, .write = full_write, .llseek = null_llseek,
};
static const struct file_operations random_operations = {
	.read = random_read, .write = null_write, .llseek = null_llseek,
};

void mem_devices_init(void)
{
	register_chrdev("null", MKDEV(1, 3), 0666, &null_operations);
	register_chrdev("zero", MKDEV(1, 5), 0666, &zero_operations);
	register_chrdev("full", MKDEV(1, 7), 0666, &full_operations);
	register_chrdev("random", MKDEV(1, 8), 0666, &random_operations);
	register_chrdev("urandom", MKDEV(1, 9), 0666, &random_operations);
}
