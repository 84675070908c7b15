/* A static program that runs at any address (-static-pie, glibc): it relocates itself, and nobody interprets it. */
#include "ktap.h"

#include <elf.h>
#include <sys/auxv.h>

extern const Elf64_Ehdr __ehdr_start;

static int value = 7;
static int *volatile pointer = &value;		/* a word that has to be relocated */
static __thread int own = 5;

static int look(void)
{
	own++;
	return !(*pointer == 7 && own == 6);
}

static int grow(void)
{
	char *before = sbrk(0), *block = malloc(100000);

	memset(block, 1, 100000);
	return !(block && (char *)sbrk(0) >= before);
}

int main(void)
{
	plan(8);
	same(__ehdr_start.e_type, ET_DYN, "the file may lie anywhere");
	ok((unsigned long)&__ehdr_start > 1UL << 32, "and does not lie where it was linked");
	ok(pointer == &value && *pointer == 7, "pointers in its data are right");
	same(getauxval(AT_BASE), 0, "there is no interpreter");
	same(getauxval(AT_PHDR), (unsigned long)&__ehdr_start + __ehdr_start.e_phoff, "AT_PHDR leads to its headers");
	same(getauxval(AT_ENTRY), (unsigned long)&__ehdr_start + __ehdr_start.e_entry, "AT_ENTRY to its first instruction");
	same(in_child(look), 0, "a child finds all where it was");
	same(in_child(grow), 0, "the heap grows");
	return done();
}
