/*
 * rbtree.c - red-black trees.
 *
 * Rules, checked by rb_check():
 *   - the root is black;
 *   - a red node has no red child;
 *   - every way from the root to a null link passes the same number of black nodes;
 *   - the parent pointer of each child leads back to its parent.
 * From the second and third follows that no way is more than twice as long as another, so every
 * operation takes O(log n) steps.
 *
 * Null links count as black. No state, no locks: the owner of the tree serialises its users.
 * Reference: Cormen et al., "Introduction to Algorithms", chapter "Red-Black Trees"; here with null
 * pointers in place of the sentinel, which is why the repair after an erase carries the parent along.
 */
#include <tine/rbtree.h>

static bool is_red(const struct rb_node *node)
{
	return node && node->red;
}

/* Put @new where @old hangs below its parent (or the root). @new may be NULL. */
static void replace_child(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (!parent)
		root->node = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
	if (new)
		new->parent = parent;
}

/* The right child of @node takes its place; @node becomes the left child of it. */
static void rotate_left(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *up = node->right;

	replace_child(root, node, up);
	node->right = up->left;
	if (node->right)
		node->right->parent = node;
	up->left = node;
	node->parent = up;
}

static void rotate_right(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *up = node->left;

	replace_child(root, node, up);
	node->left = up->right;
	if (node->left)
		node->left->parent = node;
	up->right = node;
	node->parent = up;
}

/*
 * @node and its parent are red, the uncle is black: lift the middle one of the three keys above
 * the other two. Ends the repair.
 */
static void lift_middle(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *parent = node->parent;
	struct rb_node *top = parent->parent;

	if (parent == top->left) {
		if (node == parent->right) {
			rotate_left(root, parent);
			parent = node;
		}
		rotate_right(root, top);
	} else {
		if (node == parent->left) {
			rotate_right(root, parent);
			parent = node;
		}
		rotate_left(root, top);
	}
	parent->red = false;
	top->red = true;
}

/* Restore the rules after rb_link_node(), which hung @node in as a red leaf. */
void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	while (is_red(node->parent)) {
		struct rb_node *parent = node->parent;
		struct rb_node *top = parent->parent;	/* exists: a red node is not the root */
		struct rb_node *uncle = parent == top->left ? top->right : top->left;

		if (!is_red(uncle)) {
			lift_middle(root, node);
			break;
		}
		parent->red = false;
		uncle->red = false;
		top->red = true;
		node = top;
	}
	root->node->red = false;
}

/* Make the sibling of @node (a child of @parent whose side lacks one black) black itself. */
static struct rb_node *black_sibling(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
	bool left = parent->left == node;
	struct rb_node *sibling = left ? parent->right : parent->left;

	if (!sibling->red)
		return sibling;
	sibling->red = false;
	parent->red = true;
	if (left)
		rotate_left(root, parent);
	else
		rotate_right(root, parent);
	return left ? parent->right : parent->left;
}

/* A red child of @sibling is turned into the black node that the side of @node lacks. */
static void borrow_from(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
			struct rb_node *sibling)
{
	bool left = parent->left == node;
	struct rb_node *outer = left ? sibling->right : sibling->left;

	if (!is_red(outer)) {
		struct rb_node *inner = left ? sibling->left : sibling->right;

		if (left)
			rotate_right(root, sibling);
		else
			rotate_left(root, sibling);
		outer = sibling;
		sibling = inner;
	}
	sibling->red = parent->red;
	parent->red = false;
	outer->red = false;
	if (left)
		rotate_left(root, parent);
	else
		rotate_right(root, parent);
}

/* A black node was taken out above @node (NULL for an empty place), a child of @parent. */
static void repair_erase(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
	while (parent && !is_red(node)) {
		struct rb_node *sibling = black_sibling(root, node, parent);

		if (is_red(sibling->left) || is_red(sibling->right)) {
			borrow_from(root, node, parent, sibling);
			return;
		}
		sibling->red = true;
		node = parent;
		parent = node->parent;
	}
	if (node)
		node->red = false;
}

/* @heir, the successor of @node and without a left child, takes over its place and colour. */
static void take_place(struct rb_root *root, struct rb_node *node, struct rb_node *heir)
{
	replace_child(root, node, heir);
	heir->red = node->red;
	heir->left = node->left;
	heir->left->parent = heir;
	heir->right = node->right;
	if (heir->right)
		heir->right->parent = heir;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *child, *parent;
	bool lost_red;

	if (node->left && node->right) {
		struct rb_node *heir = rb_next(node);

		child = heir->right;
		parent = heir->parent == node ? heir : heir->parent;
		lost_red = heir->red;
		replace_child(root, heir, child);
		take_place(root, node, heir);
	} else {
		child = node->left ? node->left : node->right;
		parent = node->parent;
		lost_red = node->red;
		replace_child(root, node, child);
	}
	if (!lost_red)
		repair_erase(root, child, parent);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->left)
		node = node->left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->right)
		node = node->right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *next = node->right;

	if (next) {
		while (next->left)
			next = next->left;
		return next;
	}
	while (node->parent && node == node->parent->right)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *prev = node->left;

	if (prev) {
		while (prev->right)
			prev = prev->right;
		return prev;
	}
	while (node->parent && node == node->parent->left)
		node = node->parent;
	return node->parent;
}

/* @leftmost: the way down to the new node never turned right. */
void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost)
{
	if (leftmost)
		root->leftmost = node;
	rb_insert_color(node, &root->root);
}

void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->leftmost == node)
		root->leftmost = rb_next(node);
	rb_erase(node, &root->root);
}

/* Black nodes on the way from @node down to each null link, @node included. */
static int count_blacks_left(const struct rb_node *node)
{
	int blacks = 0;

	for (; node; node = node->left)
		blacks += !node->red;
	return blacks;
}

/* The rules that concern @node and its links alone. */
static bool node_is_sound(const struct rb_node *node)
{
	if (node->left && node->left->parent != node)
		return false;
	if (node->right && node->right->parent != node)
		return false;
	if (node->parent && node->parent->left != node && node->parent->right != node)
		return false;
	return !node->red || (!is_red(node->left) && !is_red(node->right));
}

static int count_blacks_up(const struct rb_node *node)
{
	int blacks = 0;

	for (; node; node = node->parent)
		blacks += !node->red;
	return blacks;
}

long rb_check(const struct rb_root *root)
{
	int blacks = count_blacks_left(root->node);
	long nodes = 0;

	if (root->node && (root->node->red || root->node->parent))
		return -1;
	for (struct rb_node *node = rb_first(root); node; node = rb_next(node)) {
		if (!node_is_sound(node))
			return -1;
		if ((!node->left || !node->right) && count_blacks_up(node) != blacks)
			return -1;
		nodes++;
	}
	return nodes;
}
