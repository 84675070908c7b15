/*
 * internal.h - what the files of fs/ share among themselves.
 */
#pragma once

#include <arch/uaccess.h>
#include <tine/cred.h>
#include <tine/fault_inject.h>
#include <tine/fs.h>
#include <tine/printk.h>
#include <tine/sched.h>
#include <tine/slab.h>
#include <tine/string.h>
#include <tine/syscalls.h>

/* ---- small tools ---- */

/* A limit of the running process; getrlimit(2). */
static inline unsigned long rlimit(unsigned int resource)
{
	return READ_ONCE(current->signal->rlim[resource].rlim_cur);
}

/* Device numbers as user space writes them: makedev(3) puts the low 8 bits of minor below major. */
static inline u64 encode_dev(dev_t dev)
{
	return (MINOR(dev) & 0xff) | (MAJOR(dev) << 8) | ((MINOR(dev) & ~0xffU) << 12);
}

static inline dev_t decode_dev(u32 dev)
{
	return MKDEV((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00));
}

#define S_IALLUGO	(S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO)
#define MAX_RW_COUNT	0x7ffff000UL		/* bytes that one call moves at most; read(2), NOTES */
#define MAX_FILE_SIZE	INT64_MAX

/* ---- dcache.c ---- */

/* A name on its way through a lookup. */
struct qstr {
	const char *name;
	unsigned int len;
	unsigned int hash;		/* name_hash() of the bytes */
};

#define NAME_HASH_INIT 0x811c9dc5U
static inline unsigned int name_hash_step(unsigned int hash, unsigned char c)
{
	return (hash ^ c) * 0x01000193U;
}

extern spinlock_t dcache_lock;
/* The child of @parent called @name with a reference, or NULL if none is cached. */
struct dentry *d_lookup(struct dentry *parent, const struct qstr *name);
struct dentry *dget_parent(struct dentry *dentry);
/* Give @dentry the place and the name of @target, which leaves the tree. (i) of both parents held. */
void d_move(struct dentry *dentry, struct dentry *target);
/* If @ancestor lies above @dentry: its child on the way down, not counted. Else NULL. */
struct dentry *d_ancestor(struct dentry *ancestor, struct dentry *dentry);
/* Unhash everything below @root and drop the references with which ramfs pins it. */
void d_drop_tree(struct dentry *root);

static inline bool d_unhashed(const struct dentry *dentry)
{
	return list_empty(&dentry->d_hash);
}

static inline bool d_is_root(const struct dentry *dentry)
{
	return dentry->d_parent == dentry;
}

/* ---- inode.c ---- */
void inode_init(void);
/* Owner, group and mode of an object made in @dir, which may hand down its group. */
void inode_init_owner(struct inode *inode, const struct inode *dir, mode_t mode);
/* Contents or metadata changed: set the times. (i) held. */
void inode_modified(struct inode *inode);
void inode_changed(struct inode *inode);
void file_accessed(struct file *file);
/* A write or change of owner takes the set-id bits away; chown(2), write(2). (i) held. */
void inode_remove_privs(struct inode *inode);
/* Does the running task own the object, or may it act as if? */
bool inode_owner_or_capable(const struct inode *inode);
void lock_two_inodes(struct inode *a, struct inode *b);
void unlock_two_inodes(struct inode *a, struct inode *b);

/* ---- namei.c ---- */
enum { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

#define MAX_LINKS	40		/* symbolic links followed in one walk; path_resolution(7) */

/* A walk along a path. */
struct nameidata {
	struct path path;		/* how far we are; references held */
	struct path root;		/* the task's root, once it was needed; references held */
	struct qstr last;		/* the component to be walked next; points into the text */
	int last_type;			/* LAST_* */
	unsigned int flags;		/* LOOKUP_* */
	bool slashes;			/* something followed the last component: it must be a directory */
	unsigned int links;		/* followed so far */
	unsigned int depth;		/* of stack[] */
	const char *text;		/* what remains to be walked */
	char *link_text;		/* the buffer of that text if it is a link's */
	struct {
		char *link_text;
		const char *rest;
	} stack[MAX_LINKS];		/* texts that wait while a link in their middle is walked */
};

/* A name from user space: PATH_MAX bytes of kernel memory, or ERR_PTR. "" needs LOOKUP_EMPTY. */
char *getname(const char __user *name, unsigned int lookup);
void putname(char *name);

int nd_start(struct nameidata *nd, int dfd, const char *name, unsigned int flags);
void nd_end(struct nameidata *nd);
/* Walk all but the last component, which is left in nd->last. */
int link_path_walk(struct nameidata *nd);
/* Walk nd->last: 0 moved there, 1 it is a link whose text is to be walked now, or -errno. */
int walk_component(struct nameidata *nd, bool follow);
/* Walk to the end as nd->flags say. */
int path_lookupat(struct nameidata *nd);
/* With @dentry found as the last component: step onto it, as walk_component(). Takes its reference. */
int step_into(struct nameidata *nd, struct dentry *dentry, bool follow);
int filename_lookup(int dfd, const char *name, unsigned int flags, struct path *path);
/* The directory that holds the last component of @name, and that component. */
int filename_parentat(int dfd, const char *name, struct path *parent, struct qstr *last, int *type);
/* The name @last in @parent, with (i) of the parent held: NULL if there is none; or ERR_PTR. */
struct dentry *lookup_locked(struct dentry *parent, const struct qstr *last);

static inline bool path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

/* ---- namei_dir.c: changes of directories, by names in kernel memory ---- */
/* May an entry be made in @parent? (i) held. */
int may_create(const struct path *parent);
int do_mkdirat(int dfd, const char *name, mode_t mode);
int do_mknodat(int dfd, const char *name, mode_t mode, dev_t dev);
int do_symlinkat(const char *target, int dfd, const char *name);
int do_unlinkat(int dfd, const char *name);
int do_rmdirat(int dfd, const char *name);
/* Give the object @old one more name. */
int do_linkat(const struct path *old, int dfd, const char *name);
int do_renameat(int olddfd, const char *old, int newdfd, const char *name, unsigned int flags);

/* ---- open.c, attr.c ---- */
struct file *do_filp_open(int dfd, const char *name, int flags, mode_t mode);
/* Open the object at *path, whose permissions are not asked for. ERR_PTR. */
struct file *dentry_open(const struct path *path, int flags);
int do_truncate(const struct path *path, u64 size);
int do_fchmod(const struct path *path, mode_t mode);
int do_fchown(const struct path *path, uid_t uid, gid_t gid);

/* ---- super.c, mount.c ---- */
extern struct file_system_type rootfs_type;
extern spinlock_t mount_lock;
struct vfsmount *mnt_alloc(struct super_block *sb, struct dentry *root, const char *devname);
/* An instance of @type that no path leads to: pipes. Boot time only. */
struct vfsmount *kern_mount(struct file_system_type *type);
struct file_system_type *get_fs_type(const char *name);
/* The first mount that shows @sb to somebody, with a reference, or NULL. */
struct vfsmount *mount_of(const struct super_block *sb);
void put_super(struct super_block *sb);
/* Climb onto what is mounted on @path, if anything; from a mount's root to what it covers. */
void follow_mounts(struct path *path);
bool follow_up(struct path *path);
/* kill_sb() of a tree that ramfs pins. */
void kill_pinned_super(struct super_block *sb);

static inline int mnt_want_write(const struct vfsmount *mnt)
{
	return (READ_ONCE(mnt->mnt_flags) & MS_RDONLY) ? -EROFS : 0;
}

/* ---- ramfs.c, ramfs_file.c ---- */
/* A tree of its own with at most @max_pages of contents (0: no limit). */
int ramfs_fill_super(const struct file_system_type *type, unsigned long max_pages, struct super_block **sb);
/* Make an object in a directory of ramfs. (i) of dir held. */
int ramfs_mknod(struct inode *dir, struct dentry *dentry, mode_t mode, dev_t rdev);
int ramfs_truncate(struct inode *inode, loff_t size);
int ramfs_fallocate(struct inode *inode, int mode, u64 offset, u64 len);

/* What a tree of ramfs may hold. */
struct ramfs_sb_info {
	unsigned long max_pages;	/* constant; 0: no limit */
	atomic64_t used_pages;		/* of contents; see ramfs_account() */
};

void ramfs_account(struct inode *inode);
void ramfs_evict(struct inode *inode);

/* Where a write takes its bytes from: one of the two is set. */
struct io_source {
	const char __user *user;
	const char *kernel;
};

/* Copy @n bytes to @to and advance; returns the bytes NOT copied. */
static inline unsigned long io_copy_from(void *to, struct io_source *from, unsigned long n)
{
	unsigned long left = 0;

	if (from->user) {
		left = copy_from_user_keep(to, from->user, n);
		from->user += n - left;
	} else {
		memcpy(to, from->kernel, n);
		from->kernel += n;
	}
	return left;
}

/* ---- fs_struct.c ---- */
void fs_struct_init(const struct path *root);		/* of the boot task */

/* ---- file.c, files_struct.c, fcntl.c, locks.c ---- */
void files_struct_init(void);

/* A descriptor looked up for the length of one system call: counted only if it must be. */
struct fd {
	struct file *file;
	bool counted;
};

/* The file behind @fd (not O_PATH); .file is NULL: -EBADF. Ends with fdput(). */
struct fd fdget(unsigned int fd);
struct fd fdget_raw(unsigned int fd);

static inline void fdput(struct fd f)
{
	if (f.counted)
		fput(f.file);
}

/* An open file that leads nowhere yet; fput() frees it. NULL without memory. */
struct file *alloc_empty_file(unsigned int flags);
/* What close(2) does with the file of a descriptor: the locks of @files go, and the reference. */
int filp_close(struct file *file, struct files_struct *files);
int get_unused_fd_from(unsigned int from, unsigned int flags);
/* Put @file at @newfd, closing what was there; returns newfd. */
int replace_fd(unsigned int newfd, struct file *file, unsigned int flags);
void set_close_on_exec(unsigned int fd, bool on);
bool get_close_on_exec(unsigned int fd);
bool fd_still_is(unsigned int fd, const struct file *file);	/* no other thread has closed it */
/* fcntl(2) F_SETFL. */
int file_set_flags(struct file *file, unsigned int flags);

long fcntl_getlk(struct file *file, struct flock __user *user);
/* @file is what @fd was when the call began. */
long fcntl_setlk(unsigned int fd, struct file *file, unsigned int cmd, const struct flock __user *user);
/* Drop what @owner has locked of the file: on every close(2) of it. */
void locks_remove_posix(struct file *file, struct files_struct *owner);

/* ---- pipe.c, fifo.c ---- */
extern const struct file_operations fifo_file_operations;
int pipe_get_size(struct file *file);
int pipe_set_size(struct file *file, unsigned long size);

/* ---- read_write.c ---- */
ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
/* Lock and unlock f_pos for one call; does nothing for files without a position. */
bool f_pos_begin(struct fd f);
void f_pos_end(struct fd f, bool locked);

/* ---- select.c, poll.c ---- */
struct poll_table;
struct poll_entry;

#define POLL_INLINE_ENTRIES 8

struct poll_entry {
	struct wait_queue_entry wait;
	wait_queue_head_t *wq;
	struct file *file;		/* counted: keeps the queue alive */
	struct poll_table *table;
	struct poll_entry *next;
};

/* The queues on which one poll(2) or select(2) sleeps. */
struct poll_table {
	bool queueing;			/* first round: poll_wait() is to add entries */
	int error;			/* -ENOMEM: some queue is missing */
	unsigned int triggered;		/* atomic: set by wake-ups */
	unsigned int used;		/* of inline_entries[] */
	struct poll_entry *entries;	/* all of them */
	struct poll_entry inline_entries[POLL_INLINE_ENTRIES];
};

#define DEFAULT_POLLMASK (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

void poll_begin(struct poll_table *pt);
void poll_end(struct poll_table *pt);
/* Sleep until something triggers, a signal comes or @expires; false: the time is over. */
bool poll_sleep(struct poll_table *pt, ktime_t expires);
/* One file's answer; adds its queues to @pt in the first round. */
unsigned int vfs_poll(struct file *file, struct poll_table *pt);
/* *@expires from a relative timeout; NULL: never. */
int poll_deadline(const struct __kernel_timespec __user *ts, ktime_t *expires);
/* Write back what is left until @expires, as pselect6(2) and ppoll(2) do. */
long poll_finish(long ret, struct __kernel_timespec __user *ts, ktime_t expires);
