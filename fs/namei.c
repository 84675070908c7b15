/*
 * namei.c - from a path to an object. path_resolution(7).
 *
 * A walk (struct nameidata) stands on one object and holds references on it. It takes components
 * from its text one by one. A symbolic link in the middle of a path puts what follows on a stack
 * and walks the link's text; one at the end only replaces the text. So the walk never recurses.
 *
 * link_path_walk() stops before the last component, because what is to happen there differs:
 * find it (path_lookupat), make it (namei_dir.c), open or make it (open.c).
 *
 * Locks: none is held between components. A lookup that must ask the file system takes (i) of
 * the directory. The root and the working directory are read once, when the walk needs them.
 */
#include "internal.h"

char *getname(const char __user *name, unsigned int lookup)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	long len;

	if (!buf)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(buf, name, PATH_MAX);
	if (likely(len > 0 && len < PATH_MAX))
		return buf;
	if (len == 0 && (lookup & LOOKUP_EMPTY))
		return buf;
	kfree(buf);
	if (len == 0)
		return ERR_PTR(-ENOENT);
	return ERR_PTR(len < 0 ? len : -ENAMETOOLONG);
}

void putname(char *name)
{
	kfree(name);
}

void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}

/* ---- one component ---- */

static struct dentry *d_lookup_valid(struct dentry *parent, const struct qstr *last)
{
	struct inode *dir = parent->d_inode;
	struct dentry *dentry = d_lookup(parent, last);

	if (dentry && unlikely(dir->i_op->revalidate != NULL) && !dir->i_op->revalidate(dir, dentry)) {
		d_drop(dentry);
		dput(dentry);
		return NULL;
	}
	return dentry;
}

struct dentry *lookup_locked(struct dentry *parent, const struct qstr *last)
{
	struct inode *dir = parent->d_inode;
	struct dentry *dentry = d_lookup_valid(parent, last);
	int err;

	if (dentry || !dir->i_op->lookup)
		return dentry;
	dentry = d_alloc(parent, last->name, last->len);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	err = dir->i_op->lookup(dir, dentry);
	if (err || !dentry->d_inode) {
		dput(dentry);
		return ERR_PTR(err);
	}
	if (d_unhashed(dentry))
		d_add(dentry, dentry->d_inode);
	return dentry;
}

static struct dentry *lookup_one(struct dentry *parent, const struct qstr *last)
{
	struct inode *dir = parent->d_inode;
	struct dentry *dentry = d_lookup_valid(parent, last);

	if (dentry || !dir->i_op->lookup)
		return dentry;
	mutex_lock(&dir->i_lock);
	dentry = lookup_locked(parent, last);
	mutex_unlock(&dir->i_lock);
	return dentry;
}

/* ---- the walk ---- */

static void nd_need_root(struct nameidata *nd)
{
	if (!nd->root.mnt)
		get_fs_root(&nd->root);
}

static void nd_to_root(struct nameidata *nd)
{
	nd_need_root(nd);
	path_put(&nd->path);
	nd->path = nd->root;
	path_get(&nd->path);
}

/* Where a relative path begins: a directory descriptor, or for "" any descriptor. */
static int nd_start_fd(struct nameidata *nd, int dfd)
{
	struct fd f = fdget_raw((unsigned int)dfd);
	int err = 0;

	if (!f.file)
		return -EBADF;
	if (*nd->text && !S_ISDIR(f.file->f_inode->i_mode))
		err = -ENOTDIR;
	else
		path_get(&f.file->f_path);
	if (!err)
		nd->path = f.file->f_path;
	fdput(f);
	return err;
}

int nd_start(struct nameidata *nd, int dfd, const char *name, unsigned int flags)
{
	nd->root.mnt = NULL;
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
	nd->flags = flags;
	nd->slashes = false;
	nd->links = 0;
	nd->depth = 0;
	nd->text = name;
	nd->link_text = NULL;
	if (!*name && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	if (*name == '/') {
		nd_need_root(nd);
		nd->path = nd->root;
		path_get(&nd->path);
	} else if (dfd == AT_FDCWD) {
		get_fs_pwd(&nd->path);
	} else {
		return nd_start_fd(nd, dfd);
	}
	return 0;
}

void nd_end(struct nameidata *nd)
{
	kfree(nd->link_text);
	while (nd->depth)
		kfree(nd->stack[--nd->depth].link_text);
	if (nd->path.mnt)
		path_put(&nd->path);
	if (nd->root.mnt)
		path_put(&nd->root);
}

/* Cut the next component off the text, into nd->last. The text does not begin with a slash. */
static int parse_component(struct nameidata *nd)
{
	const char *name = nd->text, *p = name;
	unsigned int hash = NAME_HASH_INIT;

	do {
		hash = name_hash_step(hash, (unsigned char)*p++);
	} while (*p && *p != '/');
	if (p - name > NAME_MAX)
		return -ENAMETOOLONG;
	nd->last = (struct qstr){ name, (unsigned int)(p - name), hash };
	nd->last_type = LAST_NORM;
	if (name[0] == '.' && nd->last.len == 1)
		nd->last_type = LAST_DOT;
	else if (name[0] == '.' && name[1] == '.' && nd->last.len == 2)
		nd->last_type = LAST_DOTDOT;
	while (*p == '/')
		p++;
	nd->text = p;
	if (!*p && !nd->depth && p[-1] == '/')
		nd->slashes = true;
	return 0;
}

int link_path_walk(struct nameidata *nd)
{
	for (;;) {
		struct inode *dir;
		int err;

		while (*nd->text == '/')
			nd->text++;
		if (!*nd->text && !nd->depth) {
			nd->last_type = LAST_ROOT;
			return 0;
		}
		if (!*nd->text) {
			kfree(nd->link_text);
			nd->depth--;
			nd->link_text = nd->stack[nd->depth].link_text;
			nd->text = nd->stack[nd->depth].rest;
		}
		dir = nd->path.dentry->d_inode;
		if (!S_ISDIR(dir->i_mode))
			return -ENOTDIR;
		err = inode_permission(dir, MAY_EXEC);
		if (!err)
			err = parse_component(nd);
		if (err || (!*nd->text && !nd->depth))
			return err;
		err = walk_component(nd, true);
		if (err < 0)
			return err;
	}
}

static int follow_dotdot(struct nameidata *nd)
{
	nd_need_root(nd);
	while (!path_equal(&nd->path, &nd->root)) {
		if (nd->path.dentry != nd->path.mnt->mnt_root) {
			struct dentry *parent = dget_parent(nd->path.dentry);

			dput(nd->path.dentry);
			nd->path.dentry = parent;
			break;
		}
		if (!follow_up(&nd->path))
			break;
	}
	follow_mounts(&nd->path);
	return 0;
}

/* A link that leads to an object: /proc/PID/fd/N. Takes the reference on @link. */
static int follow_magic(struct nameidata *nd, struct dentry *link)
{
	struct path target;
	int err = link->d_inode->i_op->follow(link, &target);

	dput(link);
	if (err)
		return err;
	path_put(&nd->path);
	nd->path = target;
	return 0;
}

/* Make the text of @link what is walked next. Takes the reference on it. */
static int follow_text(struct nameidata *nd, struct dentry *link)
{
	const struct inode_operations *op = link->d_inode->i_op;
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	int len = -ENOMEM;

	if (buf)
		len = op->readlink ? op->readlink(link, buf) : -EINVAL;
	dput(link);
	if (len <= 0 || len >= PATH_MAX) {
		kfree(buf);
		return len < 0 ? len : (len ? -ENAMETOOLONG : -ENOENT);
	}
	buf[len] = '\0';
	if (*nd->text) {
		nd->stack[nd->depth].link_text = nd->link_text;
		nd->stack[nd->depth].rest = nd->text;
		nd->depth++;
	} else {
		kfree(nd->link_text);
	}
	nd->link_text = buf;
	nd->text = buf;
	if (*buf == '/')
		nd_to_root(nd);
	return 1;
}

/*
 * proc(5), protected_symlinks: in a directory like /tmp (sticky, writable by all) only who made a
 * link follows it, unless the directory's owner did. It counts for the last component only.
 */
static int may_follow_link(const struct nameidata *nd, const struct inode *link)
{
	const struct inode *dir = nd->path.dentry->d_inode;

	if (*nd->text || nd->depth || (dir->i_mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH))
		return 0;
	return current_cred()->fsuid == link->i_uid || dir->i_uid == link->i_uid ? 0 : -EACCES;
}

static int follow_link(struct nameidata *nd, struct dentry *link)
{
	int err = may_follow_link(nd, link->d_inode);

	if (!err && nd->links++ >= MAX_LINKS)
		err = -ELOOP;
	if (err) {
		dput(link);
		return err;
	}
	return link->d_inode->i_op->follow ? follow_magic(nd, link) : follow_text(nd, link);
}

int step_into(struct nameidata *nd, struct dentry *dentry, bool follow)
{
	if (unlikely(S_ISLNK(dentry->d_inode->i_mode)) && follow)
		return follow_link(nd, dentry);
	dput(nd->path.dentry);
	nd->path.dentry = dentry;
	if (unlikely(READ_ONCE(dentry->d_mounted)))
		follow_mounts(&nd->path);
	return 0;
}

int walk_component(struct nameidata *nd, bool follow)
{
	struct dentry *dentry;

	if (nd->last_type == LAST_DOTDOT)
		return follow_dotdot(nd);
	if (nd->last_type != LAST_NORM)
		return 0;
	dentry = lookup_one(nd->path.dentry, &nd->last);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	if (!dentry)
		return -ENOENT;
	return step_into(nd, dentry, follow);
}

int path_lookupat(struct nameidata *nd)
{
	int err;

	do {
		err = link_path_walk(nd);
		if (!err)
			err = walk_component(nd, nd->slashes || (nd->flags & LOOKUP_FOLLOW));
	} while (err > 0);
	if (!err && (nd->slashes || (nd->flags & LOOKUP_DIRECTORY)) && !S_ISDIR(nd->path.dentry->d_inode->i_mode))
		err = -ENOTDIR;
	return err;
}

/* ---- the usual questions ---- */

int filename_lookup(int dfd, const char *name, unsigned int flags, struct path *path)
{
	struct nameidata nd;
	int err = nd_start(&nd, dfd, name, flags);

	if (!err)
		err = path_lookupat(&nd);
	if (!err) {
		*path = nd.path;
		nd.path.mnt = NULL;
	}
	nd_end(&nd);
	return err;
}

int filename_parentat(int dfd, const char *name, struct path *parent, struct qstr *last, int *type)
{
	struct nameidata nd;
	int err = nd_start(&nd, dfd, name, LOOKUP_PARENT);

	if (!err)
		err = link_path_walk(&nd);
	if (!err) {
		*parent = nd.path;
		*last = nd.last;
		*type = nd.last_type;
		nd.path.mnt = NULL;
	}
	nd_end(&nd);
	return err;
}

int user_path_at(int dfd, const char __user *name, unsigned int lookup, struct path *path)
{
	char *kname = getname(name, lookup);
	int err;

	if (IS_ERR(kname))
		return (int)PTR_ERR(kname);
	err = filename_lookup(dfd, kname, lookup, path);
	putname(kname);
	return err;
}

int kern_path(const char *name, unsigned int lookup, struct path *path)
{
	return filename_lookup(AT_FDCWD, name, lookup, path);
}
