"""GDB commands for Tine: source this file with tine.elf loaded (make gdb does).

$current()      the task that runs on the CPU GDB looks at, as a function for expressions
$task(PID)      the task with this number
tine-ps         all tasks: number, parent, state, kernel stack, name
tine-task [PID] one task (the current one) in detail, with its saved user registers
tine-lsmaps PID the mappings of a task
and what user.py adds for the programs that run on the kernel.
"""
import os

import gdb

ADDRESSES = (1 << 64) - 1
STATES = {0: "R", 1: "S", 2: "D", 4: "T", 0x80: "X", 0x800: "N"}


def task_type():
    return gdb.lookup_type("struct task_struct").pointer()


def in_user_mode():
    return int(gdb.parse_and_eval("(unsigned long)$cs")) & 3 == 3


def percpu_base():
    """
    GS base of the kernel: swapped away in user mode, and on the first and last instructions of an
    entry. Of the two it is the one with the top bit set, which no program can have; see vectors.asm.
    """
    base = int(gdb.parse_and_eval("(unsigned long)$gs_base"))
    return base if base >> 63 else int(gdb.parse_and_eval("(unsigned long)$k_gs_base"))


def at(address, pointer_type):
    return gdb.Value(address).cast(pointer_type)


def percpu(name):
    var = gdb.parse_and_eval(f"&{name}")
    return at((int(var) + percpu_base()) & ADDRESSES, var.type).dereference()


def list_entries(head, member, type_name):
    """The structures on a struct list_head, in order."""
    pointer = gdb.lookup_type(type_name).pointer()
    offset = next(f.bitpos // 8 for f in pointer.target().fields() if f.name == member)
    node = head["next"]
    while int(node) != int(head.address):
        yield gdb.Value(int(node) - offset).cast(pointer)
        node = node["next"]


def threads():
    """Every task: the idle task, then all threads of all processes."""
    init = gdb.parse_and_eval("init_task").cast(task_type())
    yield init
    for leader in list_entries(init["tasks"], "tasks", "struct task_struct"):
        if int(leader["signal"]) == 0:
            yield leader
            continue
        yield from list_entries(leader["signal"]["thread_head"], "thread_node", "struct task_struct")


def find(pid):
    for task in threads():
        if int(task["pid"]) == pid:
            return task
    raise gdb.GdbError(f"no task {pid}")


def state_of(task):
    exit_state = int(task["exit_state"])
    if exit_state:
        return {1: "Z", 2: "X"}.get(exit_state, "?")
    return STATES.get(int(task["state"]) & ~0x100, "?")


class Current(gdb.Function):
    def __init__(self):
        super().__init__("current")

    def invoke(self):
        return percpu("current_task")


class Task(gdb.Function):
    def __init__(self):
        super().__init__("task")

    def invoke(self, pid):
        return find(int(pid))


class Ps(gdb.Command):
    """tine-ps: all tasks; the one that runs here is marked with *."""

    def __init__(self):
        super().__init__("tine-ps", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        running = int(percpu("current_task"))
        print("  PID  PPID  S CPU  TASK               STACK              NAME")
        for task in threads():
            parent = int(task["real_parent"]["pid"]) if int(task["real_parent"]) else 0
            print(f"{int(task['pid']):5d} {parent:5d}  {state_of(task)} {int(task['cpu']):3d}  {int(task):#018x} "
                  f"{int(task['stack']):#018x} {'*' if int(task) == running else ' '}{task['comm'].string()}")


class ShowTask(gdb.Command):
    """tine-task [PID]: the structure of a task, and its saved user registers."""

    def __init__(self):
        super().__init__("tine-task", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        task = find(int(argument, 0)) if argument else percpu("current_task")
        print(f"task {int(task):#x}: pid {int(task['pid'])}, {task['comm'].string()}, state {state_of(task)}")
        print(task.dereference().format_string(max_depth=1))
        if int(task["mm"]):
            regs = gdb.lookup_type("struct pt_regs")
            top = int(task["stack"]) + THREAD_SIZE
            print("user registers:")
            print(gdb.Value(top - regs.sizeof).cast(regs.pointer()).dereference().format_string(format="x"))


class LsMaps(gdb.Command):
    """tine-lsmaps [PID]: the mappings of a task (the current one)."""

    def __init__(self):
        super().__init__("tine-lsmaps", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        task = find(int(argument, 0)) if argument else percpu("current_task")
        if not int(task["mm"]):
            raise gdb.GdbError("a kernel thread has no mappings")
        for vma in vmas(task["mm"]):
            print(f"{int(vma['vm_start']):#018x}-{int(vma['vm_end']):#018x} flags {int(vma['vm_flags']):#x} "
                  f"file {int(vma['vm_file']):#x}")


THREAD_SIZE = 16384


def vmas(mm):
    """The mappings of an address space in order of address: its red-black tree, leftmost first."""
    pointer = gdb.lookup_type("struct vm_area_struct").pointer()
    offset = next(f.bitpos // 8 for f in pointer.target().fields() if f.name == "vm_rb")

    def walk(node):
        if int(node):
            yield from walk(node["left"])
            yield gdb.Value(int(node) - offset).cast(pointer)
            yield from walk(node["right"])

    yield from walk(mm["map"]["vma_tree"]["node"])


for command in (Current, Task, Ps, ShowTask, LsMaps):
    command()
gdb.execute("source " + os.path.join(os.path.dirname(os.path.abspath(__file__)), "user.py"))
