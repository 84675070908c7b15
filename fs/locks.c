/*
 * locks.c - advisory record locks: fcntl(2) F_GETLK, F_SETLK, F_SETLKW.
 *
 * A lock belongs to a files_struct (so threads share it and a forked child does not have it)
 * and goes when its owner closes any descriptor of the file. The locks of one owner on one file
 * never overlap; neighbours are not merged, which no program can see.
 *
 * One spinlock for all lists and one queue for all waiters: record locks are rare here. A waiter
 * that closes a circle is not found out (fcntl(2) has EDEADLK for it): it sleeps until a signal.
 */
#include "internal.h"

struct file_lock {
	struct list_head link;		/* locks_lock; in inode->i_flock */
	struct files_struct *owner;	/* only compared */
	pid_t pid;
	short type;			/* F_RDLCK, F_WRLCK */
	loff_t start, end;		/* locks_lock; bytes, end inclusive */
};

static DEFINE_SPINLOCK(locks_lock);
static DECLARE_WAIT_QUEUE_HEAD(locks_wait);

static bool overlaps(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* A lock of somebody else that stands against @want. locks_lock held. */
static struct file_lock *find_conflict(struct inode *inode, const struct file_lock *want)
{
	struct file_lock *lock;

	list_for_each_entry(lock, &inode->i_flock, link) {
		if (lock->owner != want->owner && overlaps(lock, want) &&
		    (lock->type == F_WRLCK || want->type == F_WRLCK))
			return lock;
	}
	return NULL;
}

/* From the caller's structure, relative to what l_whence says, to absolute bytes. */
static int lock_from_user(struct file *file, const struct flock *fl, struct file_lock *lock)
{
	loff_t base = 0, start, end;

	if (fl->l_whence == SEEK_CUR)
		base = file->f_pos;
	else if (fl->l_whence == SEEK_END)
		base = (loff_t)file->f_inode->i_data.size;
	else if (fl->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, fl->l_start, &start))
		return -EOVERFLOW;
	if (fl->l_len == 0)
		end = MAX_FILE_SIZE;
	else if (__builtin_add_overflow(start, fl->l_len, &end))
		return -EOVERFLOW;
	else if (fl->l_len > 0)
		end--;
	if (fl->l_len < 0) {
		loff_t first = end;

		end = start - 1;
		start = first;
	}
	if (start < 0)
		return -EINVAL;
	*lock = (struct file_lock){ .owner = current->files, .pid = current->tgid, .type = fl->l_type,
				    .start = start, .end = end };
	return 0;
}

long fcntl_getlk(struct file *file, struct flock __user *user)
{
	struct flock fl;
	struct file_lock want, *found;
	int err;

	if (copy_from_user(&fl, user, sizeof(fl)))
		return -EFAULT;
	if (fl.l_type != F_RDLCK && fl.l_type != F_WRLCK)
		return -EINVAL;
	err = lock_from_user(file, &fl, &want);
	if (err)
		return err;
	spin_lock(&locks_lock);
	found = find_conflict(file->f_inode, &want);
	fl.l_type = F_UNLCK;
	if (found) {
		fl.l_type = found->type;
		fl.l_whence = SEEK_SET;
		fl.l_start = found->start;
		fl.l_len = found->end == MAX_FILE_SIZE ? 0 : found->end - found->start + 1;
		fl.l_pid = found->pid;
	}
	spin_unlock(&locks_lock);
	return copy_to_user(user, &fl, sizeof(fl)) ? -EFAULT : 0;
}

/*
 * Cut [want->start, want->end] out of the owner's locks. @spare takes the right half of a lock
 * that is cut in two; what is cut away whole goes to @gone. locks_lock held.
 */
static void carve(struct inode *inode, const struct file_lock *want, struct file_lock **spare,
		  struct list_head *gone)
{
	struct file_lock *lock, *next;

	list_for_each_entry_safe(lock, next, &inode->i_flock, link) {
		if (lock->owner != want->owner || !overlaps(lock, want))
			continue;
		if (lock->start < want->start && lock->end > want->end) {
			**spare = *lock;
			(*spare)->start = want->end + 1;
			lock->end = want->start - 1;
			list_add(&(*spare)->link, &lock->link);
			*spare = NULL;
			return;		/* nothing else of ours can overlap */
		}
		if (lock->start < want->start)
			lock->end = want->start - 1;
		else if (lock->end > want->end)
			lock->start = want->end + 1;
		else
			list_move(&lock->link, gone);
	}
}

static void free_locks(struct list_head *gone)
{
	while (!list_empty(gone)) {
		struct file_lock *lock = list_first_entry(gone, struct file_lock, link);

		list_del_init(&lock->link);
		kfree(lock);
	}
}

/* Set or clear; -EAGAIN if somebody stands against it. */
static int try_lock(struct inode *inode, const struct file_lock *want)
{
	struct file_lock *spare = kmalloc(sizeof(*spare), GFP_KERNEL);
	struct file_lock *new = kmalloc(sizeof(*new), GFP_KERNEL);
	LIST_HEAD(gone);
	int err = 0;

	if (!spare || !new) {
		kfree(spare);
		kfree(new);
		return -ENOLCK;
	}
	spin_lock(&locks_lock);
	if (want->type != F_UNLCK && find_conflict(inode, want)) {
		err = -EAGAIN;
	} else {
		carve(inode, want, &spare, &gone);
		if (want->type != F_UNLCK) {
			*new = *want;
			list_add_tail(&new->link, &inode->i_flock);
			new = NULL;
		}
	}
	spin_unlock(&locks_lock);
	kfree(spare);
	kfree(new);
	free_locks(&gone);
	if (!err)
		wake_up_all(&locks_wait);
	return err;
}

static int wait_for_lock(struct inode *inode, const struct file_lock *want)
{
	int err, signalled;

	signalled = wait_event_interruptible(locks_wait, (err = try_lock(inode, want)) != -EAGAIN);
	return signalled ? signalled : err;
}

long fcntl_setlk(unsigned int fd, struct file *file, unsigned int cmd, const struct flock __user *user)
{
	struct flock fl;
	struct file_lock want;
	int err;

	if (copy_from_user(&fl, user, sizeof(fl)))
		return -EFAULT;
	if (fl.l_type != F_RDLCK && fl.l_type != F_WRLCK && fl.l_type != F_UNLCK)
		return -EINVAL;
	if ((fl.l_type == F_RDLCK && !(file->f_mode & FMODE_READ)) ||
	    (fl.l_type == F_WRLCK && !(file->f_mode & FMODE_WRITE)))
		return -EBADF;
	err = lock_from_user(file, &fl, &want);
	if (err)
		return err;
	WRITE_ONCE(want.owner->has_locked, true);
	err = cmd == F_SETLK ? try_lock(file->f_inode, &want) : wait_for_lock(file->f_inode, &want);
	/* the close that was to take the lock away has come before it: nobody would do it any more */
	if (!err && want.type != F_UNLCK && !fd_still_is(fd, file)) {
		locks_remove_posix(file, want.owner);
		err = -EBADF;
	}
	return err;
}

void locks_remove_posix(struct file *file, struct files_struct *owner)
{
	struct file_lock *lock, *next;
	LIST_HEAD(gone);

	spin_lock(&locks_lock);
	list_for_each_entry_safe(lock, next, &file->f_inode->i_flock, link) {
		if (lock->owner == owner)
			list_move(&lock->link, &gone);
	}
	spin_unlock(&locks_lock);
	if (list_empty(&gone))
		return;
	free_locks(&gone);
	wake_up_all(&locks_wait);
}
