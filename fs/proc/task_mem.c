/*
 * task_mem.c - the memory of a task: maps, statm, cmdline, environ, auxv. proc(5).
 *
 * Printing allocates, and an allocation may have to wait until some process gives up its memory,
 * which takes that process's mmap_lock. So nothing is printed under mmap_lock: mappings are copied
 * out a few at a time, and the walk goes on from the address where the last one ended.
 */
#include <tine/mm.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "internal.h"

#define MAPS_BATCH	8
#define MAPS_NAME_COLUMN 73	/* where Linux puts names */

struct mm_struct *proc_task_mm(struct task_struct *p)
{
	struct mm_struct *mm;

	task_lock(p);
	mm = p->flags & PF_KTHREAD ? NULL : p->mm;
	if (mm)
		mmget(mm);
	task_unlock(p);
	return mm;
}

/* ---- maps ---------------------------------------------------------------------------------- */

struct map_figures {
	unsigned long start, end, flags;
	u64 pgoff;
	struct file *file;		/* with a reference */
	const char *name;		/* of what is not a file */
};

/* mmap_lock held. */
static const char *map_name(const struct mm_struct *mm, const struct vm_area_struct *vma)
{
	if (vma->vm_mapping)
		return "/dev/zero (deleted)";
	if (vma->vm_start <= mm->brk && vma->vm_end >= mm->map->start_brk)
		return "[heap]";
	if (vma->vm_start <= mm->map->start_stack && vma->vm_end >= mm->map->start_stack)
		return "[stack]";
	return NULL;
}

/* Copy up to MAPS_BATCH mappings that end above @addr; returns how many. */
static unsigned int collect_maps(struct mm_struct *mm, unsigned long addr, struct map_figures *maps)
{
	struct vm_area_struct *vma;
	unsigned int n = 0;

	mutex_lock(&mm->mmap_lock);
	for (vma = find_vma(mm, addr); vma && n < MAPS_BATCH; vma = vma_next(vma), n++) {
		maps[n].start = max(vma->vm_start, addr);
		maps[n].end = vma->vm_end;
		maps[n].flags = vma->vm_flags;
		maps[n].pgoff = vma->vm_pgoff;
		maps[n].file = vma->vm_file ? get_file(vma->vm_file) : NULL;
		maps[n].name = vma->vm_file ? NULL : map_name(mm, vma);
	}
	mutex_unlock(&mm->mmap_lock);
	return n;
}

static int show_map(struct seq_file *m, const struct map_figures *map)
{
	const struct inode *inode = map->file ? map->file->f_inode : NULL;
	dev_t dev = inode ? inode->i_sb->s_dev : 0;
	size_t line = seq_length(m);

	seq_printf(m, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", map->start, map->end,
		   map->flags & VM_READ ? 'r' : '-', map->flags & VM_WRITE ? 'w' : '-',
		   map->flags & VM_EXEC ? 'x' : '-', map->flags & VM_SHARED ? 's' : 'p',
		   inode ? map->pgoff << PAGE_SHIFT : 0, MAJOR(dev), MINOR(dev), inode ? inode->i_ino : 0);
	if (inode || map->name) {
		while (seq_length(m) - line < MAPS_NAME_COLUMN && !seq_failed(m))
			seq_puts(m, " ");
	}
	if (inode) {
		int err = seq_path(m, &map->file->f_path, "\n");

		if (err)
			return err;
	} else if (map->name) {
		seq_puts(m, map->name);
	}
	seq_puts(m, "\n");
	return 0;
}

int proc_show_maps(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = proc_task_mm(p);
	struct map_figures maps[MAPS_BATCH];
	unsigned long addr = 0;
	unsigned int n;
	int err = 0;

	if (!mm)
		return 0;
	do {
		n = collect_maps(mm, addr, maps);
		for (unsigned int i = 0; i < n; i++) {
			if (!err)
				err = show_map(m, &maps[i]);
			if (maps[i].file)
				fput(maps[i].file);
			addr = maps[i].end;
		}
	} while (n && !err && !seq_failed(m));
	mmput(mm);
	return err;
}

/* ---- sizes --------------------------------------------------------------------------------- */

struct mm_figures {
	unsigned long total, rss, anon, file, shmem;	/* pages */
	unsigned long text, data, stack, exec, locked;	/* pages */
};

static void collect_sizes(struct mm_struct *mm, struct mm_figures *f)
{
	struct vm_area_struct *vma;

	memset(f, 0, sizeof(*f));
	mutex_lock(&mm->mmap_lock);
	for (vma = vma_first(mm->map); vma; vma = vma_next(vma)) {
		unsigned long pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;

		if (vma->vm_flags & VM_GROWSDOWN)
			f->stack += pages;
		else if ((vma->vm_flags & (VM_EXEC | VM_WRITE)) == VM_EXEC)
			f->exec += pages;
		if (vma->vm_flags & VM_LOCKED)
			f->locked += pages;
	}
	f->total = mm->map->total_vm;
	f->text = (PAGE_ALIGN(mm->map->end_code) - (mm->map->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	f->data = mm->map->data_vm > f->stack ? mm->map->data_vm - f->stack : 0;
	mutex_unlock(&mm->mmap_lock);
	f->anon = atomic64_read(&mm->rss[MM_ANONPAGES]);
	f->file = atomic64_read(&mm->rss[MM_FILEPAGES]);
	f->shmem = atomic64_read(&mm->rss[MM_SHMEMPAGES]);
	f->rss = f->anon + f->file + f->shmem;
}

int proc_show_statm(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = proc_task_mm(p);
	struct mm_figures f = { 0 };

	if (mm) {
		collect_sizes(mm, &f);
		mmput(mm);
	}
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", f.total, f.rss, f.file + f.shmem, f.text, f.data + f.stack);
	return 0;
}

static void show_kb(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%s:\t%8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

void proc_status_memory(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = proc_task_mm(p);
	struct mm_figures f;

	if (!mm)
		return;
	collect_sizes(mm, &f);
	mmput(mm);
	show_kb(m, "VmSize", f.total);
	show_kb(m, "VmLck", f.locked);
	show_kb(m, "VmRSS", f.rss);
	show_kb(m, "RssAnon", f.anon);
	show_kb(m, "RssFile", f.file);
	show_kb(m, "RssShmem", f.shmem);
	show_kb(m, "VmData", f.data);
	show_kb(m, "VmStk", f.stack);
	show_kb(m, "VmExe", f.text);
	show_kb(m, "VmLib", f.exec > f.text ? f.exec - f.text : 0);
	show_kb(m, "VmSwap", 0);
}

/* ---- contents ------------------------------------------------------------------------------ */

/* Copy [start, end) of @mm, as far as it can be read, in pieces of a page. */
static int show_memory(struct seq_file *m, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	while (start < end && !seq_failed(m)) {
		size_t n = access_mm(mm, start, buf, min(end - start, PAGE_SIZE), false);

		if (!n)
			break;
		seq_write(m, buf, n);
		start += n;
	}
	kfree(buf);
	return 0;
}

static int show_strings(struct seq_file *m, struct task_struct *p, bool environment)
{
	struct mm_struct *mm = proc_task_mm(p);
	unsigned long start, end;
	int err;

	if (!mm)
		return 0;
	mutex_lock(&mm->mmap_lock);
	start = environment ? mm->map->env_start : mm->map->arg_start;
	end = environment ? mm->map->env_end : mm->map->arg_end;
	mutex_unlock(&mm->mmap_lock);
	err = show_memory(m, mm, start, end);
	mmput(mm);
	return err;
}

int proc_show_cmdline(struct seq_file *m, struct task_struct *p)
{
	return show_strings(m, p, false);
}

int proc_show_environ(struct seq_file *m, struct task_struct *p)
{
	return show_strings(m, p, true);
}

/* The vector ends with the pair AT_NULL. */
int proc_show_auxv(struct seq_file *m, struct task_struct *p)
{
	struct mm_struct *mm = proc_task_mm(p);
	const unsigned long *auxv;
	unsigned int n = 0;

	if (!mm)
		return 0;
	mutex_lock(&mm->mmap_lock);
	auxv = mm->map->saved_auxv;
	while (n + 2 < ARRAY_SIZE(mm->map->saved_auxv) && auxv[n] != AT_NULL)
		n += 2;
	seq_write(m, auxv, (n + 2) * sizeof(auxv[0]));
	mutex_unlock(&mm->mmap_lock);
	mmput(mm);
	return 0;
}

int proc_follow_exe(struct task_struct *p, struct path *path)
{
	struct mm_struct *mm = proc_task_mm(p);
	int err = -ENOENT;

	if (!mm)
		return err;
	mutex_lock(&mm->mmap_lock);
	if (mm->map->exe_file) {
		*path = mm->map->exe_file->f_path;
		path_get(path);
		err = 0;
	}
	mutex_unlock(&mm->mmap_lock);
	mmput(mm);
	return err;
}
