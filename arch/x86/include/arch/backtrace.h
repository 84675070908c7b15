/*
 * backtrace.h - function names for addresses, and the chain of callers.
 */
#pragma once

#include <tine/types.h>

/*
 * The table that scripts/ksyms.py makes of the linked kernel's text symbols: offsets from _text in
 * rising order, and for each the place of its name in ksym_names.
 */
extern const u32 ksym_count;
extern const u32 ksym_offsets[];
extern const u32 ksym_name_at[];
extern const char ksym_names[];

/* The function that contains @addr and how far into it; NULL if it is not kernel text. */
const char *ksym_lookup(unsigned long addr, unsigned long *offset);
/*
 * Print @ip and the return addresses found from frame pointer @bp on. Survives any value of @bp
 * and stops at the first one that makes no sense.
 */
void show_backtrace(unsigned long ip, unsigned long bp);
/* Read a word of kernel memory that may not be mapped. */
bool probe_kernel_read(unsigned long addr, unsigned long *value);
