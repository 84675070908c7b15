/*
 * mmap.c - the system call mmap(2): from a descriptor to a file; the rest is mm/mmap.c.
 */
#include <tine/fs.h>
#include <tine/mm.h>
#include <tine/syscalls.h>

/*
 * There is no pool of huge pages. A size that exists is refused as Linux does when its pool is
 * empty, another as unknown. mmap(2), "MAP_HUGE_2MB, MAP_HUGE_1GB".
 */
static long refuse_hugetlb(unsigned long len, unsigned long flags)
{
	unsigned long shift = (flags >> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;

	if (!len || (shift != 0 && shift != 21 && shift != 30))
		return -EINVAL;
	return -ENOMEM;
}

long sys_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd,
	      unsigned long offset)
{
	struct file *file = NULL;
	long result;

	if (offset & ~PAGE_MASK)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
	}
	if (file && (flags & MAP_HUGETLB))
		result = -EINVAL;
	else if (flags & MAP_HUGETLB)
		result = refuse_hugetlb(len, flags);
	else
		result = do_mmap(file, addr, len, prot, flags, offset >> PAGE_SHIFT);
	if (file)
		fput(file);
	return result;
}
