"""A real GDB on a real boot: stop in copy_process for a user's fork, go on to wake_up_new_task, look at the child."""
import re
import socket
import subprocess

from harness import BUILD, ROOT, SUCCESS

SESSION = """
set pagination off
set confirm off
set height 0
target remote 127.0.0.1:{port}
source scripts/gdb/tine.py
break copy_process if $current()->mm != 0
continue
printf "fork by %d %s\\n", $current()->pid, $current()->comm
backtrace 4
next
next
tbreak wake_up_new_task
continue
printf "child %d of %d is %s\\n", p->pid, p->real_parent->pid, p->comm
tine-ps
delete
continue
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_fork_session(built, machines, tmp_path):
    port = free_port()
    image = machines.image("default", "init=/bin/fork-demo")
    qemu = machines.start(image, "-S", "-gdb", f"tcp:127.0.0.1:{port}")
    script = tmp_path / "session.gdb"
    script.write_text(SESSION.format(port=port))
    gdb = subprocess.run(["gdb", "-nx", "-q", "-batch", "-x", str(script), str(BUILD / "default/tine.elf")], cwd=ROOT,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         timeout=180)
    out = gdb.stdout
    assert re.search(r"^fork by 1 fork-demo$", out, re.M), out
    assert re.search(r"^#0 .*copy_process", out, re.M) and re.search(r"^#\d .*do_fork", out, re.M), out
    child = re.search(r"^child (\d+) of 1 is fork-demo$", out, re.M)
    assert child, out
    # The list of tasks shows both.
    assert re.search(r"^ *1 .*fork-demo", out, re.M) and re.search(rf"^ *{child[1]} .*fork-demo", out, re.M), out
    assert qemu.wait(60) == SUCCESS
