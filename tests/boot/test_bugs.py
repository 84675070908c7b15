"""Each planted bug of mm/bugs.c that programs can see is convicted by a user test or by the audit after it."""
import pytest

from harness import SUCCESS, Machines

# Those that take another CPU, a debugger or a failing allocation are in tests/unit/test_mm_bugs.py.
CONVICTED_BY = {
    "fork-keeps-w": "fork_tables",
    "fork-no-flush": "fork_tables",
    "bottom-up": "fork_tables",
    "copy-keeps-w": "fork_tables",
    "copy-no-ref": "fork_tables",
    "unmap-shared": "fork_tables",
    "drop-all": "fork_tables",
    "shmem-cow": "fork_tables",
    "fork-all": "fork_tables",
    "rss": "fork_tables",
    "map-not-own": "fork_maps",
    "lazy-holes": "fork_lazy",
    "map-hidden": "file_mmap_truncate",
}


@pytest.mark.parametrize("bug", ["none", *CONVICTED_BY])
def test_convicted(built, bug):
    machines = Machines(f"bug-{bug}")
    name = CONVICTED_BY.get(bug, "fork_tables")
    result = machines.boot("debug", f"bug={bug} init=/sbin/run-tests -- -t 10 {name}", timeout=40)
    machines.close(failed=False)
    assert (result.status == SUCCESS) == (bug == "none"), result.tail()
