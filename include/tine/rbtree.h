/*
 * rbtree.h - red-black trees, intrusive: the owner embeds a node and compares keys itself.
 *
 * To insert, descend from the root to the null link where the node belongs, call
 * rb_link_node(), then rb_insert_color(). No locks here; see lib/rbtree.c for the invariants.
 */
#pragma once

#include <tine/compiler.h>

struct rb_node {
	struct rb_node *parent;
	struct rb_node *left, *right;
	bool red;
};

struct rb_root {
	struct rb_node *node;
};

/* A tree that remembers its smallest node, for O(1) access to it. */
struct rb_root_cached {
	struct rb_root root;
	struct rb_node *leftmost;
};

#define RB_ROOT		((struct rb_root){ NULL })
#define RB_ROOT_CACHED	((struct rb_root_cached){ { NULL }, NULL })
#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent = parent;
	node->left = node->right = NULL;
	node->red = true;
	*link = node;
}

void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost);
void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root);

/* Check every red-black rule; returns the number of nodes, or -1 when a rule is broken. */
long rb_check(const struct rb_root *root);
