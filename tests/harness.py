"""What the tests share: building, booting under QEMU with a time limit, reading KTAP."""
import os
import re
import subprocess
import time
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"

# QEMU's exit status for each way in which the kernel ends: arch/x86/include/arch/irq.h.
SUCCESS, FAILURE, PANIC = 33, 35, 37

# What make and scripts/qemu take from the environment; tests say what they want instead.
VARIABLES = ("SMP", "MEM", "CPU", "CMDLINE", "INITRAMFS", "ICOUNT", "KVM", "QEMU_ARGS", "DEBUG", "V",
             "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GDB_PORT")


def environment(**variables):
    env = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    env.update({k: str(v) for k, v in variables.items()})
    return env


def make(*targets, check=True, timeout=900, **variables):
    """Run make in a clean environment; its CompletedProcess, with output and errors in stdout."""
    result = subprocess.run(["make", "-C", str(ROOT), *targets], env=environment(**variables), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=timeout, errors="replace")
    if check and result.returncode:
        raise AssertionError(f"make {' '.join(targets)} failed:\n{result.stdout}")
    return result


class Image:
    """What QEMU is to boot: an ISO image with Tine, or Linux with an initramfs."""

    def __init__(self, *qemu_args):
        self.qemu_args = [str(arg) for arg in qemu_args]

    @classmethod
    def tine(cls, config, name, cmdline, initramfs=BUILD / "initramfs.cpio"):
        iso = LOGS / f"{name}.iso"
        LOGS.mkdir(parents=True, exist_ok=True)
        subprocess.run([ROOT / "scripts/mkiso", iso, BUILD / config / "tine.elf", initramfs, cmdline], check=True)
        image = cls("--iso", iso)
        image.iso = iso
        return image

    @classmethod
    def linux(cls, cmdline, initramfs=BUILD / "initramfs.cpio"):
        kernel = subprocess.run([ROOT / "scripts/oracle", "kernel"], check=True, text=True, stdout=subprocess.PIPE)
        return cls("--linux", ROOT / kernel.stdout.strip(), initramfs,
                   f"console=ttyS0 quiet panic=-1 {cmdline}")


class Result:
    def __init__(self, status, text, seconds):
        self.status, self.text, self.seconds = status, text, seconds

    def tail(self, lines=40):
        return "\n".join(self.text.splitlines()[-lines:])

    def expect(self, status):
        assert self.status == status, f"QEMU's status is {self.status}, expected {status}\n{self.tail()}"
        return self


class Machines:
    """Starts machines for one test, ends those that are left, and keeps their logs if the test fails."""

    def __init__(self, name):
        self.name = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-")
        self.logs, self.isos, self.running = [], [], []

    def image(self, config, cmdline, **more):
        image = Image.tine(config, f"{self.name}.{os.getpid()}.{len(self.isos)}", cmdline, **more)
        self.isos.append(image.iso)
        return image

    def new_log(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        path = LOGS / f"{self.name}.{os.getpid()}.{len(self.logs)}.log"
        self.logs.append(path)
        return path

    def start(self, image, *args, **variables):
        """QEMU in the background, its serial console in a log file."""
        path = self.new_log()
        with open(path, "wb") as log:
            process = subprocess.Popen([ROOT / "scripts/qemu", "--raw", *image.qemu_args, *args],
                                       env=environment(**variables), stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, cwd=ROOT)
        process.log = path
        self.running.append(process)
        return process

    def run(self, image, *args, timeout=120, **variables):
        """Boot and wait for the end."""
        start = time.monotonic()
        process = self.start(image, *args, **variables)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = f"none: killed after {timeout} s"
        text = process.log.read_text(errors="replace").replace("\r", "")
        return Result(status, text, time.monotonic() - start)

    def boot(self, config, cmdline, *args, timeout=120, initramfs=BUILD / "initramfs.cpio", **variables):
        """Boot Tine with this command line and wait for the end."""
        return self.run(self.image(config, cmdline, initramfs=initramfs), *args, timeout=timeout, **variables)

    def spawn(self, image, **variables):
        """Boot with the serial console connected to a pexpect object."""
        log = open(self.new_log(), "w", encoding="utf-8")
        child = pexpect.spawn(str(ROOT / "scripts/qemu"), ["--raw", *image.qemu_args], env=environment(**variables),
                              cwd=str(ROOT), encoding="utf-8", codec_errors="replace", timeout=60, echo=False)
        child.logfile_read = log
        self.running.append(child)
        return child

    def close(self, failed):
        for machine in self.running:
            if isinstance(machine, pexpect.spawn):
                machine.close(force=True)
                machine.logfile_read.close()
            elif machine.poll() is None:
                machine.kill()
                machine.wait()
        for path in self.isos + ([] if failed else self.logs):
            path.unlink(missing_ok=True)


class Ktap:
    """The output of run-tests: for each program its result and its own, indented lines."""

    def __init__(self, text):
        self.planned, self.passed, self.failed, self.output = None, [], {}, {}
        lines = []
        for line in text.splitlines():
            if line.startswith("    "):
                lines.append(line[4:])
            elif match := re.match(r"1\.\.(\d+)$", line):
                self.planned = int(match[1])
            elif match := re.match(r"(not )?ok \d+ (\S+)(?: # (.*))?$", line):
                name = match[2]
                self.output[name], lines = lines, []
                if match[1]:
                    self.failed[name] = match[3] or "failed"
                else:
                    self.passed.append(name)

    @property
    def names(self):
        return sorted(self.output)

    def check(self, name):
        """Assert that the program has run and passed."""
        assert name in self.output, f"{name} did not run"
        assert name not in self.failed, "\n".join([f"{name}: {self.failed[name]}", *self.output[name]])


def test_names(tine=False):
    """The tests that exist, by their sources."""
    tests = ROOT / "user/tests"
    return sorted([p.stem for p in tests.glob("*.c")] + [f"tine/{p.stem}" for p in tests.glob("tine/*.c") if tine])


test_names.__test__ = False


def transcript(name):
    """Where the output of a test on Linux is kept."""
    return ROOT / "tests/oracle" / f"{name}.ktap"
