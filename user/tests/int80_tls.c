/* Segments of a task's own through int 0x80: set_thread_area(2), get_thread_area(2), clone with CLONE_SETTLS. */
#include "int80.h"
#include <asm/ldt.h>
#include <sched.h>

#define FIRST_ENTRY 12
#define SELECTOR(entry) ((unsigned int)(entry) * 8 + 3)

static struct user_desc desc, other;
static unsigned int words[4] = { 0x11111111, 0x22222222, 0x33333333, 0x44444444 };

static struct user_desc data_segment(unsigned int entry, const void *base)
{
	return (struct user_desc){ .entry_number = entry, .base_addr = (unsigned int)(unsigned long)base,
				   .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1 };
}

static long set(struct user_desc d)
{
	desc = d;
	return int80(set_thread_area, &desc);
}

static unsigned int fs(void)
{
	unsigned int value;

	__asm__ volatile("mov %%fs, %0" : "=r"(value));
	return value;
}

static unsigned int gs(void)
{
	unsigned int value;

	__asm__ volatile("mov %%gs, %0" : "=r"(value));
	return value;
}

static void set_gs(unsigned int selector)
{
	__asm__ volatile("mov %0, %%gs" :: "r"(selector));
}

static unsigned int word_at_gs(void)
{
	unsigned int value;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(value));
	return value;
}

static void refusals(void)
{
	struct user_desc d = data_segment(-1, words);

	same(int80(set_thread_area, NOWHERE), -EFAULT, "a bad pointer");
	d.seg_32bit = 0;
	same(set(d), -EINVAL, "a 16-bit segment");
	d.seg_32bit = 1;
	d.contents = 2;
	same(set(d), -EINVAL, "a code segment");
	d.contents = 0;
	d.seg_not_present = 1;
	same(set(d), -EINVAL, "a segment that is not present");
	same(set(data_segment(FIRST_ENTRY - 1, words)), -EINVAL, "the entry below");
	same(set(data_segment(FIRST_ENTRY + 3, words)), -EINVAL, "the entry above");
	same(set(data_segment(0, words)), -EINVAL, "entry 0");
	desc.entry_number = FIRST_ENTRY - 1;
	same(int80(get_thread_area, &desc), -EINVAL, "to get the entry below");
	same(int80(get_thread_area, NOWHERE), -EFAULT, "to get it with a bad pointer");
}

static void three_entries(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		same(set(data_segment(-1, words + i)), 0, "a free entry");
		same(desc.entry_number, FIRST_ENTRY + i, "is filled in");
	}
	same(set(data_segment(-1, words)), -ESRCH, "a fourth does not exist");
	other.entry_number = FIRST_ENTRY + 1;
	desc = data_segment(FIRST_ENTRY + 1, words + 1);
	same(int80(get_thread_area, &other), 0, "get_thread_area");
	ok(memcmp(&desc, &other, 13) == 0, "yields what was set");
}

/* The child's registers and descriptors are its own; switches between the two keep them apart. */
static void fork_keeps(void)
{
	pid_t pid;

	set_gs(SELECTOR(FIRST_ENTRY + 1));
	same(word_at_gs(), 0x22222222, "data through the segment");
	pid = must_fork();
	if (pid == 0) {
		if (gs() != SELECTOR(FIRST_ENTRY + 1) || word_at_gs() != 0x22222222)
			_exit(1);
		set(data_segment(FIRST_ENTRY + 1, words + 3));
		for (int i = 0; i < 50; i++) {
			if (word_at_gs() != 0x44444444)
				_exit(2);
			sched_yield();
		}
		_exit(0);
	}
	for (int i = 0; i < 50; i++) {
		sched_yield();
		if (word_at_gs() != 0x22222222)
			break;
	}
	same(outcome(pid), 0, "a child has it too, and may change its own");
	same(word_at_gs(), 0x22222222, "that does not change the parent's");
}

static int with_empty_entry(void)
{
	set((struct user_desc){ .entry_number = FIRST_ENTRY + 1, .read_exec_only = 1, .seg_not_present = 1 });
	if (gs() != 0)
		return 1;
	other.entry_number = FIRST_ENTRY + 1;
	int80(get_thread_area, &other);
	return other.seg_not_present && other.read_exec_only && !other.base_addr ? 0 : 2;
}

static int use_empty_entry(void)
{
	with_empty_entry();
	set_gs(SELECTOR(FIRST_ENTRY + 1));
	return 0;
}

static void settls(void)
{
	long pid;

	desc = data_segment(FIRST_ENTRY + 1, words + 2);
	pid = int80(clone, CLONE_SETTLS | SIGCHLD, 0, 0, &desc, 0);
	if (pid == 0)
		int80(exit, word_at_gs() == 0x33333333 && fs() == 0 ? 6 : 1);
	same(int80_outcome(pid), 6, "CLONE_SETTLS sets the child's descriptor");
	same(word_at_gs(), 0x22222222, "not the parent's");
	same(int80(clone, CLONE_SETTLS | SIGCHLD, 0, 0, NOWHERE, 0), -EFAULT, "CLONE_SETTLS with a bad pointer");
	desc.entry_number = -1;
	same(int80(clone, CLONE_SETTLS | SIGCHLD, 0, 0, &desc, 0), -EINVAL, "CLONE_SETTLS must name the entry");
	desc = data_segment(FIRST_ENTRY, words);
	desc.contents = 3;
	same(int80(clone, CLONE_SETTLS | SIGCHLD, 0, 0, &desc, 0), -EINVAL, "CLONE_SETTLS with a code segment");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		other.entry_number = FIRST_ENTRY;
		return int80(get_thread_area, &other) == 0 && other.seg_not_present && gs() == 0 ? 8 : 1;
	}
	plan(29);
	refusals();
	three_entries();
	fork_keeps();
	same(in_child(with_empty_entry), 0, "an entry that is emptied takes the selector along");
	same(in_child(use_empty_entry), KILLED_BY(SIGSEGV), "and cannot be loaded again");
	settls();
	pid_t pid = vfork();
	if (pid == 0) {
		execl("/proc/self/exe", "tls", "again", NULL);
		_exit(2);
	}
	same(outcome(pid), 8, "exec forgets all of it");
	return done();
}
