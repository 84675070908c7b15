/* set_robust_list(2): what becomes of the locks of a thread that ends, by exit, signal or exec. */
#include "futex.h"

#define LOCKS 4

struct lock {
	struct robust_list link;
	volatile int word;
};

static struct shared {
	struct robust_list_head head;
	struct lock lock[LOCKS];
	volatile pid_t pid;
} *s;

static void link_locks(int n)
{
	s->head.list.next = &s->lock[0].link;
	for (int i = 0; i < n; i++)
		s->lock[i].link.next = i == n - 1 ? &s->head.list : &s->lock[i + 1].link;
	s->head.futex_offset = offsetof(struct lock, word);
	s->head.list_op_pending = NULL;
}

static int end_with(int how)
{
	char *argv[] = { "true", NULL };

	need(syscall(SYS_set_robust_list, &s->head, sizeof(s->head)) == 0);
	if (how == 1)
		kill(getpid(), SIGKILL);
	if (how == 2)
		execv("/bin/true", argv);
	_exit(0);
}

/* A child that owns the first two locks, the second with waiters; the third is free, the fourth another's. */
static void die_with_locks(int how)
{
	pid_t pid;

	link_locks(LOCKS);
	pid = must_fork();
	if (pid == 0) {
		s->pid = getpid();
		s->lock[0].word = s->pid;
		s->lock[1].word = s->pid | FUTEX_WAITERS;
		s->lock[2].word = 0;
		s->lock[3].word = (s->pid + 1) | FUTEX_WAITERS;
		end_with(how);
	}
	same(outcome(pid), how == 1 ? KILLED_BY(SIGKILL) : 0, how == 0 ? "exit" : how == 1 ? "SIGKILL" : "exec");
	same(s->lock[0].word, FUTEX_OWNER_DIED, "a lock of its own is marked");
	same(s->lock[1].word, (int)(FUTEX_OWNER_DIED | FUTEX_WAITERS), "one that others wait for too, and keeps saying so");
	same(s->lock[2].word, 0, "a free one is left alone");
	same(s->lock[3].word, (int)((s->pid + 1) | FUTEX_WAITERS), "and another thread's");
}

/* Two wait for the lock; it is marked once, one of them is woken. */
static void wakes_one(void)
{
	struct waiter w[2] = { { 0 } };
	pid_t pid;

	link_locks(1);
	s->lock[0].word = FUTEX_WAITERS | 1;
	waiter_start(&w[0], &s->lock[0].word, FUTEX_WAIT, 0);
	waiter_start(&w[1], &s->lock[0].word, FUTEX_WAIT, 0);
	pid = must_fork();
	if (pid == 0) {
		s->lock[0].word = getpid() | FUTEX_WAITERS;
		s->head.list_op_pending = &s->lock[0].link;
		end_with(0);
	}
	need(outcome(pid) == 0);
	same(returned(w, 2), 1, "a lock that is pending as well as listed wakes one waiter");
	same(futex(&s->lock[0].word, FUTEX_WAKE, 9, NULL, NULL, 0), 1, "the other still waits");
	need(waiter_end(&w[0]) == 0 && waiter_end(&w[1]) == 0);
}

static void pending(void)
{
	struct waiter w = { 0 };
	pid_t pid;

	link_locks(1);
	s->lock[1].word = 0;
	waiter_start(&w, &s->lock[1].word, FUTEX_WAIT, 0);
	pid = must_fork();
	if (pid == 0) {
		s->head.list_op_pending = &s->lock[1].link;
		end_with(0);
	}
	need(outcome(pid) == 0);
	same(waiter_end(&w), 0, "death between releasing a lock and waking: the kernel wakes");
	same(s->lock[1].word, 0, "and leaves the word alone");
	pid = must_fork();
	if (pid == 0) {
		s->lock[1].word = getpid();
		s->head.list_op_pending = &s->lock[1].link;
		end_with(0);
	}
	need(outcome(pid) == 0);
	same(s->lock[1].word, FUTEX_OWNER_DIED, "death between taking a lock and listing it");
}

static void calls(void)
{
	struct robust_list_head *head = NULL;
	size_t len = 0;

	fails(syscall(SYS_set_robust_list, &s->head, 0), EINVAL, "set_robust_list with another size");
	need(syscall(SYS_set_robust_list, &s->head, sizeof(s->head)) == 0);
	same(syscall(SYS_get_robust_list, 0, &head, &len), 0, "get_robust_list");
	ok(head == &s->head && len == sizeof(s->head), "says what was set");
	same(syscall(SYS_get_robust_list, getpid(), &head, &len), 0, "by number");
	fails(syscall(SYS_get_robust_list, 0x3fffffff, &head, &len), ESRCH, "of nobody");
	fails(syscall(SYS_get_robust_list, 0, &head, NULL), EFAULT, "to nowhere");
	need(syscall(SYS_set_robust_list, NULL, sizeof(s->head)) == 0);
}

int main(void)
{
	plan(26);
	s = map_shared(PAGE);
	die_with_locks(0);
	die_with_locks(1);
	die_with_locks(2);
	wakes_one();
	pending();
	calls();
	return done();
}
