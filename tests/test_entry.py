"""The exit by sysret, as it stands in the kernel: what an emulator does not punish is checked in the code.

Intel's SYSRET faults in ring 0, on the user's stack, for a return address that is not canonical; it takes rip
from rcx and flags from r11, loses RF, and traps too early with TF. QEMU faults in ring 3 (as AMD's CPUs do),
so no program can show there that a check is missing.
"""
import re
import subprocess

import pytest

from conftest import CONFIGS
from harness import BUILD

USER_LIMIT = 0x7FFFFFFFF000
FALLBACK = r"j(ne|ae) \w+ <return_to_user>"
CHECKS = {
    "rcx is the address": (r"cmp rcx,QWORD PTR \[rsp\+0x58\]", "jne"),
    "r11 is the flags": (r"cmp r11,QWORD PTR \[rsp\+0x30\]", "jne"),
    "neither RF nor TF is set": (r"test r11d,0x10100", "jne"),
    "the address is below the end of user space": (r"cmp rcx,QWORD PTR \[rip.* <user_limit>", "jae"),
    "CS is what sysret loads": (r"cmp QWORD PTR \[rsp\+0x88\],0x33", "jne"),
    "SS is what sysret loads": (r"cmp QWORD PTR \[rsp\+0xa0\],0x2b", "jne"),
}


@pytest.fixture(scope="module", params=CONFIGS)
def kernel(built, request):
    return BUILD / request.param / "tine.elf"


@pytest.fixture(scope="module")
def code(kernel):
    """(label, instruction) of the whole kernel."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-M", "intel", kernel], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    label, found = None, []
    for line in text.splitlines():
        if match := re.match(r"[0-9a-f]+ <(.*)>:", line):
            label = match[1]
        elif match := re.match(r" *[0-9a-f]+:\t(.*)", line):
            found.append((label, re.sub(r"\s+", " ", match[1]).strip()))
    return found


def test_sysret_stands_in_two_places(code):
    places = [(label, insn) for label, insn in code if insn.startswith("sysret")]
    assert places == [("syscall_return", "sysretq"), ("syscall_entry_compat", "sysretd")]


@pytest.mark.parametrize("what", CHECKS)
def test_sysret_is_preceded_by_check(code, what):
    compare, jump = CHECKS[what]
    exit_code = [insn for label, insn in code if label == "syscall_return"]
    at = [i for i, insn in enumerate(exit_code) if re.match(compare, insn)]
    assert len(at) == 1, exit_code
    assert re.fullmatch(FALLBACK, exit_code[at[0] + 1]) and exit_code[at[0] + 1].startswith(jump)


def test_nothing_jumps_past_the_checks(code):
    """Whoever enters syscall_return enters it at its first instruction."""
    into = [insn for _, insn in code if re.search(r"<syscall_return\+0x", insn)]
    assert into == []


def test_user_limit(kernel):
    symbols = subprocess.run(["nm", kernel], check=True, text=True, stdout=subprocess.PIPE).stdout
    address = int(re.search(r"^([0-9a-f]+) \w user_limit$", symbols, re.M)[1], 16)
    span = [f"--start-address={address:#x}", f"--stop-address={address + 8:#x}"]
    dump = subprocess.run(["objdump", "-s", *span, kernel], check=True, text=True, stdout=subprocess.PIPE).stdout
    words = re.search(r"^ [0-9a-f]+ ([0-9a-f]{8}) ([0-9a-f]{8})", dump, re.M)
    assert int.from_bytes(bytes.fromhex(words[1] + words[2]), "little") == USER_LIMIT
