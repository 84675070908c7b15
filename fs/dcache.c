/*
 * dcache.c - the tree of names.
 *
 * A dentry is one name in one directory. It holds a reference on its parent and on its inode; a
 * path, an open file or a mount holds references on dentries. File systems that live in memory
 * (ramfs) take one more reference on each of their names, the pin, and drop it when the name is
 * removed; others (procfs) let a name go with its last user. There are no negative dentries in
 * the hash: a name that is not there is asked of the file system each time, and ramfs, whose
 * names are all here, need not be asked at all.
 *
 * dcache_lock guards the shape: d_parent, d_children, d_hash, d_name. A count that has reached
 * zero never rises again: d_lookup() passes over such a dentry, which its last user is about to
 * take out of the tree. Directories of ramfs change only under (i) of the directory as well, so
 * that readdir may walk d_children under (i) alone and sleep in between.
 *
 * Lock order: (i) of directories, then dcache_lock, nothing below it.
 */
#include "internal.h"

#include <tine/ledger.h>

#define D_HASH_BITS 10

static struct list_head dentry_hashtable[1 << D_HASH_BITS];	/* (d) */
static struct kmem_cache *dentry_cache;
DEFINE_SPINLOCK(dcache_lock);

void dcache_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(dentry_hashtable); i++)
		INIT_LIST_HEAD(&dentry_hashtable[i]);
	dentry_cache = kmem_cache_create("dentry", sizeof(struct dentry), 0);
	inode_init();
}

static struct list_head *d_bucket(const struct dentry *parent, unsigned int hash)
{
	u64 mixed = ((unsigned long)parent >> 6) ^ hash;

	return &dentry_hashtable[(mixed * 0x9e3779b97f4a7c15UL) >> (64 - D_HASH_BITS)];
}

static unsigned int name_hash(const char *name, size_t len)
{
	unsigned int hash = NAME_HASH_INIT;

	while (len--)
		hash = name_hash_step(hash, (unsigned char)*name++);
	return hash;
}

struct dentry *dget(struct dentry *dentry)
{
	refcount_inc(&dentry->d_count);
	return dentry;
}

struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *dentry = kmem_cache_alloc(dentry_cache, GFP_KERNEL);

	if (!dentry)
		return NULL;
	dentry->d_name = len < DNAME_INLINE_LEN ? dentry->d_iname : kmalloc(len + 1, GFP_KERNEL);
	if (!dentry->d_name) {
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	memcpy(dentry->d_name, name, len);
	dentry->d_name[len] = '\0';
	dentry->d_len = (unsigned int)len;
	dentry->d_hashval = name_hash(name, len);
	refcount_set(&dentry->d_count, 1);
	dentry->d_flags = 0;
	dentry->d_inode = NULL;
	dentry->d_parent = parent ? dget(parent) : dentry;
	dentry->d_sb = parent ? parent->d_sb : NULL;
	dentry->d_mounted = 0;
	dentry->d_fsdata = NULL;
	dentry->d_off = 0;
	dentry->d_next_off = 2;		/* 0 and 1 are "." and ".." */
	INIT_LIST_HEAD(&dentry->d_children);
	INIT_LIST_HEAD(&dentry->d_sibling);
	INIT_LIST_HEAD(&dentry->d_hash);
	ledger_add(LEDGER_DENTRIES, 1);
	return dentry;
}

struct dentry *d_make_root(struct inode *inode, struct super_block *sb)
{
	struct dentry *root = d_alloc(NULL, "/", 1);

	if (!root)
		return NULL;
	root->d_sb = sb;
	root->d_inode = inode;
	return root;
}

/* Hash and link under the parent as its last child. (d) held. */
static void d_link(struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;

	dentry->d_off = parent->d_next_off++;
	list_add_tail(&dentry->d_sibling, &parent->d_children);
	list_add(&dentry->d_hash, d_bucket(parent, dentry->d_hashval));
}

static void d_unlink(struct dentry *dentry)
{
	list_del_init(&dentry->d_hash);
	list_del_init(&dentry->d_sibling);
}

void d_add(struct dentry *dentry, struct inode *inode)
{
	if (!inode)
		return;
	spin_lock(&dcache_lock);
	dentry->d_inode = inode;
	d_link(dentry);
	spin_unlock(&dcache_lock);
}

void d_drop(struct dentry *dentry)
{
	spin_lock(&dcache_lock);
	d_unlink(dentry);
	spin_unlock(&dcache_lock);
}

/* Free what nobody holds; returns the parent with the reference that was held on it. */
static struct dentry *d_kill(struct dentry *dentry)
{
	struct dentry *parent = d_is_root(dentry) ? NULL : dentry->d_parent;

	debug_assert(list_empty(&dentry->d_children));
	d_drop(dentry);
	iput(dentry->d_inode);
	if (dentry->d_name != dentry->d_iname)
		kfree(dentry->d_name);
	kmem_cache_free(dentry_cache, dentry);
	ledger_add(LEDGER_DENTRIES, -1);
	return parent;
}

void dput(struct dentry *dentry)
{
	while (dentry && refcount_dec_and_test(&dentry->d_count))
		dentry = d_kill(dentry);
}

struct dentry *d_lookup(struct dentry *parent, const struct qstr *name)
{
	struct list_head *bucket = d_bucket(parent, name->hash);
	struct dentry *dentry;

	spin_lock(&dcache_lock);
	list_for_each_entry(dentry, bucket, d_hash) {
		if (dentry->d_hashval != name->hash || dentry->d_parent != parent || dentry->d_len != name->len)
			continue;
		if (memcmp(dentry->d_name, name->name, name->len) == 0 && refcount_inc_not_zero(&dentry->d_count)) {
			spin_unlock(&dcache_lock);
			return dentry;
		}
	}
	spin_unlock(&dcache_lock);
	return NULL;
}

struct dentry *dget_parent(struct dentry *dentry)
{
	struct dentry *parent;

	spin_lock(&dcache_lock);
	parent = dget(dentry->d_parent);
	spin_unlock(&dcache_lock);
	return parent;
}

/* Exchange the names of two dentries. (d) held. */
static void d_swap_names(struct dentry *a, struct dentry *b)
{
	char iname[DNAME_INLINE_LEN];
	char *a_name = a->d_name, *b_name = b->d_name;
	unsigned int len = a->d_len, hashval = a->d_hashval;

	memcpy(iname, a->d_iname, sizeof(iname));
	memcpy(a->d_iname, b->d_iname, sizeof(iname));
	memcpy(b->d_iname, iname, sizeof(iname));
	a->d_name = b_name == b->d_iname ? a->d_iname : b_name;
	b->d_name = a_name == a->d_iname ? b->d_iname : a_name;
	a->d_len = b->d_len;
	a->d_hashval = b->d_hashval;
	b->d_len = len;
	b->d_hashval = hashval;
}

/* The references on the two parents change hands together with the pointers. */
void d_move(struct dentry *dentry, struct dentry *target)
{
	struct dentry *parent;

	spin_lock(&dcache_lock);
	d_unlink(dentry);
	d_unlink(target);
	d_swap_names(dentry, target);
	parent = dentry->d_parent;
	dentry->d_parent = target->d_parent;
	target->d_parent = parent;
	d_link(dentry);
	spin_unlock(&dcache_lock);
}

struct dentry *d_ancestor(struct dentry *ancestor, struct dentry *dentry)
{
	struct dentry *found = NULL;

	spin_lock(&dcache_lock);
	for (; !d_is_root(dentry); dentry = dentry->d_parent) {
		if (dentry->d_parent == ancestor) {
			found = dentry;
			break;
		}
	}
	spin_unlock(&dcache_lock);
	return found;
}

void d_drop_tree(struct dentry *root)
{
	for (;;) {
		struct dentry *dentry = root;

		spin_lock(&dcache_lock);
		while (!list_empty(&dentry->d_children))
			dentry = list_first_entry(&dentry->d_children, struct dentry, d_sibling);
		if (dentry != root)
			d_unlink(dentry);
		spin_unlock(&dcache_lock);
		if (dentry == root)
			return;
		dput(dentry);
	}
}
