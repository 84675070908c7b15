/* futex(2): which words are the same word: shared memory, files, private copies, after fork. */
#include "futex.h"

/* Wait in a child until the word at @at is not 7; the child's exit status is its errno. */
static pid_t child_waits(volatile int *at, int op)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(futex(at, op, 7, NULL, NULL, 0) ? errno : 0);
	wait_for_state(pid, 'S');
	return pid;
}

static void shared_anonymous(void)
{
	volatile int *word = map_shared(PAGE);
	pid_t pid;

	*word = 7;
	pid = child_waits(word, FUTEX_WAIT);
	same(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0, "a private WAKE stays in its own memory");
	same(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "shared anonymous memory: the parent wakes the child");
	same(outcome(pid), 0, "who returns 0");
	pid = child_waits(word, FUTEX_WAIT_PRIVATE);
	same(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "a private waiter is not found");
	same(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0, "by nobody outside");
	need(kill(pid, SIGKILL) == 0);
	same(outcome(pid), KILLED_BY(SIGKILL), "SIGKILL ends the wait");
	same(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "and leaves nothing behind");
}

static void private_memory(void)
{
	volatile int *word = map_private(PAGE);
	pid_t pid;

	*word = 7;
	pid = child_waits(word, FUTEX_WAIT);
	same(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "private memory: the child's word is another");
	need(kill(pid, SIGKILL) == 0 && outcome(pid) == KILLED_BY(SIGKILL));
}

static void files(void)
{
	static int data[2 * PAGE / sizeof(int)] = { 7, 7 };
	const char *path = tmp_name("");
	int fd = tmp_file(path, data, sizeof(data));
	volatile int *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	volatile int *b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	volatile int *ro = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	volatile int *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	volatile int *copy_ro = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	struct waiter w = { 0 };

	need(a != MAP_FAILED && b != MAP_FAILED && ro != MAP_FAILED && copy != MAP_FAILED && copy_ro != MAP_FAILED);
	waiter_start(&w, a, FUTEX_WAIT, 0);
	same(futex(b + 1, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "the next word of the file is another");
	same(futex(a + PAGE / sizeof(int), FUTEX_WAKE, 1, NULL, NULL, 0), 0, "and so is the next page");
	same(futex(copy, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "and a private copy of it");
	same(futex(b, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "two mappings of a file are one");
	need(waiter_end(&w) == 0);
	waiter_start(&w, ro, FUTEX_WAIT, 0);
	same(futex(a, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "a read-only one too");
	need(waiter_end(&w) == 0);
	waiter_start(&w, a, FUTEX_WAIT, 0);
	same(futex(copy_ro, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "and a private one that cannot be written");
	need(waiter_end(&w) == 0);
	fails(futex2(a, FUTEX_WAKE_OP, 1, 1, ro, FUTEX_OP(FUTEX_OP_SET, 0, 0, 0)), EFAULT, "WAKE_OP must write");
	need(ftruncate(fd, PAGE) == 0);
	fails(futex(a + PAGE / sizeof(int), FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT, "beyond the end of the file is nothing");
	need(unlink(path) == 0 && close(fd) == 0);
}

/* A waiter on a page must not make the others copy it, nor lose its place when it is copied. */
static void copied_page(void)
{
	volatile int *word = map_private(PAGE);
	struct waiter w = { 0 };
	pid_t pid;

	*word = 7;
	waiter_start(&w, word, FUTEX_WAIT, 0);
	pid = must_fork();
	if (pid == 0)
		_exit(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	same(outcome(pid), 0, "a forked copy of the word is another");
	word[1] = 1;
	same(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "the waiter is found after its page was copied on write");
	need(waiter_end(&w) == 0);
}

int main(void)
{
	plan(18);
	shared_anonymous();
	private_memory();
	files();
	copied_page();
	return done();
}
