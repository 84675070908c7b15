/* Memory beyond the bytes of a segment's file is zero, to the end of its last page: elf(5), System V ABI. */
#include <elf.h>

#include "ktap.h"

#define BASE	0x10000000UL
#define FILE_BYTES 0x100	/* of the segment; the file goes on with other bytes */
#define PATH	"/tmp/exec_bss"

/* exit(the bits that are set in any byte from BASE + FILE_BYTES up to the end that is patched in) */
static const unsigned char code[] = {
	0xbe, 0x00, 0x01, 0x00, 0x10,		/*	mov esi, BASE + FILE_BYTES */
	0x31, 0xc0,				/*	xor eax, eax */
	0x0a, 0x06,				/* next: or al, [rsi] */
	0xff, 0xc6,				/*	inc esi */
	0x81, 0xfe, 0, 0, 0, 0,			/*	cmp esi, end */
	0x75, 0xf4,				/*	jne next */
	0x0f, 0xb6, 0xf8,			/*	movzx edi, al */
	0xb8, 60, 0, 0, 0,			/*	mov eax, 60 */
	0x0f, 0x05,				/*	syscall */
};
#define END_AT	13

static unsigned char image[3 * PAGE];

static void make_program(unsigned long memory, unsigned int end)
{
	Elf64_Ehdr *eh = (void *)image;
	Elf64_Phdr *ph = (void *)(eh + 1);
	int fd = open(PATH, O_CREAT | O_TRUNC | O_WRONLY, 0700);

	memset(image, 0xaa, sizeof(image));
	*eh = (Elf64_Ehdr) {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC,
		.e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_entry = BASE + sizeof(*eh) + sizeof(*ph),
		.e_phoff = sizeof(*eh), .e_ehsize = sizeof(*eh), .e_phentsize = sizeof(*ph), .e_phnum = 1,
	};
	*ph = (Elf64_Phdr) {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = BASE, .p_paddr = BASE,
		.p_filesz = FILE_BYTES, .p_memsz = memory, .p_align = PAGE,
	};
	memcpy(ph + 1, code, sizeof(code));
	memcpy((char *)(ph + 1) + END_AT, &end, sizeof(end));
	if (write(fd, image, sizeof(image)) != sizeof(image))
		_exit(99);
	close(fd);
}

static int run_program(unsigned long memory, unsigned int end)
{
	char *argv[] = { PATH, NULL };
	int status;
	pid_t pid;

	make_program(memory, end);
	pid = fork();
	if (pid == 0) {
		execv(PATH, argv);
		_exit(98);
	}
	waitpid(pid, &status, 0);
	unlink(PATH);
	return status;
}

int main(void)
{
	plan(3);
	same(run_program(FILE_BYTES + 16, BASE + FILE_BYTES + 16), 0, "memory beyond the file's bytes is zero");
	same(run_program(FILE_BYTES + 16, BASE + PAGE), 0, "and so is the rest of its page");
	same(run_program(3 * PAGE, BASE + 3 * PAGE), 0, "and so are further pages");
	return done();
}
