"""A person at the serial console: Debian's busybox shell, job control keys, leaving."""
import re
import time

import pexpect
import pytest

from harness import SUCCESS

PROMPT = r"tine:[^\r\n]*# "


@pytest.fixture(params=["default", "debug"])
def shell(request, built, machines):
    child = machines.spawn(machines.image(request.param, ""))
    child.expect(PROMPT)
    return child


def ask(shell, command):
    """The output of a command, without its echo and the prompt, and its status."""
    # The quotes keep the echo of the command line from looking like the output.
    shell.sendline(f"echo be''gin; {command}; echo status''=$?")
    shell.expect(r"begin\s+(.*)status=(\d+)\s")
    text, status = shell.match[1], int(shell.match[2])
    shell.expect(PROMPT)
    return text.replace("\r", ""), status


def test_session(shell):
    text, status = ask(shell, "for i in 1 2 3; do (echo $i; sleep 0) & done; wait; ls /proc | wc -l")
    numbers = [line for line in text.split("\n") if line.isdigit()]
    assert sorted(numbers[:3]) == ["1", "2", "3"] and int(numbers[3]) > 10 and status == 0

    text, status = ask(shell, "cat /etc/motd | tr a-z A-Z | sort | head")
    lines = text.splitlines()
    assert status == 0 and len(lines) == 6 and lines == sorted(lines) and "ONE CALL, TWO RETURNS" in text

    text, status = ask(shell, "fork-demo")
    assert status == 0 and "parent: my value is still 1" in text and "child:  fork returned 0 here" in text

    text, status = ask(shell, "(exit 3) | true; (exit 4)")
    assert status == 4

    text, status = ask(shell, "ps; free; mount")
    assert status == 0 and "/proc" in text and "Mem:" in text and re.search(r"^ *1 .*init", text, re.M)

    text, status = ask(shell, "echo a > /tmp/x; cp /tmp/x /tmp/y; ls /tmp; rm /tmp/?; ls -a /tmp | wc -l")
    assert status == 0 and text.split()[:2] == ["x", "y"] and text.split()[-1] == "2"


def test_interrupt_and_leave(shell):
    shell.sendline("sleep 100; echo after-$?")
    time.sleep(1)
    start = time.monotonic()
    shell.sendcontrol("c")
    shell.expect(PROMPT)
    assert time.monotonic() - start < 20
    assert ask(shell, "cat /proc/$$/stat | wc -l")[1] == 0

    # A shell that ends is started anew, as leader of a session with a terminal.
    shell.sendline("exit")
    shell.expect("built-in shell")
    shell.expect(PROMPT)
    text, status = ask(shell, "tty")
    assert status == 0 and text.strip() == "/dev/ttyS0"

    shell.sendline("poweroff")
    shell.expect(pexpect.EOF, timeout=60)
    shell.wait()
    assert shell.exitstatus == SUCCESS
