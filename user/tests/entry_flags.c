/* syscall and int 0x80 with odd flags: the kernel is not disturbed by them, and gives them back. */
#include "int80.h"
#include <sys/utsname.h>
#include <ucontext.h>

#define CF 0x1UL
#define TF 0x100UL
#define DF 0x400UL
#define OF 0x800UL
#define NT 0x4000UL
#define AC 0x40000UL
#define ID 0x200000UL
#define ARITHMETIC 0x8d5UL

static volatile int traps, trap_at_next, trap_after_next, trap_elsewhere_in_kernel;
static volatile long trapped_call;

extern char after_syscall[], after_syscall_nop[], after_int80[], after_int80_nop[];

static void trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	unsigned long ip = uc->uc_mcontext.gregs[REG_RIP];

	traps++;
	trap_at_next += ip == (unsigned long)after_syscall || ip == (unsigned long)after_int80;
	trap_after_next += ip == (unsigned long)after_syscall_nop || ip == (unsigned long)after_int80_nop;
	trap_elsewhere_in_kernel += (long)ip < 0;
}

/* getppid with these flags set; the flags afterwards go to *after. */
long by_syscall(unsigned long flags, unsigned long *after);
long by_int80(unsigned long flags, unsigned long *after);
__asm__(
"	.globl by_syscall, by_int80, after_syscall, after_syscall_nop, after_int80, after_int80_nop\n"
"by_syscall:\n"
"	mov $110, %eax\n"
"	push %rdi\n	popf\n"
"	syscall\n"
"after_syscall:\n"
"	nop\n"
"after_syscall_nop:\n"
"	pushf\n	pop %rdx\n"
"	push $0x202\n	popf\n"
"	mov %rdx, (%rsi)\n"
"	ret\n"
"by_int80:\n"
"	mov $64, %eax\n"
"	push %rdi\n	popf\n"
"	int $0x80\n"
"after_int80:\n"
"	nop\n"
"after_int80_nop:\n"
"	pushf\n	pop %rdx\n"
"	push $0x202\n	popf\n"
"	mov %rdx, (%rsi)\n"
"	ret\n");

static const struct {
	unsigned long flags;
	const char *name;
} odd[] = {
	{ CF, "carry" }, { DF, "direction" }, { OF, "overflow" }, { NT, "nested task" }, { AC, "alignment check" },
	{ ID, "identification" }, { CF | DF | OF | NT | AC | ID, "all of them" },
};

static void each(const char *entry, long (*call)(unsigned long, unsigned long *))
{
	for (unsigned long i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		unsigned long flags = 0x202 | odd[i].flags, after = 0;
		char what[64];

		snprintf(what, sizeof(what), "%s with %s", entry, odd[i].name);
		if (!ok(call(flags, &after) == getppid() && after == flags, what))
			say("# flags %#lx became %#lx", flags, after);
	}
}

/* Memory is filled and copied upwards in the kernel, whatever the direction is in the program. */
static struct {
	char before[1024];
	struct utsname name;
	char after[1024];
} space;

static int intact(void)
{
	static const char zero[1024];

	return memcmp(space.before, zero, 1024) == 0 && memcmp(space.after, zero, 1024) == 0 &&
	       strcmp(space.name.machine, "x86_64") == 0;
}

static void downward(void)
{
	long by_syscall = SYS_uname, by_int80 = __NR_ia32_uname;
	char *page = map_private(3 * PAGE);

	__asm__ volatile("std\n	syscall\n	cld" : "+a"(by_syscall) : "D"(&space.name) : "rcx", "r11", "memory");
	ok(by_syscall == 0 && intact(), "syscall that copies, with direction down");
	memset(&space, 0, sizeof(space));
	__asm__ volatile("std\n	int $0x80\n	cld" : "+a"(by_int80) : "b"(&space.name) : "memory");
	ok(by_int80 == 0 && intact(), "int 0x80 that copies, with direction down");
	memset(page, 1, PAGE);
	munmap(page, PAGE);
	__asm__ volatile("pushf\n	orl $0x40400, (%%rsp)\n	popf\n	movb $1, %0\n	pushf\n	andl $~0x40400, (%%rsp)\n	popf"
			 : "=m"(page[PAGE]) :: "memory", "cc");
	page[PAGE] = 0;
	ok(memcmp(page + PAGE, page + 2 * PAGE, PAGE) == 0, "a page fault with direction down, alignment check on");
}

static void stepped(const char *entry, long (*call)(unsigned long, unsigned long *))
{
	unsigned long after;
	char what[64];

	traps = trap_at_next = trap_after_next = trap_elsewhere_in_kernel = 0;
	snprintf(what, sizeof(what), "%s with the trap flag", entry);
	same(call(0x202 | TF, &after), getppid(), what);
	same(trap_at_next, 0, "no trap at the next instruction, which iretq leads to");
	same(trap_after_next, 1, "but at the one after it");
	same(trap_elsewhere_in_kernel, 0, "and none in the kernel");
	same(after, 0x202 | TF, "the trap flag is still set");
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = trap, .sa_flags = SA_SIGINFO };

	plan(27);
	need(sigaction(SIGTRAP, &sa, NULL) == 0);
	each("syscall", by_syscall);
	each("int 0x80", by_int80);
	stepped("syscall", by_syscall);
	stepped("int 0x80", by_int80);
	downward();
	return done();
}
