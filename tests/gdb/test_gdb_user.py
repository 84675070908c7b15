"""
A real GDB follows one fork all the way: from the program's syscall instruction into do_fork, and out again into the
child, whose first instruction in user mode is the one after that syscall.
"""
import re
import subprocess

import pytest

from harness import BUILD, PANIC, ROOT, SUCCESS
from test_gdb import free_port

HEAD = """
set pagination off
set confirm off
set height 0
target remote 127.0.0.1:{port}
source scripts/gdb/tine.py
"""

SESSION = """
# The first system call of the program: its symbols come by themselves.
tbreak do_syscall if $current()->mm != 0
continue
tine-user
tbreak main if $user()
continue
printf "main of %s, value %d\\n", $current()->comm, value
tbreak _Fork if $user()
continue
tine-syscall
printf "before: rax %d, user %d\\n", $rax, $user()
x/i $pc
set $next = (long)$pc + 2
set $parent_sp = (long)$rsp
stepi
printf "entered with rcx %d after the syscall, user %d\\n", (long)$rcx - $next, $user()
info symbol $pc
tbreak do_fork
continue
printf "in do_fork: exit signal %d, ip %d, sp %d\\n", args->exit_signal, $regs(1)->ip - $next, $regs(1)->sp - $parent_sp
backtrace 6
tine-child
printf "child: rax %d, user %d, pc %d, sp %d\\n", $rax, $user(), (long)$pc - $next, (long)$rsp - $parent_sp
info symbol $pc
printf "task: pid %d, tgid %d, parent %d, exit signal %d, fork no exec %d\\n", $current()->pid, $current()->tgid, \
	$current()->real_parent->pid, $current()->exit_signal, ($current()->flags & 0x40) != 0
printf "own: stack %d, mm %d, files %d, signal %d, sighand %d\\n", $current()->stack != $task(1)->stack, \
	$current()->mm != $task(1)->mm, $current()->files != $task(1)->files, \
	$current()->signal != $task(1)->signal, $current()->sighand != $task(1)->sighand
printf "same: cred %d, exe %d, name %s\\n", $current()->cred == $task(1)->cred, \
	$current()->mm->map->exe_file == $task(1)->mm->map->exe_file, $current()->comm
tbreak in_child
continue
printf "in_child with value %d, user %d, pid %d\\n", value, $user(), $current()->pid
delete
detach
"""

EXPECTED = """
[tine: symbols of build/user/fork_demo]
task 1 runs fork-demo: build/user/fork_demo
main of fork-demo, value 1
before: rax 57, user 1
entered with rcx 0 after the syscall, user 0
in do_fork: exit signal 17, ip 0, sp 0
child 2 of 1: state 0x800, saved ip 0x
child: rax 0, user 1, pc 0, sp 0
task: pid 2, tgid 2, parent 1, exit signal 17, fork no exec 1
own: stack 1, mm 1, files 1, signal 1, sighand 1
same: cred 1, exe 1, name fork-demo
in_child with value 1, user 1, pid 2
""".strip().splitlines()


# Three forks: run-tests makes two children, the second becomes fork_return and forks itself.
OTHER_PROGRAMS = """
tbreak sys_fork
continue
tine-child
tbreak sys_fork
continue
tine-child
tine-child
printf "child %d of %d: rax %d\\n", $current()->pid, $current()->real_parent->pid, $rax
tine-user
detach
"""


@pytest.fixture
def gdb(built, machines, tmp_path):
    """gdb(command line of the kernel, commands): what GDB says, and before it the console. The machine must then end so."""
    def run(cmdline, commands, status=SUCCESS):
        port = free_port()
        qemu = machines.start(machines.image("default", cmdline), "-S", "-gdb", f"tcp:127.0.0.1:{port}")
        script = tmp_path / "session.gdb"
        script.write_text(HEAD.format(port=port) + commands)
        session = subprocess.run(["gdb", "-nx", "-q", "-batch", "-x", str(script), str(BUILD / "default/tine.elf")],
                                 cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=180)
        assert qemu.wait(60) == status, session.stdout
        return qemu.log.read_text(errors="replace") + session.stdout
    return run


def in_order(lines, out):
    at = 0
    for line in lines:
        at = out.find(f"\n{line}", at)
        assert at >= 0, f"missing: {line}\n{out}"


def test_from_syscall_to_child(gdb):
    out = gdb("init=/bin/fork-demo", SESSION)
    in_order(EXPECTED, out)
    assert re.search(r"=> 0x\w+ <_Fork\+\d+>:\s+syscall", out), out
    assert "syscall_entry in section .text" in out, out
    # From the C function back to the first instruction of the kernel, and the child where its parent was.
    for depth, name in enumerate(("do_fork", "sys_fork", "dispatch", "do_syscall", "syscall_entry")):
        assert re.search(rf"^#{depth} .*\b{name} \(", out, re.M), out
    assert re.search(r"^_Fork \+ \d+ in section .text of .*fork_demo$", out, re.M), out


def test_symbols_follow_the_program(gdb):
    out = gdb("init=/sbin/run-tests -- fork_return", OTHER_PROGRAMS)
    in_order(["[tine: symbols of build/user/run_tests]", "child 2 of 1: state 0x800", "child 3 of 1: state 0x800",
              "[tine: symbols of build/user/tests/fork_return]", "child 4 of 3: state 0x800", "child 4 of 3: rax 0",
              "task 4 runs fork_return: build/user/tests/fork_return"], out)


# The stack pointer of a task in a system call, put where a deep recursion would end.
OVERFLOW = """
tbreak do_fork if $current()->mm != 0
continue
printf "guard below the stack of task %d\\n", $current()->pid
set $rsp = (long)$current()->stack - 16
continue
"""


def test_stack_guard(gdb):
    """A kernel stack that overflows meets its guard page: a panic in words that names the task, not a reset."""
    out = gdb("init=/bin/fork-demo", OVERFLOW, status=PANIC)
    assert "guard below the stack of task 1" in out, out
    assert "Kernel panic: kernel stack overflow" in out and "task fork-demo, pid 1" in out, out
