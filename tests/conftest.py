"""Fixtures of all tests. See harness.py for what they hand out."""
import pytest

from harness import Image, Ktap, Machines, make

CONFIGS = {"default": 0, "debug": 1}


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="keep the oracle's output as the expected one")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.session.stash.setdefault(FAILED, set()).add(item.nodeid)


FAILED = pytest.StashKey()


@pytest.fixture(scope="session")
def built():
    """Both kernels and the initramfs, up to date."""
    make("initramfs")
    for debug in CONFIGS.values():
        make("kernel", DEBUG=debug)


@pytest.fixture
def machines(request):
    """Machines for this test; their logs stay in build/logs if it fails."""
    handle = Machines(request.node.name)
    yield handle
    handle.close(request.node.nodeid in request.session.stash.get(FAILED, set()))


@pytest.fixture(scope="session")
def oracle():
    """The whole suite of user tests on Debian's Linux: (Result, Ktap)."""
    make("initramfs")
    machines = Machines("oracle")
    result = machines.run(Image.linux("rdinit=/sbin/run-tests"), timeout=400, MEM=512)
    ktap = Ktap(result.text)
    machines.close(failed=result.status != 33)
    return result, ktap


# Quick ones first, and Linux's word before Tine's.
ORDER = ["test_repo.py", "test_docs.py", "test_unit.py", "test_entry.py", "test_oracle.py",
         "test_suite.py", "test_boot.py", "test_bench.py", "test_shell.py", "test_programs.py", "test_gdb.py", "test_gdb_user.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ORDER.index(item.path.name) if item.path.name in ORDER else len(ORDER))
