/*
 * mm.h - address spaces: what user memory a process has, and the page tables that realise it.
 *
 * struct mm_struct is the address space, struct vm_area_struct one mapping in it, struct vm_map the
 * set of all of them, which address spaces share after a fork, struct address_space the pages of
 * one file (or of shared anonymous memory).
 *
 * Lock order: mmap_lock, then i_mmap_lock of an address_space, then mms_lock of a vm_map, then ptl
 * of a table (root first), then the allocators. Code that holds mmap_lock never touches user memory
 * by address.
 */
#pragma once

#include <arch/pgtable.h>
#include <tine/list.h>
#include <tine/mutex.h>
#include <tine/page.h>
#include <tine/rbtree.h>
#include <tine/uapi.h>

struct file;
struct mm_struct;
struct vm_area_struct;

#define TASK_SIZE	0x00007ffffffff000UL	/* user addresses are below this */
#define STACK_TOP	TASK_SIZE
#define MMAP_MIN_ADDR	0x10000UL
#define STACK_GUARD_GAP	(256 * PAGE_SIZE)

#define VM_READ		0x0001UL
#define VM_WRITE	0x0002UL
#define VM_EXEC		0x0004UL
#define VM_SHARED	0x0008UL
#define VM_MAYREAD	0x0010UL
#define VM_MAYWRITE	0x0020UL
#define VM_MAYEXEC	0x0040UL
#define VM_GROWSDOWN	0x0100UL
#define VM_LOCKED	0x2000UL
#define VM_NORESERVE	0x4000UL
#define VM_DONTCOPY	0x20000UL	/* MADV_DONTFORK */
#define VM_DONTEXPAND	0x40000UL
#define VM_WIPEONFORK	0x80000UL
#define VM_STACK_FLAGS	(VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_GROWSDOWN)

/* The pages of one file, by index. Embedded in an inode, or alone for shared anonymous memory. */
struct address_space {
	refcount_t refs;		/* holders of a free-standing one; unused in an inode */
	spinlock_t lock;		/* guards tree and nrpages */
	void *tree;			/* radix tree of struct page, see mm/filemap.c */
	unsigned int height;
	unsigned long nrpages;
	u64 size;			/* bytes; pages wholly beyond it fault with SIGBUS. (i) */
	struct mutex i_mmap_lock;	/* (i): guards i_mmap and changes of size */
	struct list_head i_mmap;	/* mappings of these pages, through vm_area_struct.i_mmap_link */
	u64 id;				/* (a) never given again; 0 until somebody asks: mm_shared_place() */
};

void mapping_init(struct address_space *mapping);
/* The page at @index with a reference of the caller's; a hole: NULL. */
struct page *find_get_page(struct address_space *mapping, u64 index);
/* The same, but a hole is filled with a zeroed page; -ENOMEM as an ERR_PTR. Ignores size. */
struct page *find_or_create_page(struct address_space *mapping, u64 index);
/* Set size; drop pages beyond, zero the rest of the last one, and unmap both from every mm. Sleeps. */
void truncate_mapping(struct address_space *mapping, u64 size);
/* Shared anonymous memory of @size bytes, one reference; NULL without memory. */
struct address_space *mapping_alloc(u64 size);
void mapping_get(struct address_space *mapping);
void mapping_put(struct address_space *mapping);
/* Pages of @mapping become free memory; nobody maps them any more. */
void mapping_destroy(struct address_space *mapping);
/*
 * Make @vma, new and not linked, one of shared anonymous memory: MAP_SHARED | MAP_ANONYMOUS, or a
 * shared mapping of /dev/zero (mmap of its file_operations). 0 or -ENOMEM.
 */
int shmem_zero_setup(struct vm_area_struct *vma);
/* Take all pages of @mapping in [first, last] out of every mm, private copies too. i_mmap_lock. */
void unmap_mapping_range(struct address_space *mapping, u64 first, u64 last);

struct vm_operations {
	/*
	 * The VMA was copied (fork, split) / is going: for what a driver counts beside vm_file, whose
	 * reference mm/vma.c takes and drops. May be NULL. The VMA's first reference counts as opened.
	 */
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;		/* (m) bytes, page-aligned, end exclusive */
	unsigned long vm_flags;			/* (m) VM_* */
	struct rb_node vm_rb;			/* (m) in vm_map->vma_tree, by address */
	struct vm_map *vm_map;			/* constant once linked: the set it is in */
	struct file *vm_file;			/* constant; NULL if anonymous */
	struct address_space *vm_mapping;	/* constant; pages come from here; NULL: private anonymous */
	u64 vm_pgoff;				/* (m) index in vm_mapping of the page at vm_start */
	const struct vm_operations *vm_ops;	/* constant; may be NULL */
	struct list_head i_mmap_link;		/* vm_mapping->i_mmap_lock */
};

/*
 * What an address space looks like: its mappings, and where exec has put what. A fork shares it, one
 * reference each; who wants to change it gets a copy first: mm_own_map(). See mm/map.c.
 */
struct vm_map {
	refcount_t refs;		/* address spaces; rises only under the mmap_lock of one of them */
	unsigned int map_count;		/* (m) */
	unsigned int nr_special;	/* (m) mappings that a child does not inherit as they are */
	struct rb_root vma_tree;	/* (m) */
	unsigned long total_vm;		/* (m) pages */
	unsigned long data_vm;		/* (m) pages, private writable */
	struct mutex mms_lock;
	struct list_head mms;		/* mms_lock: whose pages truncation finds here, mm_struct.map_link */
	int audited;			/* DEBUG=1, mm_audit() alone */

	/* constant after exec; copied as a block from here to the end */
	unsigned long mmap_base;	/* search for free ranges downwards from here */
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[48];
	struct file *exe_file;		/* for /proc/PID/exe; a reference of ours */
};

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES, NR_MM_COUNTERS };

struct mm_struct {
	struct mutex mmap_lock;
	atomic_t mm_users;		/* tasks and others that use the memory */
	atomic_t mm_count;		/* references to this structure and the root; all users count as one */
	pgd_t *pgd;			/* constant */
	struct vm_map *map;		/* (m); it changes only while its refs are 1 */
	struct list_head map_link;	/* map->mms_lock: in map->mms */
	struct vm_area_struct *mmap_cache; /* (m) what find_vma() found last, or NULL */
	unsigned long free_area_cache;	/* (m) see get_unmapped_area() in mm/vma.c */
	unsigned long cached_hole_size;	/* (m) bytes */
	unsigned long brk;		/* (m) */
	bool lent;			/* (m) some entries above the leaves may not have W: see mm_take_back() */
	atomic64_t rss[NR_MM_COUNTERS];	/* pages; see "Resident memory" in mm/share.c */
	atomic_t zaps;			/* ptl of a leaf table: how often truncation has reduced rss */
	u64 cpu_bitmap;			/* atomic: CPUs that may hold translations */
	struct list_head mm_link;	/* (l) in mm_list; DEBUG=1 */
};
/* (m) mmap_lock, (l) mm_list_lock */

extern struct list_head mm_list;	/* every mm_struct with a root; DEBUG=1 */

extern struct mm_struct init_mm;	/* the kernel's own tables, no user half */

/* ---- mm/mm.c: life of an address space ---- */
void mm_init_caches(void);
/* An empty address space with one user and no mappings; NULL without memory. */
struct mm_struct *mm_alloc(void);
/* The same, but without a map: mm_share_map() gives it one. */
struct mm_struct *mm_alloc_bare(void);
void mmget(struct mm_struct *mm);
/* Drop a user; the last one unmaps everything. May sleep. */
void mmput(struct mm_struct *mm);
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
void exit_mmap(struct mm_struct *mm);

/* ---- mm/map.c: the description of an address space, shared by fork ---- */
/*
 * Fork: @mm, bare, gets the mappings of @oldmm, less those that MADV_DONTFORK keeps back: one reference
 * to its map, or where there are such mappings a map of its own. Both mmap_locks held. 0 or -ENOMEM.
 */
int mm_share_map(struct mm_struct *mm, struct mm_struct *oldmm);
int mm_own_map_slow(struct mm_struct *mm);
/*
 * Before any change: make @mm's map its own. VMAs found before are not its any more. mmap_lock held. 0, or
 * -ENOMEM and nothing has changed.
 */
static inline int __must_check mm_own_map(struct mm_struct *mm)
{
	return likely(refcount_read_acquire(&mm->map->refs) == 1) ? 0 : mm_own_map_slow(mm);
}
/* Remember the program, with a reference of the map's own. For exec, whose map is new. */
void set_mm_exe_file(struct mm_struct *mm, struct file *file);

/* ---- mm/vma.c: the set of mappings; callers hold mmap_lock ---- */
struct vm_area_struct *vma_alloc(void);
/* The same range of the same file, not linked, with references of its own; NULL without memory. */
struct vm_area_struct *vma_dup(const struct vm_area_struct *vma);
void vma_free(struct vm_area_struct *vma);		/* not linked any more; calls close */
/* The first VMA that ends above @addr, or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *vma_first(const struct vm_map *map);
struct vm_area_struct *vma_next(struct vm_area_struct *vma);
struct vm_area_struct *vma_prev(struct vm_area_struct *vma);
/*
 * Put @vma into @map, which nobody shares, and into i_mmap of what it maps, and count it (map_count,
 * total_vm, data_vm); take it out of the map of @mm again. Before its first page and after its last: so
 * truncation finds them.
 */
void vma_link(struct vm_map *map, struct vm_area_struct *vma);
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);

/* ---- mm/mmap.c ---- */
/*
 * mmap(2) with arguments checked here; @file is NULL for anonymous memory. Takes mmap_lock.
 * Returns the address or a negative errno.
 */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, u64 pgoff);
/* For exec, which holds no lock: map into @mm. */
unsigned long mm_mmap(struct mm_struct *mm, struct file *file, unsigned long addr, unsigned long len,
		      unsigned long prot, unsigned long flags, u64 pgoff);
int mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len);

/* ---- mm/memory.c: page tables of user memory ---- */
/*
 * Fork: give @dst, which has its mappings and no pages, the pages of @src, copy on write. What
 * the child need not have at once it shares: see mm/share.c. @stack: the address of the caller's user
 * stack. Both mmap_locks held. 0 or -ENOMEM (what was copied stays in dst, to be dropped by
 * exit_mmap()). In either case the parent has no writable translations of shared pages left.
 */
int copy_page_range(struct mm_struct *dst, struct mm_struct *src, unsigned long stack);
/*
 * Some child is gone: what of @mm's tables nobody shares any more becomes writable again, so that the next
 * writes need no fault. Takes mmap_lock if it is free.
 */
void mm_take_back(struct mm_struct *mm);
/*
 * Remove all entries in [start, end) and drop their frames; tables that become empty go too. 0, or
 * -ENOMEM with nothing changed: tables that are shared beyond the range must be copied first.
 */
int unmap_page_range(struct mm_struct *mm, unsigned long start, unsigned long end);

#define FAULT_FLAG_WRITE	0x1
#define FAULT_FLAG_USER		0x2
#define FAULT_FLAG_INSTRUCTION	0x4
#define VM_FAULT_MAPERR		0x1	/* no mapping there: SIGSEGV, SEGV_MAPERR */
#define VM_FAULT_ACCERR		0x2	/* not with these permissions: SIGSEGV, SEGV_ACCERR */
#define VM_FAULT_SIGBUS		0x4	/* beyond the end of the file */
#define VM_FAULT_OOM		0x8
/* May @pages more of private writable memory be promised? The rule of overcommit_memory 0. */
bool enough_memory(unsigned long pages);
/* Make @addr accessible as @flags (FAULT_FLAG_*) demand; 0 or VM_FAULT_*. Takes mmap_lock. */
unsigned int handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags);

/*
 * Read or write another address space (or our own, by table): ptrace, /proc/PID/cmdline, exec's
 * argument pages. Writes break copy on write. Returns the number of bytes done, which is short
 * at the first address that is not mapped. Takes mmap_lock.
 */
size_t access_mm(struct mm_struct *mm, unsigned long addr, void *buf, size_t len, bool write);

/* A place in memory that several address spaces may share, named for as long as anybody may ask. */
struct mm_place {
	u64 object;			/* the number of its address_space; 0: private memory */
	u64 index;			/* of the page in it */
};
/*
 * Where the word at @addr lies; @write: it has to be writable. Faults it in. 0, -EFAULT or -ENOMEM. Keeps no
 * reference: numbers are not given twice. Takes mmap_lock.
 */
int mm_shared_place(struct mm_struct *mm, unsigned long addr, bool write, struct mm_place *place);

/*
 * DEBUG=1: recount every reference to tables and frames, see mm/audit.c. Writes "ok tables N frames
 * N mms N", or what disagrees line by line, to @buf; returns its length.
 */
size_t mm_audit(char *buf, size_t size);

static inline long get_mm_rss(struct mm_struct *mm)
{
	return atomic64_read(&mm->rss[MM_FILEPAGES]) + atomic64_read(&mm->rss[MM_ANONPAGES]) +
	       atomic64_read(&mm->rss[MM_SHMEMPAGES]);
}
