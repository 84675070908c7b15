/*
 * binfmt_elf.c - ELF64 programs: static, static-PIE, or with an interpreter (dynamic linker).
 *
 * Segments are mapped from the file, never copied: the page cache's frames hold the text of every
 * process that runs it. Everything that may refuse the file is read and checked before the old
 * program is given up. elf(5); System V ABI, "Program Loading".
 */
#include <arch/process.h>
#include <arch/uaccess.h>
#include <tine/err.h>
#include <tine/fs.h>
#include <tine/mm.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "elf_load.h"
#include "exec.h"

#define ELF_ET_DYN_BASE	ALIGN_DOWN(TASK_SIZE / 3 * 2, PAGE_SIZE)	/* programs that may lie anywhere */
#define STACK_FIRST	(33 * PAGE_SIZE)	/* of the stack's mapping below its strings, at the start */
#define MIN_STACK_GAP	(128UL << 20)		/* kept free below the stack for it to grow */

/* ---- reading ------------------------------------------------------------------------------ */

/* As on Linux neither class nor byte order is looked at: the machine has but one of each. */
static bool is_elf(const Elf64_Ehdr *eh)
{
	return memcmp(eh->e_ident, ELFMAG, SELFMAG) == 0 && eh->e_machine == EM_X86_64;
}

static bool is_program(const Elf64_Ehdr *eh)
{
	return eh->e_type == ET_EXEC || eh->e_type == ET_DYN;
}

/* All of it: -EIO if the file ends before. */
static int read_all(struct file *file, void *buf, size_t size, u64 offset)
{
	ssize_t n = kernel_read(file, buf, size, offset);

	if (n < 0)
		return n;
	return n == (ssize_t)size ? 0 : -EIO;
}

static int read_phdrs(struct elf_image *image)
{
	size_t size = (size_t)image->eh.e_phnum * sizeof(Elf64_Phdr);

	if (image->eh.e_phentsize != sizeof(Elf64_Phdr) || !size || size > PAGE_SIZE)
		return -ENOEXEC;
	image->ph = kmalloc(size, GFP_KERNEL);
	if (!image->ph)
		return -ENOMEM;
	return read_all(image->file, image->ph, size, image->eh.e_phoff) ? -ENOEXEC : 0;
}

static int read_interpreter(struct elf_image *interp)
{
	int err = read_all(interp->file, &interp->eh, sizeof(interp->eh), 0);

	if (!err && !is_elf(&interp->eh))
		err = -ELIBBAD;
	if (!err)
		err = read_phdrs(interp);
	return err == -ENOEXEC ? -ELIBBAD : err;
}

static const Elf64_Phdr *find_phdr(const struct elf_image *image, u32 type)
{
	for (int i = 0; i < image->eh.e_phnum; i++) {
		if (image->ph[i].p_type == type)
			return &image->ph[i];
	}
	return NULL;
}

/* Open the interpreter that the program names, if it names one. */
static int open_interpreter(const struct elf_image *image, struct elf_image *interp)
{
	const Elf64_Phdr *ph = find_phdr(image, PT_INTERP);
	char *name;
	int err;

	if (!ph)
		return 0;
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX)
		return -ENOEXEC;
	name = kmalloc(ph->p_filesz, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	err = read_all(image->file, name, ph->p_filesz, ph->p_offset);
	if (!err && name[ph->p_filesz - 1] != '\0')
		err = -ENOEXEC;
	if (!err) {
		struct file *file = open_exec_kernel(name);

		err = IS_ERR(file) ? PTR_ERR(file) : 0;
		interp->file = err ? NULL : file;
	}
	kfree(name);
	return err ? err : read_interpreter(interp);
}

static void put_image(struct elf_image *image)
{
	kfree(image->ph);
	if (image->file)
		fput(image->file);
}

/* ---- mapping ------------------------------------------------------------------------------ */

static unsigned long segment_prot(const Elf64_Phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	       (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* The bytes from the first to the last loaded one; 0 if nothing is loaded. */
static unsigned long total_size(const struct elf_image *image, unsigned long *lowest)
{
	unsigned long low = ~0UL, high = 0;

	for (int i = 0; i < image->eh.e_phnum; i++) {
		const Elf64_Phdr *ph = &image->ph[i];

		if (ph->p_type != PT_LOAD)
			continue;
		low = min(low, ALIGN_DOWN(ph->p_vaddr, PAGE_SIZE));
		high = max(high, ph->p_vaddr + ph->p_memsz);
	}
	*lowest = low;
	return high > low ? high - low : 0;
}

/*
 * Memory beyond what the file holds: zero the rest of its last page, then whole pages. The page is zeroed to
 * its end even if the program's memory ends before: the dynamic linker allocates from what is left there. A
 * page that cannot be written keeps the file's bytes, as on Linux.
 */
static int map_bss(const Elf64_Phdr *ph, unsigned long bias)
{
	unsigned long file_end = bias + ph->p_vaddr + ph->p_filesz;
	unsigned long from = PAGE_ALIGN(file_end), to = PAGE_ALIGN(bias + ph->p_vaddr + ph->p_memsz), at;
	int exec = ph->p_flags & PF_X ? PROT_EXEC : 0;

	if (ph->p_memsz == ph->p_filesz)
		return 0;
	if (!ph->p_filesz)
		from = ALIGN_DOWN(file_end, PAGE_SIZE);
	else if (clear_user((void __user *)file_end, from - file_end) && (ph->p_flags & PF_W))
		return -EFAULT;
	if (from == to)
		return 0;
	at = mm_mmap(current->mm, NULL, from, to - from, PROT_READ | PROT_WRITE | exec,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	return IS_ERR((void *)at) ? (long)at : 0;
}

static int map_segment(const struct elf_image *image, const Elf64_Phdr *ph)
{
	unsigned long skip = offset_in_page(ph->p_vaddr), at;

	if (ph->p_vaddr >= TASK_SIZE || ph->p_filesz > ph->p_memsz || ph->p_memsz > TASK_SIZE - ph->p_vaddr)
		return -EINVAL;
	if (ph->p_filesz) {
		if (offset_in_page(ph->p_offset) != skip)
			return -EINVAL;
		at = mm_mmap(current->mm, image->file, image->bias + ph->p_vaddr - skip, ph->p_filesz + skip,
			     segment_prot(ph), MAP_PRIVATE | MAP_FIXED, (ph->p_offset - skip) >> PAGE_SHIFT);
		if (IS_ERR((void *)at))
			return (long)at;
	}
	return map_bss(ph, image->bias);
}

/*
 * Choose where the image goes: where it says (ET_EXEC), at @base, or (@base 0) wherever there is
 * room for all of it.
 */
static int place_image(struct elf_image *image, unsigned long base)
{
	unsigned long lowest, size = total_size(image, &lowest), at;

	if (!is_program(&image->eh))
		return -EINVAL;
	if (!size || image->eh.e_type == ET_EXEC)
		return 0;
	if (!base) {
		at = mm_mmap(current->mm, NULL, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
		if (IS_ERR((void *)at))
			return (long)at;
		base = at;
		mm_munmap(current->mm, at, size);	/* its place is known now; segments map over it */
	}
	image->bias = base - lowest;
	return 0;
}

static int map_image(struct elf_image *image, unsigned long base)
{
	int err = place_image(image, base);

	for (int i = 0; !err && i < image->eh.e_phnum; i++) {
		if (image->ph[i].p_type == PT_LOAD)
			err = map_segment(image, &image->ph[i]);
	}
	return err;
}

/* ---- the program's layout ------------------------------------------------------------------ */

static void set_layout(const struct elf_image *image, bool has_interp)
{
	struct mm_struct *mm = current->mm;
	struct vm_map *map = mm->map;
	unsigned long brk = 0;

	map->start_code = ~0UL;
	for (int i = 0; i < image->eh.e_phnum; i++) {
		const Elf64_Phdr *ph = &image->ph[i];
		unsigned long start = image->bias + ph->p_vaddr;

		if (ph->p_type != PT_LOAD)
			continue;
		if (ph->p_flags & PF_X) {
			map->start_code = min(map->start_code, start);
			map->end_code = max(map->end_code, start + ph->p_filesz);
		}
		map->start_data = max(map->start_data, start);
		map->end_data = max(map->end_data, start + ph->p_filesz);
		brk = max(brk, start + ph->p_memsz);
	}
	/* a program without interpreter lies among the mappings: its heap would collide with them */
	if (image->eh.e_type == ET_DYN && !has_interp)
		brk = ELF_ET_DYN_BASE;
	map->start_brk = mm->brk = PAGE_ALIGN(brk);
}

/* The stack's mapping was made for the longest arguments; keep what these need. */
static int setup_stack(struct linux_binprm *bprm, const struct elf_image *image)
{
	const Elf64_Phdr *ph = find_phdr(image, PT_GNU_STACK);
	struct mm_struct *mm = current->mm;
	unsigned long gap = current->signal->rlim[RLIMIT_STACK].rlim_cur;
	unsigned long pointers = (bprm->argc + bprm->envc + 64UL) * sizeof(long);
	unsigned long keep = ALIGN_DOWN(bprm->p - pointers, PAGE_SIZE) - STACK_FIRST;
	struct vm_area_struct *vma;
	unsigned long start;

	gap = max(min(gap, TASK_SIZE / 6 * 5), MIN_STACK_GAP);
	/*
	 * The stack has its table of 1 GiB for itself: the first write after a fork is to the stack, and
	 * must not have to copy the table of large mappings. See mm/share.c.
	 */
	mm->map->mmap_base = ALIGN_DOWN(TASK_SIZE - gap - STACK_GUARD_GAP, level_size(3));
	mutex_lock(&mm->mmap_lock);
	vma = find_vma(mm, bprm->p);
	start = vma->vm_start;
	if (ph && (ph->p_flags & PF_X))
		vma->vm_flags |= VM_EXEC;
	mutex_unlock(&mm->mmap_lock);
	return keep > start ? mm_munmap(mm, start, keep - start) : 0;
}

/* Where the program headers lie in memory: debuggers and the C library look at them. */
static unsigned long phdr_address(const struct elf_image *image)
{
	for (int i = 0; i < image->eh.e_phnum; i++) {
		const Elf64_Phdr *ph = &image->ph[i];

		if (ph->p_type == PT_LOAD && ph->p_offset <= image->eh.e_phoff &&
		    image->eh.e_phoff < ph->p_offset + ph->p_filesz)
			return image->bias + ph->p_vaddr + image->eh.e_phoff - ph->p_offset;
	}
	return 0;
}

/* After the point of no return: the old program is gone, and an error means death by SIGSEGV. */
static int start_program(struct linux_binprm *bprm, struct elf_image *image, struct elf_image *interp)
{
	const struct elf_image *first = interp->file ? interp : image;
	unsigned long entry;
	long sp;
	int err;

	err = setup_stack(bprm, image);
	if (!err)
		err = map_image(image, interp->file ? ELF_ET_DYN_BASE : 0);
	if (!err && interp->file)
		err = map_image(interp, 0);
	if (err)
		return err;
	set_layout(image, interp->file);
	entry = first->eh.e_entry + first->bias;
	if (entry >= TASK_SIZE)
		return -EINVAL;
	sp = create_elf_tables(bprm, image, phdr_address(image), interp->bias);
	if (sp < 0)
		return sp;
	start_thread(current_pt_regs(), entry, sp);
	return 0;
}

/* What is wrong with segments shows only when they are mapped, as on Linux: too late for an errno. */
int load_elf_binary(struct linux_binprm *bprm)
{
	struct elf_image image = { .file = NULL }, interp = { .file = NULL };
	int err;

	memcpy(&image.eh, bprm->buf, sizeof(image.eh));
	if (!is_elf(&image.eh) || !is_program(&image.eh))
		return -ENOEXEC;
	image.file = get_file(bprm->file);
	err = read_phdrs(&image);
	if (!err)
		err = open_interpreter(&image, &interp);
	if (!err)
		err = begin_new_exec(bprm);
	if (!err)
		err = start_program(bprm, &image, &interp);
	put_image(&interp);
	put_image(&image);
	return err;
}
