"""One boot runs the whole suite of user tests; each must pass with the output it has on Linux."""
import pytest

from harness import SUCCESS, Ktap, Machines, test_names, transcript

CASES = [("default", 1), ("debug", 1)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-smp{case[1]}")
def suite(request, built):
    config, smp = request.param
    machines = Machines(f"suite-{config}-smp{smp}")
    result = machines.boot(config, "init=/sbin/run-tests", timeout=500, SMP=smp, MEM=512)
    machines.close(failed=result.status != SUCCESS)
    return result, Ktap(result.text)


def test_tine_boot(suite):
    result, ktap = suite
    result.expect(SUCCESS)
    assert ktap.names == test_names(tine=True)
    assert ktap.planned == len(ktap.names)


@pytest.mark.parametrize("name", test_names(tine=True))
def test_on_tine(suite, name):
    ktap = suite[1]
    ktap.check(name)
    if not name.startswith("tine/"):
        assert ktap.output[name] == transcript(name).read_text().splitlines()
