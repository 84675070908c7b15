"""Each planted bug of mm/bugs.c is convicted by the random walk of test_mm, with its audit and its lying TLB."""
import os
import subprocess

import pytest

from harness import BUILD, ROOT
from test_unit import test_unit as build_and_run

# What only a real machine can show is in tests/boot/test_bugs.py.
BUGS = ["fork-keeps-w", "fork-no-flush", "bottom-up", "copy-keeps-w", "copy-no-ref", "unmap-shared", "drop-all", "poke",
        "shmem-cow", "fork-all", "rss", "no-reserve", "no-upper-flush", "map-not-own", "map-hidden", "lazy-holes"]


@pytest.fixture(scope="module")
def binary():
    path = BUILD / "unit" / "test_mm"
    if not path.exists():
        build_and_run("test_mm")
    return path


@pytest.mark.parametrize("bug", BUGS)
def test_convicted(binary, bug):
    ran = subprocess.run([binary], cwd=ROOT, env={**os.environ, "TINE_BUG": bug}, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=200, errors="replace")
    assert ran.returncode != 0, f"nobody noticed {bug}"
