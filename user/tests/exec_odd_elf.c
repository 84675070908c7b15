/* ELF files that are damaged or strange: which errno, which signal, and what runs all the same. */
#include "ktap.h"
#include <elf.h>
#include <sys/stat.h>

#define CODE	0x401000UL
#define DATA	0x402000UL
#define PHOFF	(3 * PAGE)
#define NAME	(PHOFF + 0x1800)
#define NR_PH	73

/* Five pages: header, code, data, then program headers and a name that PT_INTERP may use. */
static struct {
	union {
		Elf64_Ehdr eh;
		char page[PAGE];
	};
	unsigned char code[PAGE];
	char data[PAGE];
	Elf64_Phdr ph[NR_PH + 1];
	char name[2 * PAGE - (NR_PH + 1) * sizeof(Elf64_Phdr)];
} f;

/* exit(42) if there are zeros behind the data, in its page and in the next one. */
static const unsigned char code[] = {
	0x8b, 0x04, 0x25, 0x00, 0x21, 0x40, 0x00,	/* mov eax, [DATA + 0x100] */
	0x0b, 0x04, 0x25, 0xf8, 0x37, 0x40, 0x00,	/* or eax, [DATA + 0x17f8] */
	0x75, 0x0c,					/* jne over the next three */
	0xbf, 0x2a, 0x00, 0x00, 0x00,			/* mov edi, 42 */
	0xb8, 0x3c, 0x00, 0x00, 0x00,			/* mov eax, SYS_exit */
	0x0f, 0x05,					/* syscall */
	0x0f, 0x0b,					/* ud2 */
};

static const char *path, *interp;
static int *error;

/* A good file again. */
static void fresh(void)
{
	memset(&f, 0, sizeof(f));
	memcpy(f.eh.e_ident, ELFMAG, SELFMAG);
	f.eh.e_ident[EI_CLASS] = ELFCLASS64;
	f.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	f.eh.e_ident[EI_VERSION] = f.eh.e_version = EV_CURRENT;
	f.eh.e_type = ET_EXEC;
	f.eh.e_machine = EM_X86_64;
	f.eh.e_entry = CODE;
	f.eh.e_phoff = PHOFF;
	f.eh.e_phentsize = sizeof(Elf64_Phdr);
	f.eh.e_phnum = 3;
	memcpy(f.code, code, sizeof(code));
	memset(f.data, 0xff, sizeof(f.data));
	f.ph[0] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, PAGE, CODE, CODE, PAGE, PAGE, PAGE };
	f.ph[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 2 * PAGE, DATA, DATA, 0x100, 0x1800, PAGE };
	f.ph[2] = (Elf64_Phdr){ PT_NULL, 0, NAME, 0, 0, 0, 0, 1 };
	strcpy((char *)&f + NAME, interp);
}

/* What comes of running the first @size bytes: an outcome, or -errno. The file is a good one afterwards. */
static int run(size_t size)
{
	pid_t pid;

	close(tmp_file(path, &f, size));
	need(chmod(path, 0755) == 0);
	fresh();
	*error = 0;
	pid = must_fork();
	if (pid == 0) {
		execl(path, path, NULL);
		*error = errno;
		_exit(0);
	}
	size = outcome(pid);
	return *error ? -*error : (int)size;
}

#define RUNS(change, result, what) do { change; same(run(sizeof(f)), result, what); } while (0)
#define NAMES_INTERP(len) (f.ph[2].p_type = PT_INTERP, f.ph[2].p_filesz = (len))

static void check_headers(void)
{
	same(run(sizeof(f)), 42, "a good file runs");
	same(run(40), -ENOEXEC, "half a header: ENOEXEC");
	same(run(PHOFF + 100), -ENOEXEC, "half the program headers: ENOEXEC");
	RUNS(f.eh.e_phentsize = 55, -ENOEXEC, "program headers of another size: ENOEXEC");
	RUNS(f.eh.e_phnum = 0, -ENOEXEC, "none: ENOEXEC");
	RUNS(f.eh.e_phnum = NR_PH, 42, "as many as fit in a page: runs");
	RUNS(f.eh.e_phnum = NR_PH + 1, -ENOEXEC, "one more: ENOEXEC");
	RUNS(f.eh.e_phnum = 65535, -ENOEXEC, "65,535: ENOEXEC");
	RUNS(f.eh.e_phoff = 1UL << 63, -ENOEXEC, "at a negative place: ENOEXEC");
	RUNS(f.eh.e_phoff = 1UL << 40, -ENOEXEC, "beyond the end: ENOEXEC");
	RUNS(f.eh.e_type = ET_REL, -ENOEXEC, "an object file: ENOEXEC");
	RUNS(f.eh.e_ident[EI_CLASS] = ELFCLASSNONE, 42, "a class that is not looked at: runs");
}

static void check_segments(void)
{
	RUNS(f.ph[0].p_type = f.ph[1].p_type = PT_NOTE, KILLED_BY(SIGSEGV), "nothing to load: SIGSEGV");
	RUNS(f.ph[1].p_filesz = 0x1801, KILLED_BY(SIGSEGV), "more in the file than in memory: SIGSEGV");
	RUNS(f.ph[1].p_memsz = 1UL << 47, KILLED_BY(SIGSEGV), "larger than all memory: SIGSEGV");
	RUNS(f.ph[1].p_memsz = -1UL, KILLED_BY(SIGSEGV), "larger than an address: SIGSEGV");
	RUNS(f.ph[0].p_vaddr = -1UL << 31, KILLED_BY(SIGSEGV), "in the kernel: SIGSEGV");
	RUNS(f.ph[1].p_offset += 8, KILLED_BY(SIGSEGV), "not where a page begins: SIGSEGV");
	RUNS(f.ph[1].p_vaddr = CODE, KILLED_BY(SIGSEGV), "data over the code: SIGSEGV");
	RUNS(f.ph[1].p_flags = PF_R, KILLED_BY(SIGILL), "zeros for a page that cannot be written: it stays");
	RUNS((f.ph[1].p_flags = PF_R, f.ph[1].p_filesz = 0), 42, "a whole page of zeros that cannot: runs");
	RUNS((f.ph[1].p_filesz = 0, f.ph[1].p_vaddr += 8, f.ph[1].p_offset += 24), 42,
	     "zeros only, from the middle of a page: runs");
	RUNS((f.ph[1].p_offset = 8 * PAGE, f.ph[1].p_filesz = 0x1800), KILLED_BY(SIGBUS),
	     "bytes beyond the end: SIGBUS");
	RUNS(f.eh.e_entry = 0x500000, KILLED_BY(SIGSEGV), "an entry where nothing is: SIGSEGV");
	RUNS(f.eh.e_entry = 1UL << 47, KILLED_BY(SIGSEGV), "behind user memory: SIGSEGV");
	RUNS(f.eh.e_entry = -1UL << 31, KILLED_BY(SIGSEGV), "in the kernel: SIGSEGV");
}

static void write_interp(const void *data, size_t size)
{
	close(tmp_file(interp, data, size));
	need(chmod(interp, 0755) == 0);
	fresh();
}

static void check_interpreter(void)
{
	size_t len = strlen(interp) + 1;

	RUNS(NAMES_INTERP(0), -ENOEXEC, "an interpreter without a name: ENOEXEC");
	RUNS(NAMES_INTERP(1), -ENOEXEC, "with an empty one: ENOEXEC");
	RUNS(NAMES_INTERP(PAGE + 1), -ENOEXEC, "with one longer than a path: ENOEXEC");
	RUNS(NAMES_INTERP(len - 1), -ENOEXEC, "one that does not end: ENOEXEC");
	RUNS((NAMES_INTERP(len), f.ph[2].p_offset = 1UL << 40), -EIO, "one beyond the end of the file: EIO");
	RUNS(NAMES_INTERP(len), -ENOENT, "one that is not there: ENOENT");
	write_interp(&f, 0);
	RUNS(NAMES_INTERP(len), -EIO, "an empty file: EIO");
	write_interp(&f.code, PAGE);
	RUNS(NAMES_INTERP(len), -ELIBBAD, "no ELF file: ELIBBAD");
	write_interp(&f, PAGE);
	RUNS(NAMES_INTERP(len), -ELIBBAD, "one without program headers: ELIBBAD");
	f.eh.e_type = ET_REL;
	write_interp(&f, sizeof(f));
	RUNS(NAMES_INTERP(len), KILLED_BY(SIGSEGV), "an object file: SIGSEGV");
}

int main(void)
{
	path = tmp_name(".elf");
	interp = tmp_name(".interp");
	error = map_shared(PAGE);
	plan(12 + 14 + 10);
	fresh();
	check_headers();
	check_segments();
	check_interpreter();
	unlink(path);
	unlink(interp);
	return done();
}
