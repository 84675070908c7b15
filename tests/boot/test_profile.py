"""make profile: the calls of one fork, and sums that agree with the time-stamp counter."""
import json
import re
import subprocess

import pytest

from harness import BUILD, ROOT, make

# Each round begins at the same instruction: one of them takes as long as the counter says.
ROUNDS = 12
PROGRAM = """
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

static unsigned long at[ROUNDS + 1];

int main(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pid_t child;

		at[i] = __rdtsc();
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, 0, 0);
	}
	at[ROUNDS] = __rdtsc();
	for (int i = 0; i < ROUNDS; i++)
		printf("round %lu\\n", at[i + 1] - at[i]);
}
"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory, built):
    """(what was printed, build/profile.json)"""
    path = tmp_path_factory.mktemp("profile")
    (path / "forks.c").write_text(PROGRAM)
    subprocess.run(["musl-gcc", "-static", "-O2", f"-DROUNDS={ROUNDS}", "-o", path / "forks", path / "forks.c"],
                   check=True)
    subprocess.run([ROOT / "scripts/mkinitramfs", path / "x.cpio", f"file:forks:{path}/forks"], check=True)
    result = make("profile", PROG="/forks", ROI="fork", INITRAMFS=path / "x.cpio", timeout=300)
    return result.stdout.replace("\r", ""), json.loads((BUILD / "profile.json").read_text())


def find(tree, *names):
    """The nodes that lie below each of these names in turn."""
    found = [tree] if len(names) == 1 and tree["name"] == names[0] else []
    rest = names[1:] if len(names) > 1 and tree["name"] == names[0] else names
    for child in tree["children"]:
        found += find(child, *rest)
    return found


def total(tree):
    return tree["self"] + sum(total(child) for child in tree["children"])


def test_tree_of_one_fork(profile):
    tree = profile[1]["cycle"]
    for path in [("caller", "sys_fork", "do_fork", "copy_process", "copy_mm"),
                 ("caller", "sys_fork", "do_fork", "wake_up_new_task"),
                 ("caller", "sys_wait4", "__schedule", "__switch_to_asm"),
                 ("new-task", "ret_from_fork", "schedule_tail"),
                 ("new-task", "sys_exit_group", "do_exit", "exit_mm"),
                 ("new-task", "sys_exit_group", "do_task_dead")]:
        assert [node["calls"] for node in find(tree, *path)] == [1], path
    assert not find(tree, "new-task", "copy_process") and not find(tree, "caller", "do_exit")


def test_sums(profile):
    data = profile[1]
    cycle = data["cycle"]
    assert cycle["all"] == total(cycle)
    assert cycle["all"] in data["cycles"]
    assert len(data["cycles"]) == ROUNDS - 1
    process, = find(cycle, "caller", "copy_process")
    assert process["all"] == process["self"] + sum(child["all"] for child in process["children"])
    assert sum(data["cycles"]) < total(data["run"])


def test_agrees_with_the_counter(profile):
    text, data = profile
    rounds = [int(n) for n in re.findall(r"^round (\d+)$", text, re.M)]
    faults = sum(node["calls"] for node in find(data["cycle"], "page-fault"))
    assert data["cycles"][-1] == rounds[-2] + faults	# see profile.py


def test_print(profile):
    text = profile[0]
    lines = [line.split() for line in text.splitlines()]
    assert ["all", "self", "calls", "function,", "below", "its", "caller"] in lines
    assert re.search(r"^ +\d+ +\d+ +1 +copy_process$", text, re.M)
    head, run = text.split("The whole run:")
    assert head.index("copy_process") < head.index("copy_mm") < head.index("wake_up_new_task")
    assert re.search(r"^ +\d+ +\d+ +%d  copy_process$" % ROUNDS, run, re.M)


def test_bad_use():
    assert make("profile", check=False).returncode != 0
