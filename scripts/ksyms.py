#!/usr/bin/python3
"""Make the symbol table that the kernel's backtraces use.

The kernel is linked twice. For the first link `ksyms.py --empty` prints a C file with an empty table;
for the second one it reads the output of `nm -n` of the first kernel on stdin and prints the same
file with the names and addresses of all functions. The table lies behind the text, in the
section .ksyms, so that filling it moves no function.
"""

import re
import sys

HEADER = """/* Made by scripts/ksyms.py. */
#include <arch/backtrace.h>

#define KSYMS __attribute__((section(".ksyms")))
"""

# Labels local to a routine in assembly (routine.label) are no functions; what GCC splits off is.
SPLIT_OFF = re.compile(r"\.(isra|part|cold|constprop|llvm)\b")


def wanted(name):
    return "." not in name or SPLIT_OFF.search(name) is not None


def read_symbols(lines):
    """Return [(offset from _text, name)] in rising order, one name for each address."""
    symbols = {}
    bounds = {}
    for line in lines:
        parts = line.split()
        if len(parts) != 3:
            continue
        address, kind, name = int(parts[0], 16), parts[1], parts[2]
        if name in ("_text", "_etext"):
            bounds[name] = address
        elif kind in "tTwW" and wanted(name):
            # A global name says more than a local alias of the same address.
            if address not in symbols or kind in "TW":
                symbols[address] = name
    if len(bounds) != 2:
        sys.exit("ksyms.py: _text or _etext is missing in the input")
    low, high = bounds["_text"], bounds["_etext"]
    return sorted((a - low, n) for a, n in symbols.items() if low <= a < high)


def array(kind, name, values):
    body = ",\n".join("\t" + ", ".join(str(v) for v in values[i:i + 12])
                      for i in range(0, len(values), 12))
    return f"KSYMS const {kind} {name}[] = {{\n{body}\n}};\n"


def emit(symbols):
    places, text, at = [], [], 0
    for _, name in symbols:
        places.append(at)
        text.append(f'\t"{name}\\0"')
        at += len(name) + 1
    print(HEADER)
    print(f"KSYMS const u32 ksym_count = {len(symbols)};")
    print(array("u32", "ksym_offsets", [offset for offset, _ in symbols] or [0]))
    print(array("u32", "ksym_name_at", places or [0]))
    print("KSYMS const char ksym_names[] =\n" + ("\n".join(text) or '\t""') + ";")


def main():
    emit([] if sys.argv[1:] == ["--empty"] else read_symbols(sys.stdin))


if __name__ == "__main__":
    main()
