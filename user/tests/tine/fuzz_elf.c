/*
 * Ours alone: programs whose ELF headers are wrong in random ways. Each ends, one way or another, and leaves nothing
 * behind. The first argument is the number of programs (400), the second the seed (1).
 */
#include "../ktap.h"

#include <elf.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* A program header for text and one for data, an interpreter that is named or not, and code that exits. */
static struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segment[4];
	char interpreter[16];
	unsigned char code[64];
	char data[256];
} image;

#define BASE 0x400000UL

static unsigned long seed;

static unsigned int next_random(void)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33);
}

/* exit_group(0): mov $231, %eax; xor %edi, %edi; syscall; and faults after it. */
static const unsigned char code[] = { 0xb8, 231, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0x0f, 0x0b };

static void sound_image(void)
{
	memset(&image, 0, sizeof(image));
	memcpy(image.head.e_ident, ELFMAG, SELFMAG);
	image.head.e_ident[EI_CLASS] = ELFCLASS64;
	image.head.e_ident[EI_DATA] = ELFDATA2LSB;
	image.head.e_ident[EI_VERSION] = EV_CURRENT;
	image.head.e_type = next_random() % 2 ? ET_EXEC : ET_DYN;
	image.head.e_machine = EM_X86_64;
	image.head.e_version = EV_CURRENT;
	image.head.e_entry = BASE + offsetof(struct image, code);
	image.head.e_phoff = offsetof(struct image, segment);
	image.head.e_ehsize = sizeof(image.head);
	image.head.e_phentsize = sizeof(image.segment[0]);
	image.head.e_phnum = 4;
	image.segment[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = BASE, .p_align = PAGE,
					 .p_filesz = sizeof(image), .p_memsz = sizeof(image) };
	image.segment[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = BASE + 4 * PAGE,
					 .p_align = PAGE, .p_filesz = sizeof(image), .p_memsz = 3 * PAGE };
	image.segment[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
	image.segment[3] = (Elf64_Phdr){ .p_type = next_random() % 4 ? PT_NULL : PT_INTERP,
					 .p_offset = offsetof(struct image, interpreter), .p_filesz = 10 };
	strcpy(image.interpreter, "/bin/true");
	memcpy(image.code, code, sizeof(code));
}

/* Values at the edges of what sizes, addresses and counts may be. */
static unsigned long odd_value(void)
{
	static const unsigned long values[] = {
		0, 1, 7, 0xff, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffe000, 0x7ffffffff000, 0x800000000000, 0xffff800000000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffe000, -1UL,
	};

	return values[next_random() % (sizeof(values) / sizeof(values[0]))];
}

/* One to four changes in the headers: a random byte, or an odd value in a word. */
static void mutate(void)
{
	unsigned char *bytes = (unsigned char *)&image;
	size_t size = offsetof(struct image, code), at;

	for (unsigned int n = 1 + next_random() % 4; n; n--) {
		at = next_random() % size;
		if (next_random() % 2) {
			bytes[at] = (unsigned char)next_random();
		} else {
			unsigned long value = odd_value();

			at &= ~7UL;
			memcpy(bytes + at, &value, next_random() % 2 ? 8 : 4);
		}
	}
}

static void small_limits(void)
{
	setrlimit(RLIMIT_AS, &(struct rlimit){ 256UL << 20, 256UL << 20 });
	setrlimit(RLIMIT_CPU, &(struct rlimit){ 1, 2 });
}

/* Run it; its wait status. */
static int run(const char *path, size_t length)
{
	int fd = tmp_file(path, &image, length), status;
	pid_t pid;

	close(fd);
	need(chmod(path, 0755) == 0);
	pid = must_fork();
	if (pid == 0) {
		small_limits();
		execl(path, "fuzz", NULL);
		_exit(100);
	}
	status = status_of(pid);
	unlink(path);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = tmp_name("");
	long rounds = argument(argc, argv, 400);
	int ran = 0, refused = 0, killed = 0;

	seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	plan(3);
	sound_image();
	image.head.e_type = ET_EXEC;
	image.segment[3].p_type = PT_NULL;
	same(run(path, sizeof(image)), 0, "the program before it is changed");
	for (long i = 0; i < rounds; i++) {
		int status;

		sound_image();
		mutate();
		status = run(path, next_random() % 8 ? sizeof(image) : next_random() % sizeof(image));
		if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
			refused++;
		else if (WIFEXITED(status))	/* with whatever code, if it begins in the middle */
			ran++;
		else if (WIFSIGNALED(status))
			killed++;
	}
	ok(ran > 0 && refused > 0 && killed > 0, "some run, some are refused, some are killed");
	same(ran + refused + killed, rounds, "all have ended");
	say("# seed %lu: %d ran, %d refused, %d killed", argc > 2 ? strtoul(argv[2], NULL, 0) : 1, ran, refused, killed);
	return done();
}
