"""Host unit tests: each test_X.c here is a cmocka program under the address and undefined-behaviour sanitizers."""
import os
import subprocess
from pathlib import Path

import pytest

from harness import BUILD, ROOT, make

HERE = Path(__file__).parent
FLAGS = ["-std=gnu11", "-g", "-O1", "-fno-builtin", "-fno-strict-aliasing", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=undefined", "-DTINE_HOST", "-DTINE_DEBUG=1", "-Wall", "-Wextra",
         "-Wno-unused-parameter", "-Itests/unit/include", "-Iinclude", "-Iinclude/uapi", "-Iarch/x86/include"]


def words_of(source, key):
    """What a comment "// key: ..." at the head of the source lists."""
    for line in source.read_text().splitlines()[:10]:
        if line.startswith(f"// {key}:"):
            return line.partition(":")[2].split()
    return []


@pytest.mark.parametrize("name", sorted(p.stem for p in HERE.glob("test_*.c")))
def test_unit(name):
    source, binary = HERE / f"{name}.c", BUILD / "unit" / name
    binary.parent.mkdir(parents=True, exist_ok=True)
    werror = ["-Werror"] if os.environ.get("WERROR") == "1" else []
    make("build/uapi/.stamp", "build/uapi/unistd_ia32.h")
    command = ["gcc", *FLAGS, *werror, "-Ibuild/uapi", *words_of(source, "flags"), "-o", binary, source,
               *words_of(source, "sources"), "-lcmocka"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout
    ran = subprocess.run([binary], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                         errors="replace")
    assert ran.returncode == 0 and "PASSED" in ran.stdout, ran.stdout
