"""The user tests on Debian's Linux 6.1 under the same QEMU line: what they print there is what they should."""
import pytest

from harness import SUCCESS, test_names, transcript


def test_linux_boot(oracle):
    result, ktap = oracle
    result.expect(SUCCESS)
    assert ktap.names == test_names()
    assert ktap.planned == len(ktap.names)


@pytest.mark.parametrize("name", test_names())
def test_on_linux(oracle, name, pytestconfig):
    ktap = oracle[1]
    ktap.check(name)
    text = "\n".join(ktap.output[name]) + "\n"
    if pytestconfig.getoption("--record"):
        transcript(name).write_text(text)
    assert text == transcript(name).read_text()


def test_no_transcript_without_test():
    kept = sorted(p.stem for p in transcript("x").parent.glob("*.ktap"))
    assert kept == test_names()
