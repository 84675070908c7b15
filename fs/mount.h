/*
 * mount.h - joints between mounts, for super.c and mount.c.
 */
#pragma once

#include <tine/list.h>

struct path;
struct vfsmount;

extern struct list_head mount_list;		/* mount_lock; every mount that a path leads to */

/* Show @mnt at @at. Takes the reference on @mnt over. */
void mnt_attach(struct vfsmount *mnt, const struct path *at);
/* Out of the tree onto the list @gone, for mnt_put_detached(). mount_lock held. */
void mnt_detach(struct vfsmount *mnt, struct list_head *gone);
void mnt_put_detached(struct list_head *gone);
