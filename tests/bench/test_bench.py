"""The benchmark: that it measures on both kernels, that no instruction count has grown, that its report can be read."""
import json
import re
import subprocess
import sys

import pytest

from harness import BUILD, ROOT, SUCCESS, Image, environment, make

sys.path.append(str(ROOT / "scripts"))
import bench_report  # noqa: E402

pytestmark = pytest.mark.usefixtures("built")

BASELINE = ROOT / "tests/bench/baseline.json"
FIGURE = re.compile(r"^bench (\S+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+) (\d+)$", re.M)


@pytest.fixture(scope="module")
def cpio(built):
    path = BUILD / "bench.cpio"
    make(path.relative_to(ROOT))
    return path


@pytest.fixture(scope="module")
def checked(built):
    """The output of make bench-check; its figures stay in build/bench/check.json."""
    return make("bench-check", check=False)


def compare(tmp_path, baseline):
    """The verdict on the last figures, if this were the baseline."""
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(baseline))
    return subprocess.run([ROOT / "scripts/bench", "check", "--results", BUILD / "bench/check.json", "--baseline", path],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())


def test_no_growth(checked):
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("kernel", ["linux", "tine"])
def test_one_tick_is_one_instruction(machines, cpio, kernel):
    items = "init=/sbin/bench -- tick syscall size:1M fds:10"
    image = Image.linux(f"rd{items}", cpio) if kernel == "linux" else machines.image("default", items, initramfs=cpio)
    found = FIGURE.findall(machines.run(image, ICOUNT=1, CPU="qemu64").expect(SUCCESS).text)
    figures = {(item, param): float(median) for item, param, median, *_ in found}
    assert figures["tick", "0"] == 1
    assert set(figures) == {("tick", "0"), ("syscall", "0")} | {
        (f"{item}.{part}", param) for item, param in (("size", "1048576"), ("fds", "10")) for part in ("call", "child", "wait")}
    assert figures["size.call", "1048576"] < figures["size.child", "1048576"] < figures["size.wait", "1048576"]


def test_every_item_on_the_checking_build(machines, cpio):
    items = re.findall(r"^(\w+) +\d+  ", subprocess.run([BUILD / "user/bench/bench", "-l"], text=True, check=True,
                                                        stdout=subprocess.PIPE).stdout, re.M)
    result = machines.boot("debug", f"init=/sbin/bench -- -s 2 {' '.join(items)}", initramfs=cpio, MEM=1024, ICOUNT=1)
    found = FIGURE.findall(result.expect(SUCCESS).text)
    assert {item.split(".")[0] for item, *_ in found} == {*items, "switch"}


def test_growth_is_told(checked, tmp_path):
    figures = json.loads((BUILD / "bench/check.json").read_text())
    grown = compare(tmp_path, figures | {"vfork 0": figures["vfork 0"] / 1.06, "exec 0": figures["exec 0"] / 1.04})
    assert grown.returncode == 1
    assert re.search(r"^1 figures have grown.*\n +vfork 0 ", grown.stdout, re.M), grown.stdout
    assert compare(tmp_path, figures | {"nothing 0": 1}).returncode == 1
    sunk = compare(tmp_path, figures | {"vfork 0": figures["vfork 0"] + 1})
    assert sunk.returncode == 0 and "1 figures have sunk" in sunk.stdout


@pytest.fixture
def results():
    """As if Linux needed twice as much of everything but the signal."""
    figures = [{"item": row[0], "param": row[1], "median": 1000.0, "samples": 3, "discarded": 0} for row in bench_report.ROWS]
    figures += [{"item": "size.call", "param": 1 << 16, "median": 900.0, "samples": 3, "discarded": 0}]
    runs = [{"kernel": kernel, "cpu": "qemu64", "mode": mode, "ticks_per_ns": 2.0, "release": kernel,
             "figures": [f | {"median": f["median"] * (2 if kernel == "linux" and f["item"] != "signal" else 1)} for f in figures]}
            for kernel in ("tine", "linux") for mode in ("instructions", "time")]
    meta = {"commit": "c", "date": "d", "qemu": "q", "cpus": 2, "load": 0, "rounds": 1}
    return bench_report.Results({"meta": meta, "runs": runs})


def test_table_tells_goals(results):
    rows = {line.split("|")[1].strip(): [c.strip() for c in line.split("|")[2:7]] for line in
            bench_report.main_table(results).splitlines()}
    assert rows["signal to itself: send, handle, return"] == ["1.00 k", "1.00 k", "1.000", "0.35", "**no**"]
    assert rows["fork call at 1 GiB"] == ["2.00 k", "1.00 k", "0.500 (own: 1.00)", "1.1 of own at 1 MiB", "yes"]
    assert list(rows)[2].startswith("**worst case:**")


def test_page_needs_no_other_file(results):
    page = bench_report.page(results)
    assert "Chart.js v" in page and not re.search(r"@[A-Z_]+@", page)
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", page)


def test_plots(results, tmp_path):
    bench_report.draw(results, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bench-ratios.svg", "bench-size.svg"]
    assert "fork against resident memory" in (tmp_path / "bench-size.svg").read_text()
