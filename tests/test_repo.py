"""The shape of the code (architecture, section 9): short functions, files that can be read in one sitting."""
import re
import statistics
import subprocess

import pytest

from harness import ROOT

LONGEST_FUNCTION, MEDIAN_FUNCTION, LONGEST_FILE = 80, 15, 600


def tracked():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, text=True,
                           stdout=subprocess.PIPE)
    return [name for name in names.stdout.splitlines() if (ROOT / name).is_file()]


def sources(*endings):
    return [name for name in tracked() if name.endswith(endings) and not name.startswith("docs/")]


@pytest.fixture(scope="module")
def functions():
    """(lines, file, name) of every C function, by universal-ctags."""
    tags = subprocess.run(["ctags", "-f", "-", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=ne",
                           *sources(".c", ".h")], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    found = []
    for line in tags.stdout.splitlines():
        name, path = line.split("\t")[:2]
        start, end = re.search(r"\tline:(\d+)", line), re.search(r"\tend:(\d+)", line)
        if start and end:
            found.append((int(end[1]) - int(start[1]) + 1, path, name))
    assert found
    return found


def test_no_long_function(functions):
    assert [f for f in functions if f[0] > LONGEST_FUNCTION] == []


def test_median_function(functions):
    kernel = [lines for lines, path, _ in functions if not path.startswith(("user/", "tests/"))]
    assert statistics.median(kernel) <= MEDIAN_FUNCTION


def test_no_long_file():
    names = sources(".c", ".h", ".asm", ".py", ".def", "Makefile")
    long = {name: n for name in names if (n := len((ROOT / name).read_text().splitlines())) > LONGEST_FILE}
    assert long == {}


def test_no_loose_ends():
    """Nothing is left for later in the code itself."""
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    assert [name for name in sources(".c", ".h", ".asm") if word.search((ROOT / name).read_text())] == []
