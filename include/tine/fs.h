/*
 * fs.h - files: inodes, names (dentries), mounts, open files and descriptor tables.
 *
 * Every file system is an in-memory tree of dentries. ramfs pins its dentries; procfs makes
 * them at lookup and drops them with the last reference.
 *
 * Locks: (i) inode->i_lock, a mutex, guards contents of a directory and metadata changes;
 * (d) dcache_lock guards the dentry tree; (f) file->f_pos_lock; (F) files->file_lock;
 * (a) one word, written racily.
 * Order: i_lock of a parent before that of its child, then dcache_lock.
 */
#pragma once

#include <tine/atomic.h>
#include <tine/err.h>
#include <tine/list.h>
#include <tine/mm.h>
#include <tine/mutex.h>
#include <tine/uapi.h>

struct dentry;
struct dir_context;
struct fdtable;
struct file;
struct file_system_type;
struct inode;
struct kernel_clone_args;
struct kstat;
struct path;
struct poll_table;
struct seq_file;
struct super_block;
struct task_struct;

#define MKDEV(major, minor)	((dev_t)(((major) << 20) | (minor)))
#define MAJOR(dev)		((unsigned int)((dev) >> 20))
#define MINOR(dev)		((unsigned int)((dev) & 0xfffff))

struct inode_operations {
	/* Fill in @dentry: 0 with dentry->d_inode set or left NULL (no such name), or -errno. (i) of dir */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, mode_t mode, dev_t rdev);	/* all file types but links */
	int (*mkdir)(struct inode *dir, struct dentry *dentry, mode_t mode);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*rename)(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new);
	/* The target as text into @buf (PATH_MAX bytes): its length or -errno. */
	int (*readlink)(struct dentry *dentry, char *buf);
	/* A link that leads to an object and not through text (/proc/PID/fd/N): 0 with references in *path. */
	int (*follow)(struct dentry *dentry, struct path *path);
	int (*truncate)(struct inode *inode, loff_t size);
	void (*getattr)(struct inode *inode, struct kstat *stat);	/* may be NULL: generic */
	void (*evict)(struct inode *inode);	/* by iput(), last reference: free i_private. May be NULL */
	/* Is a name found in the cache still right? False: it is looked up anew. May be NULL: always. */
	bool (*revalidate)(struct inode *dir, struct dentry *dentry);
};

struct kstat {
	u64 ino, size, blocks;
	dev_t dev, rdev;
	mode_t mode;
	unsigned int nlink;
	uid_t uid;
	gid_t gid;
	struct __kernel_timespec atime, mtime, ctime;
	u32 blksize;
};

struct file_operations {
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t count, loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);	/* NULL: -ESPIPE */
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	unsigned int (*poll)(struct file *file, struct poll_table *pt);	/* POLL*; NULL: always ready */
	/* Set vma->vm_mapping, vm_ops; 0 or -errno. NULL: -ENODEV. */
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*readdir)(struct file *file, struct dir_context *ctx);
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct inode *inode, struct file *file);	/* last reference */
	/* write() from kernel memory, for sendfile(2) and gathered writev(2). May be NULL: they do without. */
	ssize_t (*write_kernel)(struct file *file, const void *buf, size_t count, loff_t *pos);
	/* More lines for /proc/PID/fdinfo/FD, written with seq_printf(). May be NULL. */
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

/* readdir calls emit() for each entry from ctx->pos on, until it returns false. */
struct dir_context {
	bool (*emit)(struct dir_context *ctx, const char *name, size_t len, u64 ino, unsigned int type);
	loff_t pos;
};

struct inode {
	u64 i_ino;			/* constant */
	mode_t i_mode;			/* (i) */
	uid_t i_uid;			/* (i) */
	gid_t i_gid;			/* (i) */
	unsigned int i_nlink;		/* (i) */
	dev_t i_rdev;			/* constant; devices */
	struct __kernel_timespec i_atime, i_mtime, i_ctime;	/* (i) */
	refcount_t i_count;
	struct super_block *i_sb;	/* constant */
	const struct inode_operations *i_op;	/* constant */
	const struct file_operations *i_fop;	/* constant */
	struct mutex i_lock;
	struct address_space i_data;	/* contents of regular files; i_data.size is the size */
	struct list_head i_flock;	/* lock of fs/locks.c; fcntl(2) record locks */
	void *i_private;		/* the file system's: link text, pipe, tty, task ... */
};

#define DNAME_INLINE_LEN 40

struct dentry {
	refcount_t d_count;
	unsigned int d_flags;		/* (d) DCACHE_* */
	struct inode *d_inode;		/* (d) NULL: negative */
	struct dentry *d_parent;	/* (d) itself at a root */
	struct list_head d_children;	/* (d) */
	struct list_head d_sibling;	/* (d) */
	struct list_head d_hash;	/* (d) */
	struct super_block *d_sb;	/* constant */
	unsigned int d_mounted;		/* (d) mounts on top */
	char *d_name;			/* (d) */
	unsigned int d_len;		/* (d) */
	unsigned int d_hashval;		/* (d) of the name alone */
	void *d_fsdata;
	u64 d_off;			/* (d) position in the parent's readdir; ascending in d_children */
	u64 d_next_off;			/* (d) what the next child gets */
	char d_iname[DNAME_INLINE_LEN];	/* (d) d_name of a short name */
};

struct super_block {
	const struct file_system_type *s_type;
	struct dentry *s_root;
	dev_t s_dev;
	refcount_t s_count;
	u64 s_next_ino;			/* atomic */
	void *s_private;
};

struct file_system_type {
	const char *name;
	bool nodev;
	/* A new tree, or the one there is (devtmpfs, proc): one reference to *sb. */
	int (*mount)(const struct file_system_type *type, const char *options, struct super_block **sb);
	void (*kill_sb)(struct super_block *sb);
	u32 magic;
	/* What d_path() shows for an object that has no name in any tree: pipes. NULL: none such. */
	void (*dname)(const struct dentry *dentry, char *buf, size_t size);
	struct file_system_type *next;
};

struct vfsmount {
	refcount_t mnt_count;
	struct super_block *mnt_sb;	/* constant */
	struct dentry *mnt_root;	/* constant */
	struct vfsmount *mnt_parent;	/* mount_lock */
	struct dentry *mnt_mountpoint;	/* mount_lock */
	unsigned long mnt_flags;	/* mount_lock; MS_* */
	struct list_head mnt_link;	/* mount_lock; all mounts in order */
	int mnt_id;			/* constant; never used twice */
	char mnt_devname[32];
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* An open file description: what dup(2) and fork(2) share. */
struct file {
	refcount_t f_count;
	unsigned int f_flags;		/* (f) O_* */
	unsigned int f_mode;		/* constant; FMODE_* */
	loff_t f_pos;			/* (f) */
	struct mutex f_pos_lock;
	struct path f_path;		/* constant */
	struct inode *f_inode;		/* constant */
	const struct file_operations *f_op;	/* constant */
	struct pid *f_owner;
	void *private_data;		/* the driver's */
};

#define FMODE_READ	0x1
#define FMODE_WRITE	0x2
#define FMODE_LSEEK	0x4
#define FMODE_PATH	0x8		/* O_PATH */
#define FMODE_OPENED	0x10		/* release() is due */

#define NR_OPEN_DEFAULT	64
#define NR_OPEN_MAX	1048576

/* Whose descriptors they are (CLONE_FILES shares it), and the owner of record locks. */
struct files_struct {
	refcount_t count;		/* tasks */
	spinlock_t file_lock;
	struct fdtable *fdt;		/* (F) may be shared with others until one side changes it: fs/fdtable.c */
	bool has_locked;		/* (a) fcntl(2) F_SETLK was called */
};

/* Root and working directory, references held. Constant while it has more than one holder. */
struct fs_place {
	refcount_t count;		/* fs_structs */
	struct path root, pwd;
};

/* Where a process is in the file system (CLONE_FS shares it). */
struct fs_struct {
	refcount_t users;		/* tasks */
	spinlock_t lock;
	mode_t umask;			/* lock */
	bool in_exec;			/* lock: a program that gains rights is being started, nobody else may share */
	struct fs_place *place;		/* lock; shared with forked children until one side moves */
};

/* ---- fs/namei.c ---- */
#define LOOKUP_FOLLOW		0x1	/* follow a link at the end */
#define LOOKUP_DIRECTORY	0x2
#define LOOKUP_EMPTY		0x4	/* "" names the start itself */
#define LOOKUP_PARENT		0x8
/* @dfd is a descriptor or AT_FDCWD. 0 with references in *path, or -errno. path_resolution(7). */
int user_path_at(int dfd, const char __user *name, unsigned int lookup, struct path *path);
int kern_path(const char *name, unsigned int lookup, struct path *path);
/* MAY_* of permission(): 0 or -EACCES. */
#define MAY_EXEC	1
#define MAY_WRITE	2
#define MAY_READ	4
int inode_permission(struct inode *inode, int mask);
void path_get(const struct path *path);
void path_put(const struct path *path);
/* The name of @path from the root of the running task into the end of buf: pointer, or ERR_PTR. */
char *d_path(const struct path *path, char *buf, int size);
/* The name of @dentry from the root of its own tree, whatever is mounted where; errors as d_path(). */
char *dentry_path(const struct dentry *dentry, char *buf, int size);

/* Kernel-side creation, for the initramfs and device nodes: paths from the root. 0 or -errno. */
int kern_mkdir(const char *name, mode_t mode);
int kern_mknod(const char *name, mode_t mode, dev_t dev);
int kern_symlink(const char *name, const char *target);
int kern_link(const char *old, const char *name);
int kern_unlink(const char *name);
int kern_chown_chmod(const char *name, uid_t uid, gid_t gid, mode_t mode, u32 mtime);

/* ---- fs/dcache.c, fs/inode.c ---- */
void dcache_init(void);
struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len);	/* ref 1; NULL without memory */
struct dentry *d_make_root(struct inode *inode, struct super_block *sb);
/* Bind and make findable; takes the inode's reference over. NULL: stays a name of nothing. */
void d_add(struct dentry *dentry, struct inode *inode);
void d_drop(struct dentry *dentry);		/* no longer findable; who holds it keeps it */
struct dentry *dget(struct dentry *dentry);
void dput(struct dentry *dentry);
struct inode *new_inode(struct super_block *sb, mode_t mode);	/* ref 1 */
void iget(struct inode *inode);
void iput(struct inode *inode);
void generic_fillattr(struct inode *inode, struct kstat *stat);
struct __kernel_timespec current_time(void);

/* ---- fs/super.c ---- */
void register_filesystem(struct file_system_type *type);
struct file_system_type *filesystem_at(unsigned int i);	/* the i-th type, NULL past the last: /proc/filesystems */
void mount_init(void);				/* root file system of ramfs */
int do_mount(const char *dev, const char *dir, const char *type, unsigned long flags, const char *options);
int mount_parent_id(struct vfsmount *mnt);	/* its own if nothing is above */
bool mount_at(unsigned int i, struct vfsmount **mnt);	/* for /proc/mounts, with a reference */
struct super_block *sget_new(const struct file_system_type *type);	/* one reference; NULL without memory */
void mntget(struct vfsmount *mnt);
void mntput(struct vfsmount *mnt);		/* may sleep */

/* ---- fs/file.c: descriptors ---- */
extern struct files_struct init_files;		/* of the boot task */
void files_init(void);
struct file *fget(unsigned int fd);		/* with a reference; NULL: -EBADF, which O_PATH files are too */
struct file *fget_raw(unsigned int fd);		/* the same, but finds O_PATH files */
struct file *get_file(struct file *file);
void fput(struct file *file);			/* may sleep */
int get_unused_fd_flags(unsigned int flags);	/* reserve, O_CLOEXEC; -EMFILE */
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);	/* takes the reference over */
int close_fd(unsigned int fd);
void do_close_on_exec(struct files_struct *files);
int unshare_files(void);			/* exec: own table; -ENOMEM */
int copy_files(struct task_struct *p, const struct kernel_clone_args *args);
void exit_files(struct task_struct *p);
/* Descriptors for /proc/PID/fd: the lowest one >= @from that is open, with a reference; -1: none. */
int files_next_fd(struct task_struct *p, unsigned int from, struct file **file);
unsigned int files_max_fds(struct files_struct *files);	/* how many the table has room for */

/* ---- fs/fs_struct.c ---- */
extern struct fs_struct init_fs;		/* of the boot task; its place set by mount_init() */
int copy_fs(struct task_struct *p, const struct kernel_clone_args *args);
void exit_fs(struct task_struct *p);
/* Close the context to new sharers if it has no more than @users; says whether it did. fs_exec_end() opens it again. */
bool fs_exec_begin(unsigned int users);
void fs_exec_end(void);
void get_fs_root(struct path *root);
void get_fs_pwd(struct path *pwd);

/* ---- fs/open.c, fs/read_write.c ---- */
/* An open file of its own (pipes): takes references of its own on *path. ERR_PTR(-ENOMEM). */
struct file *alloc_file(const struct path *path, unsigned int flags, const struct file_operations *fop);
struct file *filp_open(const char *name, int flags, mode_t mode);	/* kernel side; ERR_PTR */
/* openat(2) for callers that know about O_LARGEFILE: 64-bit programs always have it. fs/open.c */
long do_sys_open(int dfd, const char __user *name, int flags, mode_t mode);
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t pos);	/* regular files */
/* A write by the kernel at the end of a regular file (initramfs). */
ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t pos);
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence);
loff_t no_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);	/* succeeds, and moves nothing */

/* ---- fs/anon_inode.c ---- */
void anon_inode_init(void);
/*
 * An open file of an object without a place in any file system; @name as /proc/PID/fd shows it,
 * "[pidfd]". @flags: access mode and O_NONBLOCK. release() of @fop gives @private_data back. ERR_PTR(-ENOMEM).
 */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fop, void *private_data,
				unsigned int flags);
/* The same as a new descriptor, or -errno; O_CLOEXEC counts, too. On failure @private_data is kfree()d. */
int anon_inode_getfd(const char *name, const struct file_operations *fop, void *private_data, unsigned int flags);

/* ---- fs/ramfs.c ---- */
extern const struct file_operations ramfs_file_operations;
void ramfs_init(void);
void pipefs_init(void);

/* ---- fs/devfs.c: character devices ---- */
/* A node in devtmpfs and an entry for mknod(2). @name without /dev/. */
void register_chrdev(const char *name, dev_t dev, mode_t mode, const struct file_operations *fop);
const struct file_operations *chrdev_fops(dev_t dev);
/* @count device numbers from @first on, without nodes: whoever has them makes those. */
void register_chrdev_range(dev_t first, unsigned int count, const struct file_operations *fop);
void devfs_init(void);

/* ---- fs/devpts.c: the tree behind /dev/pts ---- */
void devpts_init(void);
/* The node of a new pseudo-terminal, for the running task; ERR_PTR: -ENODEV if nobody has mounted the tree. */
struct dentry *devpts_new(unsigned int index, dev_t dev);
void devpts_kill(struct dentry *node);		/* the name goes, and the reference */
struct file *devpts_open(struct dentry *node, int flags);	/* ERR_PTR */

/* ---- fs/proc/ ---- */
void proc_init(void);
/* Add text to the file that a show function is asked for. fs/proc/seq.c */
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);

/* ---- fs/select.c ---- */
struct poll_table;
/* A driver's poll() names each queue that will be woken when the answer changes. @pt may be NULL. */
void poll_wait(struct file *file, wait_queue_head_t *wq, struct poll_table *pt);

/* init/initramfs.c */
int unpack_initramfs(const void *archive, size_t size);
