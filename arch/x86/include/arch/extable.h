/*
 * extable.h - instructions that may fault, and where to go on then.
 *
 * For inline assembly: EX_TABLE("1b", "2b") says that a fault of the kernel at label 1 continues
 * at label 2. entry/extable.inc is the same for NASM. fixup_exception() (traps.h) does the search.
 */
#pragma once

#define EX_TABLE(ip, fixup) \
	".pushsection __ex_table, \"a\"\n" \
	".balign 8\n" \
	".quad " ip ", " fixup "\n" \
	".popsection\n"
