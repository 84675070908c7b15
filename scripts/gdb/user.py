"""GDB commands for Tine's user programs; tine.py sources this file.

$user()             1 while the CPU runs user code: a condition for breakpoints at user addresses
$regs(PID)          a task's saved user registers, struct pt_regs *
tine-user [FILE]    symbols of the program that the current task runs, or of FILE
tine-follow on|off  do that by itself whenever GDB stops in another program (on)
tine-syscall [F]    stop at the next syscall instruction in the user function F (that of this frame)
tine-child [PID]    run on until the child that the current task is about to make, or the task PID,
                    executes its first user instruction
"""
import os
import struct

import gdb

from __main__ import THREAD_SIZE, at, find, in_user_mode, percpu

PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "build", "user")
PT_LOAD, PF_X, ET_DYN = 1, 1, 3
SYSCALL = b"\x0f\x05"


def current():
    return percpu("current_task")


def saved_regs(task):
    """What the task's last entry from user mode pushed: at the very top of its kernel stack."""
    regs = gdb.lookup_type("struct pt_regs")
    return at(int(task["stack"]) + THREAD_SIZE - regs.sizeof, regs.pointer())


def run_to(addresses, condition):
    """Go on until one of these instructions is about to be executed and the condition holds."""
    stops = []
    try:
        for address in addresses:
            stops.append(gdb.Breakpoint(f"*{address:#x}", internal=True))
            stops[-1].condition = condition
        gdb.execute("continue")
        if all(stop.hit_count == 0 for stop in stops):
            raise gdb.GdbError("something else stopped the CPU first")
    except gdb.error as error:			# the machine is gone
        raise gdb.GdbError(str(error)) from None
    finally:
        for stop in stops:
            stop.delete()


# ---- which program runs ----

def exe(task):
    """The inode number, name and size of the file that the task executes, or None."""
    mm = task["mm"]
    if not int(mm) or not int(mm["map"]["exe_file"]):
        return None
    path, inode = mm["map"]["exe_file"]["f_path"], mm["map"]["exe_file"]["f_inode"]
    return int(inode["i_ino"]), path["dentry"]["d_name"].string(), int(inode["i_data"]["size"])


def host_file(name, size):
    """Our own build of the program: its name in the image has - where the source has _."""
    for folder, _, files in os.walk(PROGRAMS):
        for candidate in {name, name.replace("-", "_")} & set(files):
            path = os.path.join(folder, candidate)
            if os.path.getsize(path) == size:
                return path
    return None


def text_start(path):
    """(position-independent, lowest address of code) of an ELF file for x86-64. elf(5)."""
    with open(path, "rb") as f:
        header = f.read(64)
        kind, table = struct.unpack_from("<H", header, 16)[0], struct.unpack_from("<Q", header, 32)[0]
        size, count = struct.unpack_from("<HH", header, 54)
        f.seek(table)
        segments = [struct.unpack("<IIQQQQQQ", f.read(size)[:56]) for _ in range(count)]
    return kind == ET_DYN, min(s[3] for s in segments if s[0] == PT_LOAD and s[1] & PF_X)


loaded = {"path": None, "exe": None}


def load(path, task):
    """Show the symbols of this file in place of those of the program before."""
    moves, start = text_start(path)
    offset = int(task["mm"]["map"]["start_code"]) - start if moves and int(task["mm"]) else 0
    if loaded["path"]:
        gdb.execute(f"remove-symbol-file {loaded['path']}", to_string=True)
    loaded["path"] = None
    gdb.execute(f"add-symbol-file {path} -o {offset:#x}", to_string=True)
    loaded["path"] = path
    print(f"[tine: symbols of {os.path.relpath(path)}]")


def load_current():
    """True if the current task runs a program that we have built; its symbols are loaded then."""
    task = current()
    program = exe(task)
    if not program:
        return False
    if program != loaded["exe"]:
        path = host_file(*program[1:])
        if path and path != loaded["path"]:
            load(path, task)
        loaded["exe"] = program if path else None
    return loaded["exe"] is not None


class Follow(gdb.Parameter):
    """Load the symbols of the user program that runs whenever GDB stops."""
    set_doc = show_doc = "Load the symbols of the running user program at each stop."

    def __init__(self):
        super().__init__("tine-follow", gdb.COMMAND_FILES, gdb.PARAM_BOOLEAN)
        self.value = True

    def get_set_string(self):
        return ""

    def get_show_string(self, value):
        return f"tine-follow is {value}."


follow = Follow()


def stopped(event):
    """
    Early in the boot there is no task to look at; then this does nothing. Nor at a breakpoint with
    commands: the first thing that we do would run them, and they may go on from here.
    """
    if not follow.value or any(b.commands for b in getattr(event, "breakpoints", [])):
        return
    try:
        load_current()
    except (gdb.error, UnicodeDecodeError):
        pass


# ---- commands and functions ----

class InUser(gdb.Function):
    def __init__(self):
        super().__init__("user")

    def invoke(self):
        return int(in_user_mode())


class Regs(gdb.Function):
    def __init__(self):
        super().__init__("regs")

    def invoke(self, pid):
        return saved_regs(find(int(pid)))


class User(gdb.Command):
    """tine-user [FILE]: symbols of the program that the current task runs, or of FILE."""

    def __init__(self):
        super().__init__("tine-user", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        if argument:
            if loaded["path"] != os.path.abspath(argument):
                load(os.path.abspath(argument), current())
            return
        task = current()
        if not load_current():
            name = (exe(task) or [0, "no program"])[1]
            raise gdb.GdbError(f"task {int(task['pid'])} runs {name}; build/user has no such file: tine-user FILE")
        print(f"task {int(task['pid'])} runs {exe(task)[1]}: {os.path.relpath(loaded['path'])}")


def instructions(name):
    """Addresses of the instructions of a user function; of the one that runs without a name."""
    place = f"'{name}'" if name else "$pc"
    lines = gdb.execute(f"disassemble {place}", to_string=True).splitlines()
    return [int(line.replace("=>", "").split()[0], 16) for line in lines if "<+" in line]


class Syscall(gdb.Command):
    """tine-syscall [FUNCTION]: run on to the next syscall instruction in a user function (this frame's)."""

    def __init__(self):
        super().__init__("tine-syscall", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if not in_user_mode():
            raise gdb.GdbError("the CPU is in the kernel already; $regs(PID) shows the registers of the call")
        memory = gdb.selected_inferior()
        places = [a for a in instructions(argument) if bytes(memory.read_memory(a, 2)) == SYSCALL]
        if not places:
            raise gdb.GdbError("no syscall instruction in this function")
        run_to(places, f"$current()->pid == {int(current()['pid'])} && $user()")


class Child(gdb.Command):
    """tine-child [PID]: run on until the next child of the current task, or the task PID, is in user mode."""

    def __init__(self):
        super().__init__("tine-child", gdb.COMMAND_RUNNING)

    def wait_for_birth(self):
        """Up to wake_up_new_task(), called by the current task: the child is complete but has not run."""
        parent = current()
        entry = int(gdb.parse_and_eval("&wake_up_new_task"))
        run_to([entry], f"$current()->pid == {int(parent['pid'])}")
        return at(int(gdb.parse_and_eval("$rdi")), parent.type)

    def invoke(self, argument, from_tty):
        child = find(int(argument, 0)) if argument else self.wait_for_birth()
        regs = saved_regs(child)
        print(f"child {int(child['pid'])} of {int(child['real_parent']['pid'])}: state {int(child['state']):#x}, "
              f"saved ip {int(regs['ip']):#x}, saved ax {int(regs['ax'])}")
        run_to([int(regs["ip"])], f"$current()->pid == {int(child['pid'])} && $user()")


for command in (InUser, Regs, User, Syscall, Child):
    command()
gdb.events.stop.connect(stopped)
