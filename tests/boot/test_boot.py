"""Starting and ending: the command line, PID 1, the ways out, small machines, foreign archives."""
import re
import subprocess

import pytest

from harness import FAILURE, PANIC, ROOT, SUCCESS, make

pytestmark = pytest.mark.usefixtures("built")


def archive(path, *entries):
    subprocess.run([ROOT / "scripts/mkinitramfs", path, *entries], check=True)
    return path


def test_pid1_succeeds(machines):
    machines.boot("default", "init=/bin/true").expect(SUCCESS)


def test_pid1_fails(machines):
    result = machines.boot("default", "init=/bin/false").expect(FAILURE)
    assert re.search(r"PID 1|init", result.text)


def test_pid1_cannot_kill_itself(machines):
    """Signals without a handler do not reach PID 1, not even its own."""
    result = machines.boot("default", "init=/bin/busybox -- sh -c 'kill -SEGV $$; kill -KILL $$; echo alive'")
    assert "alive" in result.expect(SUCCESS).text.splitlines()


def test_pid1_faults(machines, tmp_path):
    """But a fault of its own ends it."""
    source = tmp_path / "crash.c"
    source.write_text("int main(void) { __asm__ volatile(\"ud2\"); }\n")
    subprocess.run(["musl-gcc", "-static", "-o", tmp_path / "crash", source], check=True)
    cpio = archive(tmp_path / "x.cpio", f"file:crash:{tmp_path}/crash")
    machines.boot("default", "init=/crash", initramfs=cpio).expect(FAILURE)


def test_no_pid1(machines):
    result = machines.boot("default", "init=/nonexistent").expect(FAILURE)
    assert "/nonexistent" in result.text


@pytest.mark.parametrize("config", ["default", "debug"])
def test_arguments(machines, config):
    result = machines.boot(config, 'init=/bin/echo -- one "two  words" -x init=three').expect(SUCCESS)
    assert "one two  words -x init=three" in result.text.splitlines()


def test_reboot_is_not_success(machines):
    result = machines.boot("default", "init=/bin/busybox -- reboot -f")
    assert result.status == 0, result.tail()


def test_poweroff_by_system_call(machines):
    machines.boot("default", "init=/bin/busybox -- poweroff -f").expect(SUCCESS)


def test_archive_without_dev(machines, tmp_path):
    """As Linux does, the kernel has a place for devices of its own: the console's name leads to it."""
    script = "mkdir /proc; mount -t proc proc /proc; readlink /proc/self/fd/0; tty; echo hello from nowhere"
    applets = [f"link:bin/{name}:/prog" for name in ("mkdir", "mount", "readlink", "tty")]
    cpio = archive(tmp_path / "x.cpio", "file:prog:/bin/busybox", "link:sh:/prog", "dir:bin", *applets)
    result = machines.boot("default", f"init=/sh -- -c '{script}'", initramfs=cpio).expect(SUCCESS)
    assert result.text.splitlines()[-4:-1] == ["/dev/console", "/dev/console", "hello from nowhere"]


def test_make_run(tmp_path):
    cpio = archive(tmp_path / "x.cpio", "file:prog:/bin/busybox", "link:sh:/prog")
    result = make("run", INITRAMFS=cpio, CMDLINE="init=/sh -- -c 'echo it has run; exit 0'", timeout=120)
    assert "it has run" in result.stdout.replace("\r", "").splitlines()
    result = make("run", INITRAMFS=cpio, CMDLINE="init=/sh -- -c 'exit 1'", check=False, timeout=120)
    assert result.returncode != 0 and "PID 1 ended with failure" in result.stdout


def test_small_machine(machines):
    machines.boot("default", "init=/sbin/run-tests -- fork_return fork_private", MEM=128).expect(SUCCESS)


def test_too_small_machine(machines):
    result = machines.boot("default", "init=/bin/true", MEM=16, timeout=60)
    assert result.status == PANIC and re.search("memory", result.text, re.I), result.tail()


def test_plain_cpu(machines):
    """Without XSAVE: floating-point state has another format, in signal frames, too."""
    tests = "fork_* signal_altstack signal_handler signal_restart tine/signal_mxcsr"
    machines.boot("default", f"init=/sbin/run-tests -- {tests}", CPU="qemu64", timeout=200).expect(SUCCESS)


def test_deterministic(machines):
    """Under the set D two boots print the same, times included."""
    image = machines.image("default", "init=/sbin/run-tests -- fork_return fork_chain")
    first, second = (machines.run(image, ICOUNT=1, timeout=200).expect(SUCCESS) for _ in range(2))
    assert first.text == second.text


def test_many_children(machines):
    """Ten thousand living children of one parent."""
    image = machines.image("default", "init=/tests/fork_live_many -- 10000")
    machines.run(image, MEM=2048, timeout=200).expect(SUCCESS)


def test_big_parent(machines):
    """256 MiB, written by both sides after the fork."""
    image = machines.image("default", "init=/tests/fork_big -- 256")
    machines.run(image, MEM=1024, timeout=200).expect(SUCCESS)
