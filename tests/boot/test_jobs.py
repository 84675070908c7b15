"""Job control as a person sees it: Debian's unmodified shells on the serial line and on a pseudo-terminal."""
import re
import subprocess
import time

import pexpect
import pytest

from harness import BUILD, LOGS, ROOT

OUTER = r"tine:[^\r\n]*# "
PROMPT = "ready> "
SHELLS = {
    "sh": "PS1='ready> ' {} sh",
    "bash": "PS1='ready> ' {} bash-static --norc",
    "zsh": "PS1='ready> ' {} zsh-static -f +o PROMPT_SP",
}
PLACES = {"serial": "", "pty": "ptyrun"}
CASES = [("default", shell, place) for shell in SHELLS for place in PLACES] + [("debug", "bash", "pty")]


@pytest.fixture(scope="module")
def archive(built):
    """Our initramfs without the tests, with the shells of Debian's packages bash-static and zsh-static."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / "shells.cpio"
    subprocess.run([ROOT / "scripts/mkinitramfs", path, f"tree:{ROOT}/user/rootfs", "dir:dev", "dir:proc", "dir:root:700",
                    "dir:tmp:1777", "char:dev/console:5:1", f"file:sbin/init:{BUILD}/user/init", "link:init:/sbin/init",
                    f"file:bin/ptyrun:{BUILD}/user/ptyrun", "busybox:/bin/busybox",
                    "file:bin/bash-static:/bin/bash-static", "file:bin/zsh-static:/bin/zsh-static"], check=True)
    yield path
    path.unlink()


@pytest.fixture(params=CASES, ids="-".join)
def shell(request, archive, machines):
    config, name, place = request.param
    child = machines.spawn(machines.image(config, "", initramfs=archive))
    child.expect(OUTER)
    child.sendline(SHELLS[name].format(PLACES[place]))
    child.expect(r"\r\n.*?" + PROMPT)
    child.place = place
    return child


def ask(shell, command):
    """The output of a command, as far as the next prompt."""
    shell.sendline(f"{command}; echo do''ne")
    shell.expect(r"done\r*\n")
    text = shell.before.replace("\r", "").split("do''ne")[-1]
    shell.expect(PROMPT)
    return text


def start(shell, command):
    """Start a job in the foreground. What it says itself, it says when it is there."""
    shell.sendline(f"sh -c 'echo g\"\"o; exec {command}'")
    shell.expect(r"go\r*\n")


def pipe(shell):
    """The same with a pipeline. Its second command tells that the first one stands."""
    shell.sendline("sleep 100 | sh -c 'echo g\"\"o; exec cat'")
    shell.expect(r"go\r*\n")


def press(shell, key):
    """Type a control key and wait for the shell to be back."""
    for _ in range(5):      # busybox ignores signals for a moment before it becomes another program, on Linux too
        time.sleep(0.3)
        shell.sendcontrol(key)
        if shell.expect([r"\n[^\n]*" + PROMPT, pexpect.TIMEOUT], timeout=8) == 0:
            return
    raise AssertionError(f"Ctrl-{key} brought no prompt")


def foreground(shell, key, *expected):
    """Take the job into the foreground and type a control key. The key may be too early, and meet the shell."""
    for _ in range(5):
        shell.sendline("fg")
        time.sleep(0.5)
        press(shell, key)
        status = ask(shell, "echo status $?")
        if states(shell, "sleep", "cat") == list(expected):
            return status
    raise AssertionError(f"after Ctrl-{key}: {states(shell, 'sleep', 'cat')}")


def states(shell, *names):
    """The state of each process with one of these names."""
    # "{exe} cat" is what ps says if busybox has run an applet of its own through /proc/self/exe
    lines = [re.sub(r"{\w+} ", "", line).split() for line in ask(shell, "ps -o stat,args").splitlines()]
    return sorted((words[1], words[0][0]) for words in lines if len(words) > 1 and words[1] in names)


def one_job(shell):
    start(shell, "sleep 100")
    press(shell, "z")
    assert states(shell, "sleep") == [("sleep", "T")]
    assert "exec sleep 100" in ask(shell, "jobs")
    ask(shell, "bg")
    assert states(shell, "sleep") == [("sleep", "S")]
    assert "unning" in ask(shell, "jobs")
    assert "status 130" in foreground(shell, "c")

    start(shell, "sleep 100")
    press(shell, "\\")
    assert "status 131" in ask(shell, "echo status $?")


def pipeline(shell):
    pipe(shell)
    press(shell, "z")
    assert states(shell, "sleep", "cat") == [("cat", "T"), ("sleep", "T")]
    ask(shell, "bg")
    assert states(shell, "sleep", "cat") == [("cat", "S"), ("sleep", "S")]
    foreground(shell, "z", ("cat", "T"), ("sleep", "T"))
    assert "status 130" in foreground(shell, "c")


def kill(shell):
    shell.sendline("sleep 100 & sleep 200 &")
    shell.expect(PROMPT)
    ask(shell, "kill %1; kill -STOP %2")
    ask(shell, "sleep 0.1")
    assert states(shell, "sleep") == [("sleep", "T")]
    ask(shell, "kill %2; kill -CONT %2; wait")
    assert states(shell, "sleep") == []


def background(shell):
    """Who reads in the background stops; so does who writes, if stty tostop says so."""
    shell.sendline("cat &")
    shell.expect(PROMPT)
    ask(shell, "sleep 0.1")
    assert states(shell, "cat") == [("cat", "T")]
    shell.sendline("fg")
    time.sleep(0.5)
    shell.sendline("hel''lo")
    shell.expect(r"hel''lo\s+hel''lo\s")
    press(shell, "d")
    assert states(shell, "cat") == []

    ask(shell, "stty tostop")
    shell.sendline("cat /etc/hostname &")
    shell.expect(PROMPT)
    ask(shell, "sleep 0.1")
    assert states(shell, "cat") == [("cat", "T")]
    ask(shell, "stty -tostop")
    assert "tine" in ask(shell, "fg")


def end(shell):
    """The inner shell ends with a job stopped: nothing of it stays, and the outer shell has its terminal again."""
    assert ("/dev/pts/0" if shell.place == "pty" else "/dev/ttyS0") in ask(shell, "tty")
    pipe(shell)
    press(shell, "z")
    for _ in range(2):      # some shells warn at first
        shell.sendline("exit")
        if shell.expect([OUTER, PROMPT]) == 0:
            break
    shell.sendline("sleep 0.2; ps -o args | grep -c '[s]leep'; ls /dev/pts; tty")
    shell.expect(r"\r\n0\s+ptmx\s+/dev/ttyS0\s")
    shell.expect(OUTER)
    start(shell, "sleep 100")
    shell.sendcontrol("c")
    shell.expect(OUTER)


def test_jobs(shell):
    one_job(shell)
    pipeline(shell)
    kill(shell)
    background(shell)
    end(shell)
