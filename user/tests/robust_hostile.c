/* Robust lists that no program should make: circles, too long, nowhere, kernel addresses, shared copies. */
#include "futex.h"

#define BOUND 2048
#define CHAIN (BOUND + 100)
#define KERNEL ((void *)0xffff888000100000UL)

struct lock {
	struct robust_list link;
	volatile int word;
};

static struct robust_list_head *head;
static struct lock *locks;	/* CHAIN of them, shared with the children */

static void chain(int n, void *last)
{
	head->list.next = &locks[0].link;
	for (int i = 0; i < n; i++)
		locks[i].link.next = i == n - 1 ? last : &locks[i + 1].link;
	head->futex_offset = offsetof(struct lock, word);
	head->list_op_pending = NULL;
}

/* A child that owns the first @own locks registers @list and exits. */
static int die(void *list, int own)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		for (int i = 0; i < own; i++)
			locks[i].word = getpid();
		_exit(syscall(SYS_set_robust_list, list, sizeof(*head)) ? 1 : 0);
	}
	return outcome(pid);
}

static int marked(int from, int to)
{
	int n = 0;

	for (int i = from; i < to; i++)
		n += locks[i].word == FUTEX_OWNER_DIED;
	return n;
}

static void bad_links(void)
{
	char *hole = map_private(PAGE);

	need(munmap(hole, PAGE) == 0);
	chain(2, hole);
	same(die(head, 2), 0, "a link to where nothing is mapped");
	same(marked(0, 2), 2, "what comes before it counts");
	chain(2, KERNEL);
	same(die(head, 2), 0, "a link to a kernel address");
	same(marked(0, 2), 2, "what comes before it counts");
	same(die(hole, 0), 0, "the head where nothing is mapped");
	same(die(KERNEL, 0), 0, "the head at a kernel address");
	same(die((void *)8, 0), 0, "the head at a very low address");
	same(die((char *)hole - 8, 0), 0, "the head at the edge of what is mapped");
	chain(1, &head->list);
	head->list_op_pending = KERNEL;
	same(die(head, 1), 0, "a pending lock at a kernel address");
	head->list_op_pending = (void *)((char *)&locks[1] + 4);
	head->futex_offset++;
	same(die(head, 1), 0, "words that are not aligned");
	same(marked(0, 1), 0, "are left alone");
	head->futex_offset = (long)KERNEL;
	same(die(head, 1), 0, "an offset into the kernel");
}

static void bounds(void)
{
	chain(3, &locks[0].link);
	same(die(head, 3), 0, "a circle without the head ends");
	same(marked(0, 3), 3, "all of it marked");
	chain(CHAIN, &head->list);
	same(die(head, CHAIN), 0, "a list longer than the bound");
	same(marked(0, BOUND), BOUND, "2,048 locks are marked");
	same(marked(BOUND, CHAIN), 0, "no more");
	locks[CHAIN - 1].word = 0;
}

/* A lock on a page that parent and child still share as a copy: only the child's may change. */
static void copied_page(void)
{
	struct lock *lock = map_private(PAGE);
	int check[2], word;
	pid_t pid, pid2;

	need(pipe(check) == 0);
	lock->word = 5;
	head->list.next = &lock->link;
	head->list_op_pending = NULL;
	head->futex_offset = offsetof(struct lock, word);
	lock->link.next = &head->list;
	pid = must_fork();
	if (pid == 0) {
		/* two who share memory; the one that ends owns the lock, the other looks */
		lock->word = getpid();
		pid2 = must_fork();
		need(syscall(SYS_set_robust_list, head, sizeof(*head)) == 0);
		if (pid2 == 0) {
			word = lock->word;
			_exit(word == getppid() ? 0 : 1);
		}
		_exit(outcome(pid2));
	}
	same(outcome(pid), 0, "an owner dies with its lock on a page that was copied");
	same(lock->word, 5, "the parent's copy stays as it was");
}

static void read_only(void)
{
	struct lock *lock = map_shared(PAGE);
	pid_t pid;

	head->list.next = &lock->link;
	lock->link.next = &head->list;
	pid = must_fork();
	if (pid == 0) {
		lock->word = getpid();
		need(mprotect(lock, PAGE, PROT_READ) == 0);
		_exit(syscall(SYS_set_robust_list, head, sizeof(*head)) ? 1 : 0);
	}
	same(outcome(pid), 0, "a lock that the owner cannot write any more");
	same(lock->word, pid, "is left alone");
}

int main(void)
{
	plan(21);
	head = map_shared(PAGE);
	locks = map_shared(CHAIN * sizeof(*locks));
	bad_links();
	bounds();
	copied_page();
	read_only();
	return done();
}
