/*
 * seq.c - files whose text is made when they are read.
 *
 * The first read, and any read from position 0, runs the entry's show() to the end into a chain of
 * pages; later reads copy from there, so that one pass through a file shows one moment. Nothing is
 * made anew when the chain grows, hence show() may take its time and print any amount.
 *
 * A seq_file belongs to one open file and holds the mutex that serialises reads with pread(2).
 */
#include <arch/uaccess.h>
#include <tine/err.h>
#include <tine/format.h>
#include <tine/slab.h>
#include <tine/string.h>

#include "internal.h"

#define CHUNK_SIZE (PAGE_SIZE - sizeof(void *))

struct seq_chunk {
	struct seq_chunk *next;
	char data[CHUNK_SIZE];
};

struct seq_file {
	struct mutex lock;
	const struct inode *inode;	/* constant */
	struct seq_chunk *first, *last;	/* lock */
	size_t length;			/* lock; of the text in the chain */
	int error;			/* lock; while it is made */
	bool filled;			/* lock */
};

/* ---- writing ---- */

/* Room at the end of the text: where and how much; 0 without memory. */
static size_t seq_room(struct seq_file *m, char **where)
{
	size_t used = m->length % CHUNK_SIZE;

	if (m->error)
		return 0;
	if (used == 0) {
		struct seq_chunk *chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);

		if (!chunk) {
			m->error = -ENOMEM;
			return 0;
		}
		chunk->next = NULL;
		if (m->last)
			m->last->next = chunk;
		else
			m->first = chunk;
		m->last = chunk;
	}
	*where = m->last->data + used;
	return CHUNK_SIZE - used;
}

void seq_write(struct seq_file *m, const void *data, size_t len)
{
	char *where;

	while (len) {
		size_t n = min(seq_room(m, &where), len);

		if (!n)
			return;
		memcpy(where, data, n);
		m->length += n;
		data = (const char *)data + n;
		len -= n;
	}
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	char buf[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	seq_write(m, buf, min_t(size_t, len, sizeof(buf) - 1));
}

void seq_escape(struct seq_file *m, const char *s, const char *escape)
{
	for (; *s; s++) {
		if (strchr(escape, *s))
			seq_printf(m, "\\%03o", (unsigned char)*s);
		else
			seq_write(m, s, 1);
	}
}

int seq_path(struct seq_file *m, const struct path *path, const char *escape)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	char *name;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	name = d_path(path, buf, PATH_MAX);
	if (IS_ERR(name))
		err = PTR_ERR(name);
	else
		seq_escape(m, name, escape);
	kfree(buf);
	return err;
}

size_t seq_length(const struct seq_file *m)
{
	return m->length;
}

bool seq_failed(const struct seq_file *m)
{
	return m->error != 0;
}

const struct inode *seq_inode(const struct seq_file *m)
{
	return m->inode;
}

/* ---- making and dropping the text ---- */

static void seq_clear(struct seq_file *m)
{
	while (m->first) {
		struct seq_chunk *chunk = m->first;

		m->first = chunk->next;
		kfree(chunk);
	}
	m->last = NULL;
	m->length = 0;
	m->error = 0;
	m->filled = false;
}

static int seq_show(struct seq_file *m)
{
	struct proc_inode *pi = proc_i(m->inode);
	struct task_struct *p = NULL;
	int err;

	if (pi->pid)
		p = proc_task(m->inode);
	if (IS_ERR(p))
		return PTR_ERR(p);
	err = pi->entry->show(m, p);
	if (p)
		put_task_struct(p);
	return err ? err : m->error;
}

static int seq_fill(struct seq_file *m)
{
	int err;

	seq_clear(m);
	err = seq_show(m);
	if (err)
		seq_clear(m);
	else
		m->filled = true;
	return err;
}

/* ---- the file ---- */

static int seq_open(struct inode *inode, struct file *file)
{
	struct proc_inode *pi = proc_i(inode);
	struct seq_file *m;

	if (pi->pid) {
		struct task_struct *p = proc_task(inode);
		bool allowed;

		if (IS_ERR(p))
			return PTR_ERR(p);
		allowed = !pi->entry->inspect || proc_may_inspect(p);
		put_task_struct(p);
		if (!allowed)
			return -EACCES;
	}
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->inode = inode;
	file->private_data = m;
	return 0;
}

static void seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	seq_clear(m);
	kfree(m);
}

/* Copy text from position @pos on; bytes copied or -EFAULT. */
static ssize_t seq_copy_out(struct seq_file *m, char __user *buf, size_t count, size_t pos)
{
	struct seq_chunk *chunk = m->first;
	size_t done = 0;

	if (pos >= m->length)
		return 0;
	count = min(count, m->length - pos);
	for (size_t i = pos / CHUNK_SIZE; i; i--)
		chunk = chunk->next;
	while (done < count) {
		size_t at = (pos + done) % CHUNK_SIZE;
		size_t n = min(CHUNK_SIZE - at, count - done);

		if (copy_to_user(buf + done, chunk->data + at, n))
			return done ? (ssize_t)done : -EFAULT;
		done += n;
		chunk = chunk->next;
	}
	return done;
}

static ssize_t seq_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	ssize_t n = 0;

	mutex_lock(&m->lock);
	if (*pos == 0 || !m->filled)
		n = seq_fill(m);
	if (!n)
		n = seq_copy_out(m, buf, count, (size_t)*pos);
	mutex_unlock(&m->lock);
	if (n > 0)
		*pos += n;
	return n;
}

/* One write is one value. */
static ssize_t seq_file_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct proc_inode *pi = proc_i(file->f_inode);
	struct task_struct *p = NULL;
	char text[PROC_TEXT_MAX];
	int err;

	if (!pi->entry->write || count >= sizeof(text))
		return pi->entry->write ? -EINVAL : -EIO;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	if (pi->pid)
		p = proc_task(file->f_inode);
	if (IS_ERR(p))
		return PTR_ERR(p);
	err = pi->entry->write(p, text);
	if (p)
		put_task_struct(p);
	return err ? err : (ssize_t)count;
}

const struct file_operations proc_seq_fops = {
	.read = seq_read,
	.write = seq_file_write,
	.llseek = generic_file_llseek,
	.open = seq_open,
	.release = seq_release,
};
