/*
 * readdir.c - getdents64(2).
 *
 * The directory is read under (i), while each entry is copied to user memory at once. Positions
 * are the file system's; they stay valid while entries come and go (see ramfs_readdir()).
 */
#include "internal.h"

/* getdents64(2); not in the uapi headers. */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;			/* where to go on after this entry */
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};

#define DIRENT_ALIGN	8

struct getdents {
	struct dir_context ctx;
	char __user *at;		/* the next entry goes here */
	size_t left;
	int error;			/* why it stopped before anything was copied */
	bool any;
};

static bool getdents_emit(struct dir_context *ctx, const char *name, size_t len, u64 ino, unsigned int type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	size_t size = ALIGN_UP(offsetof(struct linux_dirent64, d_name) + len + 1, DIRENT_ALIGN);
	union {
		struct linux_dirent64 entry;
		char bytes[ALIGN_UP(offsetof(struct linux_dirent64, d_name) + NAME_MAX + 1, DIRENT_ALIGN)];
	} out;

	if (len > NAME_MAX || size > g->left) {
		g->error = -EINVAL;
		return false;
	}
	memset(out.bytes + size - DIRENT_ALIGN, 0, DIRENT_ALIGN);
	out.entry.d_ino = ino;
	out.entry.d_off = ctx->pos + 1;
	out.entry.d_reclen = (u16)size;
	out.entry.d_type = (u8)type;
	memcpy(out.bytes + offsetof(struct linux_dirent64, d_name), name, len);
	out.bytes[offsetof(struct linux_dirent64, d_name) + len] = '\0';
	if (copy_to_user(g->at, out.bytes, size)) {
		g->error = -EFAULT;
		return false;
	}
	g->at += size;
	g->left -= size;
	g->any = true;
	return true;
}

static int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file->f_inode;
	int err = -ENOENT;

	if (!file->f_op->readdir)
		return -ENOTDIR;
	mutex_lock(&dir->i_lock);
	if (dir->i_nlink) {
		ctx->pos = file->f_pos;
		err = file->f_op->readdir(file, ctx);
		file->f_pos = ctx->pos;
	}
	mutex_unlock(&dir->i_lock);
	file_accessed(file);
	return err;
}

long sys_getdents64(unsigned int fd, void __user *buf, unsigned int size)
{
	struct getdents g = { .ctx.emit = getdents_emit, .at = buf, .left = size };
	struct fd f = fdget(fd);
	bool locked;
	long ret;

	if (!f.file)
		return -EBADF;
	locked = f_pos_begin(f);
	ret = iterate_dir(f.file, &g.ctx);
	f_pos_end(f, locked);
	if (!ret)
		ret = g.error;
	if (g.any)
		ret = g.at - (char __user *)buf;
	fdput(f);
	return ret;
}
