"""Debian's unmodified programs running tests/programs: on Linux 6.1, whose output is kept, and on Tine."""
import pytest

from harness import BUILD, ROOT, SUCCESS, Image, Ktap, Machines, make

PROGRAMS = ROOT / "tests/programs"
TRANSCRIPTS = ROOT / "tests/oracle/programs"
ARCHIVE = BUILD / "programs.cpio"
NAMES = sorted(p.name for p in PROGRAMS.iterdir() if p.is_file())
CONFIGS = ["default", "debug"]


@pytest.fixture(scope="module")
def archive(built):
    make("programs")


def run_all(name, boot):
    machines = Machines(name)
    result = boot(machines)
    machines.close(failed=result.status != SUCCESS)
    return result, Ktap(result.text)


@pytest.fixture(scope="module")
def linux(archive):
    image = Image.linux("rdinit=/sbin/run-tests", initramfs=ARCHIVE)
    return run_all("programs-linux", lambda machines: machines.run(image, timeout=600, MEM=1024))


@pytest.fixture(scope="module", params=CONFIGS)
def tine(archive, request):
    return run_all(f"programs-{request.param}", lambda machines: machines.boot(
        request.param, "init=/sbin/run-tests", timeout=900, initramfs=ARCHIVE, MEM=1024))


@pytest.mark.parametrize("name", NAMES)
def test_program_on_linux(linux, name, pytestconfig):
    ktap = linux[1]
    ktap.check(name)
    kept = TRANSCRIPTS / f"{name}.txt"
    text = "\n".join(ktap.output[name]) + "\n"
    if pytestconfig.getoption("--record"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text)
    assert text == kept.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_program_on_tine(tine, name):
    ktap = tine[1]
    ktap.check(name)
    assert ktap.output[name] == (TRANSCRIPTS / f"{name}.txt").read_text().splitlines()


def test_programs_boot(tine):
    result, ktap = tine
    result.expect(SUCCESS)
    assert ktap.names == NAMES


def test_no_program_transcript_without_program():
    assert sorted(p.stem for p in TRANSCRIPTS.iterdir()) == NAMES
