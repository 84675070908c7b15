/*
 * dir.c - directories of /proc that are tables, and what all directories here have in common.
 *
 * Positions in a directory: 0 and 1 are "." and "..", 2 + i is entry i of the table. Numbered
 * entries follow in rising order, their position made of the number, so that a listing that goes
 * on after some of them have come or gone neither repeats nor skips the others.
 */
#include <tine/format.h>
#include <tine/string.h>

#include "internal.h"

static unsigned int dirent_type(mode_t mode)
{
	return (mode & S_IFMT) >> 12;
}

/* What the inode numbers of a directory start from: its task. */
static pid_t dir_nr(const struct inode *dir)
{
	return pid_nr(proc_i(dir)->pid);
}

/* Entries of sub-directories of the root get numbers of their own. */
static u64 entry_ino(const struct inode *dir, unsigned int i)
{
	if (dir_nr(dir) || dir->i_ino == PROC_INO_ROOT)
		return PROC_INO(dir_nr(dir), i);
	return (dir->i_ino << 5) + i;
}

int proc_lookup_table(struct inode *dir, struct dentry *dentry, const struct proc_entry *table)
{
	for (unsigned int i = 0; table[i].name; i++) {
		struct inode *inode;

		if (strcmp(table[i].name, dentry->d_name))
			continue;
		inode = proc_new_inode(dir->i_sb, &table[i], proc_i(dir)->pid, entry_ino(dir, i));
		if (IS_ERR(inode))
			return PTR_ERR(inode);
		dentry->d_inode = inode;
		break;
	}
	return 0;
}

bool proc_emit_dots(struct file *file, struct dir_context *ctx)
{
	struct dentry *dir = file->f_path.dentry;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, dir->d_inode->i_ino, dirent_type(S_IFDIR)))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		/* directories here never move: d_parent is constant */
		if (!ctx->emit(ctx, "..", 2, dir->d_parent->d_inode->i_ino, dirent_type(S_IFDIR)))
			return false;
		ctx->pos = 2;
	}
	return true;
}

bool proc_emit_table(struct file *file, struct dir_context *ctx, const struct proc_entry *table)
{
	const struct inode *dir = file->f_inode;

	for (unsigned int i = 0; table[i].name; i++) {
		if (ctx->pos > 2 + i)
			continue;
		if (!ctx->emit(ctx, table[i].name, strlen(table[i].name), entry_ino(dir, i), dirent_type(table[i].mode)))
			return false;
		ctx->pos = 3 + i;
	}
	return true;
}

bool proc_emit_number(struct dir_context *ctx, unsigned int number, u64 ino, unsigned int type)
{
	char name[16];
	int len = snprintf(name, sizeof(name), "%u", number);

	return ctx->emit(ctx, name, (size_t)len, ino, dirent_type(type));
}

long proc_name_number(const struct dentry *dentry)
{
	long n = 0;

	if (dentry->d_len > 9 || (dentry->d_name[0] == '0' && dentry->d_len > 1))
		return -1;
	for (unsigned int i = 0; i < dentry->d_len; i++) {
		char c = dentry->d_name[i];

		if (c < '0' || c > '9')
			return -1;
		n = n * 10 + (c - '0');
	}
	return n;
}

loff_t proc_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	return file->f_pos = offset;
}

static int table_lookup(struct inode *dir, struct dentry *dentry)
{
	return proc_lookup_table(dir, dentry, proc_i(dir)->entry->children);
}

static int table_readdir(struct file *file, struct dir_context *ctx)
{
	if (proc_emit_dots(file, ctx))
		proc_emit_table(file, ctx, proc_i(file->f_inode)->entry->children);
	return 0;
}

const struct inode_operations proc_table_iops = { .lookup = table_lookup, .evict = proc_evict };
const struct file_operations proc_table_fops = { .readdir = table_readdir, .llseek = proc_dir_llseek };
