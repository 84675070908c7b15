// sources: lib/rbtree.c
/*
 * Red-black trees under random insertions and erasures, every rule checked on the way, compared
 * with a plain array that says which keys are inside.
 */
#include "unit.h"
#include <tine/rbtree.h>

#define NR_KEYS 300

struct item {
	struct rb_node node;
	int key;
	bool inside;
};

static struct item items[NR_KEYS];
static struct rb_root_cached tree;
static long nr_inside;

static void insert(struct item *item)
{
	struct rb_node **link = &tree.root.node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (item->key < rb_entry(parent, struct item, node)->key) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	rb_link_node(&item->node, parent, link);
	rb_insert_color_cached(&item->node, &tree, leftmost);
	item->inside = true;
	nr_inside++;
}

static void erase(struct item *item)
{
	rb_erase_cached(&item->node, &tree);
	item->inside = false;
	nr_inside--;
}

static void flip(struct item *item)
{
	if (item->inside)
		erase(item);
	else
		insert(item);
}

static void check_forward(void)
{
	struct rb_node *node = rb_first(&tree.root);

	assert_ptr_equal(node, tree.leftmost);
	for (int i = 0; i < NR_KEYS; i++) {
		if (!items[i].inside)
			continue;
		assert_ptr_equal(node, &items[i].node);
		node = rb_next(node);
	}
	assert_null(node);
}

static void check_backward(void)
{
	struct rb_node *node = rb_last(&tree.root);

	for (int i = NR_KEYS; i-- > 0; ) {
		if (!items[i].inside)
			continue;
		assert_ptr_equal(node, &items[i].node);
		node = rb_prev(node);
	}
	assert_null(node);
}

static int reset(void **state)
{
	(void)state;
	tree = RB_ROOT_CACHED;
	nr_inside = 0;
	for (int i = 0; i < NR_KEYS; i++)
		items[i] = (struct item){ .key = i };
	return 0;
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(rb_check(&tree.root), 0);
	assert_null(rb_first(&tree.root));
	assert_null(rb_last(&tree.root));
}

static void test_random(void **state)
{
	unsigned long seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		flip(&items[next_random(&seed) % NR_KEYS]);
		assert_int_equal(rb_check(&tree.root), nr_inside);
		if (round % 16 == 0) {
			check_forward();
			check_backward();
		}
	}
}

static void test_sorted(void **state)
{
	(void)state;
	for (int i = 0; i < NR_KEYS; i++) {
		insert(&items[i]);
		assert_int_equal(rb_check(&tree.root), nr_inside);
	}
	for (int i = 0; i < NR_KEYS; i++) {
		assert_ptr_equal(tree.leftmost, &items[i].node);
		erase(&items[i]);
		assert_int_equal(rb_check(&tree.root), nr_inside);
	}
	for (int i = NR_KEYS; i-- > 0; )
		insert(&items[i]);
	check_forward();
	for (int i = NR_KEYS; i-- > 0; ) {
		erase(&items[i]);
		assert_int_equal(rb_check(&tree.root), nr_inside);
	}
}

/* Every order of erasing a small tree: each case of the repair. */
static void erase_all_orders(unsigned int left, int n)
{
	for (int i = 0; i < n; i++) {
		if (!(left & 1U << i))
			continue;
		for (int k = 0; k < n; k++) {
			if (items[k].inside)
				erase(&items[k]);
		}
		for (int k = 0; k < n; k++) {
			if (left & 1U << k)
				insert(&items[k]);
		}
		erase(&items[i]);
		assert_int_equal(rb_check(&tree.root), nr_inside);
		erase_all_orders(left & ~(1U << i), n);
	}
}

static void test_all_orders(void **state)
{
	(void)state;
	erase_all_orders(0x7f, 7);
}

/* Keys with gaps, inserted in bulk and erased at random, so that trees of every shape shrink. */
static void test_shrinking(void **state)
{
	unsigned long seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < NR_KEYS; i++) {
			if (!items[i].inside && next_random(&seed) % 2)
				insert(&items[i]);
		}
		while (nr_inside) {
			struct item *item = &items[next_random(&seed) % NR_KEYS];

			if (item->inside)
				erase(item);
		}
		assert_int_equal(rb_check(&tree.root), 0);
	}
}

static void build(int n)
{
	for (int i = 0; i < n; i++)
		insert(&items[i]);
}

/* rb_check() convicts each kind of damage. */
static void test_check_convicts(void **state)
{
	struct rb_node *root, *child;

	(void)state;
	build(31);
	root = tree.root.node;
	root->red = true;
	assert_int_equal(rb_check(&tree.root), -1);
	root->red = false;

	child = rb_first(&tree.root);
	child->red = !child->red;
	assert_int_equal(rb_check(&tree.root), -1);
	child->red = !child->red;

	child = root->left->right;
	child->parent = root;
	assert_int_equal(rb_check(&tree.root), -1);
	child->parent = root->left;
	assert_int_equal(rb_check(&tree.root), 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, reset),
		cmocka_unit_test_setup(test_random, reset),
		cmocka_unit_test_setup(test_sorted, reset),
		cmocka_unit_test_setup(test_all_orders, reset),
		cmocka_unit_test_setup(test_shrinking, reset),
		cmocka_unit_test_setup(test_check_convicts, reset),
	};

	return cmocka_run_group_tests_name("rbtree", tests, NULL, NULL);
}
