#!/usr/bin/env python3
"""
Count guest instructions by kernel function, for `make profile`.

Usage: profile.py KERNEL.elf IMAGE.iso PLUGIN.so RESULT.json [--roi SYSCALL] [--min N]

Boots the image under the line of scripts/qemu with ICOUNT=1 and one CPU, the plugin (count.c) loaded, and
prints:

  - with --roi fork: of all cycles, from an entry of fork(2) to the next one, the one whose length is the
    median; without --roi, the whole run of PID 1. A tree of tasks, of what they did (system calls, exceptions,
    interrupts, user mode), and of the functions that were called for it;
  - for the whole run of PID 1: the functions by what they executed themselves.

"all" counts a function with what it called, "self" without. RESULT.json has the same numbers:
{"roi", "cycles": [instructions of each], "cycle": TREE, "run": TREE}, TREE being {"name", "calls", "self", "all",
"children": [TREE...]}.

The sums agree with the time-stamp counter, which counts instructions under ICOUNT=1, but for this: an
instruction that faults is executed twice and counted twice here, once there.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXCEPTIONS = {0: "divide-error", 3: "breakpoint", 6: "invalid-opcode", 13: "protection-fault", 14: "page-fault"}
FIRST_INTERRUPT, INT80 = 32, 128
SUCCESS = 33		# scripts/qemu


def entry_name(vector):
    if vector == INT80:
        return "int80"
    kind = "interrupt" if vector >= FIRST_INTERRUPT else "exception"
    return EXCEPTIONS.get(vector, f"{kind}-{vector}")


def symbols(kernel):
    """(address, flags, name) of the code in the kernel: see count.c."""
    listing = subprocess.run(["nm", "-n", kernel], check=True, text=True, stdout=subprocess.PIPE).stdout
    for line in listing.splitlines():
        match = re.match(r"([0-9a-f]+) [tTwW] (\S+)$", line)
        if not match:
            continue
        addr, name = match.groups()
        if stub := re.match(r"stub_(\d+)$", name):
            yield addr, "e", entry_name(int(stub[1]))
            continue
        # "f.cold" is a piece of f, "label.local" a place in it
        if not re.search(r"\.(part|isra|constprop)\.\d+$", name):
            name = name.split(".")[0]
        flags = {"syscall_entry": "e", "ret_from_fork": "f", "do_task_dead": "d"}.get(name)
        yield addr, flags or ("s" if name.startswith("sys_") else "-"), name


def read_tree(lines, names):
    """The preorder list of "depth name calls self" at the start of @lines, as nested dictionaries."""
    path = []
    while lines and re.match(r"\d", lines[-1]):
        depth, name, calls, own = map(int, lines.pop().split())
        node = {"name": names[name], "calls": calls, "self": own, "children": []}
        del path[depth:]
        if path:
            path[-1]["children"].append(node)
        path.append(node)
    return complete(path[0])


def complete(node):
    """Add the sums, drop what did not run, sort by size."""
    children = [complete(child) for child in node["children"]]
    node["all"] = node["self"] + sum(child["all"] for child in children)
    node["children"] = sorted((c for c in children if c["all"] or c["calls"]), key=lambda c: -c["all"])
    return node


def read_result(path):
    """(tree of the whole run, [(instructions, tree) of each cycle])."""
    lines = path.read_text().splitlines()[::-1]
    names = [lines.pop() for _ in range(int(lines.pop().split()[1]))]
    lines.pop()
    run, cycles = read_tree(lines, names), []
    while lines:
        cycles.append((int(lines.pop().split()[1]), read_tree(lines, names)))
    return run, cycles


def print_tree(node, smallest, depth=0):
    if node["all"] < smallest:
        return
    print(f"{node['all']:>10} {node['self']:>9} {node['calls'] or '':>6}  {'  ' * depth}{node['name']}")
    for child in node["children"]:
        print_tree(child, smallest, depth + 1)


def by_function(node, table=None, inside=()):
    """{name: [calls, self, all]}; "all" of a recursive function counts its outermost call."""
    table = {} if table is None else table
    row = table.setdefault(node["name"], [0, 0, 0])
    row[0] += node["calls"]
    row[1] += node["self"]
    if node["name"] not in inside:
        row[2] += node["all"]
    for child in node["children"]:
        by_function(child, table, (*inside, node["name"]))
    return table


def report(roi, run, cycles, smallest):
    """Print; the dictionary for RESULT.json."""
    # Neither what came before the first entry nor what follows the last one is a whole cycle.
    whole = cycles[1:-1] if roi else cycles
    if not whole:
        sys.exit(f"profile: {roi} was not called at least twice")
    total, tree = sorted(whole, key=lambda cycle: cycle[0])[len(whole) // 2]
    if roi:
        print(f"\n{len(whole)} cycles of {roi}: {min(whole, key=lambda c: c[0])[0]} to {max(whole, key=lambda c: c[0])[0]} "
              f"instructions; this one has {total}:\n")
    header = f"{'all':>10} {'self':>9} {'calls':>6}"
    print(f"{header}  function, below its caller")
    print_tree(tree, smallest)
    print(f"\nThe whole run:\n\n{header}  function")
    for name, (calls, own, full) in sorted(by_function(run).items(), key=lambda row: -row[1][1]):
        if own:
            print(f"{full:>10} {own:>9} {calls or '':>6}  {name}")
    return {"roi": roi, "cycles": [cycle[0] for cycle in whole], "cycle": tree, "run": run}


def boot(args, work):
    listing, result = work / "profile.symbols", work / "profile.counts"
    listing.write_text("".join(" ".join(symbol) + "\n" for symbol in symbols(args.kernel)))
    result.unlink(missing_ok=True)
    options = f"{args.plugin},symbols={listing},out={result}" + (f",roi=sys_{args.roi}" if args.roi else "")
    qemu = subprocess.run([ROOT / "scripts/qemu", "--raw", "--iso", args.image, "-plugin", options],
                          stdin=subprocess.DEVNULL, env={**os.environ, "ICOUNT": "1", "SMP": "1", "KVM": "0"})
    if qemu.returncode != SUCCESS or not result.exists():
        sys.exit(f"profile: QEMU ended with status {qemu.returncode}")
    return read_result(result)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel")
    parser.add_argument("image")
    parser.add_argument("plugin")
    parser.add_argument("json", type=Path)
    parser.add_argument("--roi")
    parser.add_argument("--min", type=int, default=1)
    args = parser.parse_args()
    run, cycles = boot(args, args.json.parent.resolve())
    args.json.write_text(json.dumps(report(args.roi, run, cycles, args.min), indent=1))


main()
