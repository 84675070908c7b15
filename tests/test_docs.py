"""
What the pages for readers say exists: in docs/*.md and README.md, text in `backticks` is a file, function, structure,
field, constant, register, make target or debugger command of this tree; names of other kernels stand in italics.
In drawings (fenced blocks) every name() is checked. The tables and frames of fork.md are compared with the code.
"""
import re
import subprocess
from itertools import product

import pytest

from harness import ROOT

PAGES = ["README.md"] + sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))
PATH = re.compile(r"[\w.*{},/+-]+\.(?:c|h|asm|inc|py|md|def|ld|ktap|gdb|S)|[\w.*{},+-]+/[\w.*{},/+-]*|Makefile")
WORDS_OF_C = {"struct", "enum", "union", "if", "else", "return", "sizeof", "break", "continue", "true", "false",
              "void", "int", "long", "unsigned", "char", "const", "static"}


def read(name):
    return (ROOT / name).read_text()


def tracked():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


class Tree:
    """Everything in the tree that has a name."""

    def __init__(self):
        self.files = tracked()
        self.folders = {parent for f in self.files for parent in self.parents(f)}
        self.code = "\n".join(re.sub(r"/\*.*?\*/|//[^\n]*", " ", read(f), flags=re.S)
                              for f in self.files if f.endswith((".c", ".h", ".def")) and not f.startswith("tests/"))
        self.asm = "\n".join(re.sub(r";.*", "", read(f)) for f in self.files if f.endswith((".asm", ".inc")))
        self.words = set(re.findall(r"\w+", self.code))
        self.calls = set(re.findall(r"^SYSCALL\((\w+)", read("include/tine/syscalls.def"), re.M))
        self.symbols = self.ctags() | set(re.findall(r"\w+", self.asm)) | self.calls
        debugger = "\n".join(read(f) for f in self.files if f.startswith("scripts/gdb/"))
        self.commands = set(re.findall(r'super\(\).__init__\("([\w-]+)"', debugger))
        makefile = read("Makefile")
        self.targets = set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.M)).split())
        self.variables = set(re.findall(r"^(\w+)\s*\?=", makefile, re.M)) | {"PYTEST_ARGS", "WERROR"}
        self.programs = set(re.findall(r"(?:file|link):\S*?([\w-]+):", makefile)) | {"busybox"}

    @staticmethod
    def parents(name):
        parts = name.split("/")[:-1]
        return ["/".join(parts[:i + 1]) for i in range(len(parts))]

    def ctags(self):
        c = [f for f in self.files if f.endswith((".c", ".h")) and not f.startswith("tests/")]
        tags = subprocess.run(["ctags", "-f", "-", "--languages=C", "--langmap=C:.c.h", "--kinds-C=+px", *c], cwd=ROOT,
                              check=True, text=True, stdout=subprocess.PIPE).stdout
        return {line.split("\t")[0] for line in tags.splitlines()}

    def has_path(self, path):
        """`fork.c` anywhere; `kernel/` a folder; `kernel/{fork,exit}.c` and `docs/*.md` each match something."""
        parts = [part.strip("{}").split(",") if part.startswith("{") else [part]
                 for part in re.split(r"(\{[^}]*\})", path)]
        for name in map("".join, product(*parts)):
            pattern = re.escape(name.rstrip("/")).replace(r"\*", "[^/]*")
            if "/" not in name.rstrip("/"):
                pattern = r"(?:.*/)?" + pattern
            if not any(re.fullmatch(pattern, known) for known in [*self.files, *self.folders]):
                return False
        return True

    def knows(self, word):
        """A word of an expression: constants may also come from Linux's uapi headers, if our code uses them."""
        return (word in self.symbols or word in WORDS_OF_C or word in self.commands or word.isdigit()
                or bool(re.fullmatch(r"0x[0-9a-f]+", word)) or (word.isupper() and word in self.words))


@pytest.fixture(scope="module")
def tree():
    return Tree()


def wrong_make(tree, words):
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in (tree.variables if equals else tree.targets):
            return f"make has no {word}"
    return None


def wrong_span(tree, text):
    """What is wrong with the text between two backticks, or None."""
    if text.startswith("make "):
        return wrong_make(tree, re.sub(r'="[^"]*"', "=", text).split()[1:])
    if text in tree.programs | tree.folders or text.split()[0] in tree.commands:
        return None
    if text.startswith(("/", "build/", "-")) or re.fullmatch(r"\w+\(\dp?\)", text):
        return None			# in the guest, generated, an option or error value, a manual page
    if re.fullmatch(r"[A-Z_]+=\S*", text):
        return wrong_make(tree, [text])
    if PATH.fullmatch(text):
        return None if tree.has_path(text) else f"no such file: {text}"
    if not re.search(r"\w", text):
        return None
    unknown = [word for word in re.findall(r"\w+", text) if not tree.knows(word)]
    return f"no such name: {', '.join(unknown)}" if unknown else None


def problems(tree, text):
    """(line, what) of everything that is named and does not exist."""
    found, fenced = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found += [(number, f"no such function: {name}") for name in re.findall(r"\b([A-Za-z_]\w*)\(\)", line)
                      if not tree.knows(name)]
        else:
            found += [(number, what) for span in re.findall(r"`([^`]+)`", line) if (what := wrong_span(tree, span))]
            found += [(number, f"no such file: {link}") for link in re.findall(r"\]\(([^)#:]+)\)", line)
                      if not (ROOT / "docs" / link).exists() and not (ROOT / link).exists()]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_names_exist(tree, page):
    wrong = [f"{page}:{line}: {what}" for line, what in problems(tree, read(page))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["`no_such_function`", "`no_such_function()`", "`kernel/none.c`", "`nowhere.c`",
                                  "`make nothing`", "`make test NOTHING=1`", "`struct no_such`", "`CLONE_NOTHING`",
                                  "`task_struct->no_such`", "`tine-nothing`", "[x](none.md)", "`kernel/{fork,none}.c`",
                                  "```\nno_such_function()\n```"])
def test_checker_finds(tree, text):
    assert len(problems(tree, text)) == 1


def test_checker_accepts(tree):
    good = ("`copy_process` `do_fork()` `kernel/{fork,exit}.c` `docs/*.md` `make test` `make run SMP=4` `struct pt_regs`"
            " `CLONE_VM` `task_struct->mm` `rax` `tine-ps` `fork.c` `arch/x86/` `fork-demo` `fork` `p->state == 0`")
    assert problems(tree, good) == []


def table_rows(page, header):
    """The cells of the first table of the page whose header line starts so, without backticks."""
    lines = read(page).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(header)) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def test_stage_table():
    """The stages of copy_process stand in fork.md as in the code: name, functions, time of put, order."""
    table = re.search(r"\} stages\[\] = \{\n(.*?)\n\};", read("kernel/fork.c"), re.S)[1]
    stages = [list(row) for row in re.findall(r'\{ "(\w+)",\s*(\w+),\s*(\w+),\s*(\w+) \}', table)]
    assert len(stages) == len(table.splitlines())
    when = {"PUT_NEVER": "undo only", "PUT_AT_EXIT": "exit", "PUT_AT_REAP": "reap"}
    expected = [[name, copy, "–" if put == "NULL" else put, "–" if put == "NULL" else when[at]]
                for name, copy, put, at in stages]
    assert [row[:2] + row[3:5] for row in table_rows("docs/fork.md", "| stage |")] == expected


def members(header, name):
    body = re.search(r"^struct " + name + r" \{(.*?)^\};", read(header), re.S | re.M)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return [word for names in re.findall(r"unsigned long ([\w, ]+);", body) for word in names.split(", ")]


@pytest.mark.parametrize("header,name", [("arch/x86/include/arch/ptrace.h", "pt_regs"),
                                         ("arch/x86/include/arch/entry.h", "inactive_task_frame")])
def test_frame_drawings(header, name):
    """The drawings show the words of a frame from the highest address down, all and in the order of the structure."""
    drawing = re.search(rf"<!-- frame: {name} -->\n+```\n(.*?)```", read("docs/fork.md"), re.S)[1]
    drawn = [(int(offset, 16), word) for offset, word in re.findall(r"^\s*(0x\w+) \| (\w+)", drawing, re.M)]
    assert drawn == list(reversed([(8 * i, word) for i, word in enumerate(members(header, name))]))


def test_missing_calls_are_missing(tree):
    """caveats.md is honest in the other direction too: what it calls missing is a call of Linux, and not offered."""
    rows = [row for row in table_rows("docs/caveats.md", "| missing |") if re.search("ENOSYS|not offered", row[1])]
    named = {name for row in rows for name in re.findall(r"\*([a-z]\w+)\*", row[0] + row[1])}
    linux = set(re.findall(r"__NR_(\w+)", open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").read()))
    assert len(named) > 10 and named - linux == set()
    assert named & tree.calls == set(), "offered by now: docs/caveats.md says that these are missing"
