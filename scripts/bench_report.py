"""What scripts/bench shows of its results: the table, the page with plots, the pictures of docs/.

Every table and every page begins with what speaks against Tine: the writes after a fork, which pay for what the fork
has put off.
"""
import html
import json
import statistics
import subprocess
from pathlib import Path

CHART_JS = Path("/usr/share/javascript/chart.js/chart.min.js")	# Debian's libjs-chart.js
PAGE = Path(__file__).with_name("bench_page.html")
K, M, G = 1 << 10, 1 << 20, 1 << 30
LINUX, TINE, HUGE = "#c2410c", "#1d4ed8", "#f59e0b"


def of_linux(limit):
    """A goal: at most this share of Linux's figure."""
    return {"text": f"{limit:.2f}", "met": lambda tine, linux, own: tine / linux <= limit}


def of_own(item, param, limit, words):
    """A goal: at most so many times Tine's own figure for another parameter."""
    return {"text": f"{limit} of own {words}", "own": (item, param), "met": lambda tine, linux, own: tine / own <= limit}


# (item, parameter, what it is, goal). Figures are instructions or host time.
ROWS = [
    ("rewrite", 256 * M, "**worst case:** fork, and the parent rewrites 256 MiB", of_linux(0.60)),
    ("write.first", 64 * M, "**worst case:** first write after fork, 64 MiB resident", None),
    ("write.table", 64 * M, "**worst case:** first write in another 2 MiB", None),
    ("write.next", 64 * M, "each next write", None),
    ("fork.call", 0, "fork call, small process", None),
    ("fork.child", 0, "fork to the child's first instruction", None),
    ("fork.wait", 0, "fork+exit+wait", of_linux(0.15)),
    ("size.call", M, "fork call at 1 MiB resident", of_linux(0.15)),
    ("size.call", 256 * M, "fork call at 256 MiB", of_own("size.call", M, 1.1, "at 1 MiB")),
    ("size.call", G, "fork call at 1 GiB", of_own("size.call", M, 1.1, "at 1 MiB")),
    ("size.wait", G, "fork+exit+wait at 1 GiB", None),
    ("maps.call", 1000, "fork call with 1,000 mappings", of_own("maps.call", 20, 1.5, "with 20")),
    ("fds.call", 500, "fork call with 500 descriptors", of_own("fds.call", 3, 1.1, "with 3")),
    ("procs.call", 1000, "fork call with 1,000 live children sharing its memory", of_own("procs.call", 0, 1.1, "with none")),
    ("strangers.call", 1000, "fork call with 1,000 live processes that ran exec", of_own("strangers.call", 0, 1.1, "with none")),
    ("vfork", 0, "vfork+exit+wait", of_linux(0.15)),
    ("exec", 0, "fork+exec+exit+wait", of_linux(0.20)),
    ("vexec", 0, "vfork+exec+exit+wait", of_linux(0.20)),
    ("spawn", 0, "posix_spawn+exit+wait", None),
    ("shell", 0, "sh -c true, spawned and waited for", None),
    ("thread", 0, "thread create+join", of_linux(0.20)),
    ("pipe", 0, "pipe round trip between two processes", of_linux(0.30)),
    ("switch", 0, "context switch", None),
    ("syscall", 0, "null system call (getppid)", of_linux(0.30)),
    ("signal", 0, "signal to itself: send, handle, return", of_linux(0.35)),
    ("anon", 1024, "anonymous fault, per page", of_linux(0.40)),
    ("cow", 1024, "copy on write, per page", of_linux(0.40)),
    ("mmap", 0, "mmap+munmap of a page", None),
]
TIME_GOAL, TIME_GOAL_1G = 0.5, 0.02	# for host time: every item; the fork call at 1 GiB
# What takes no part in the goal for host time: costs that fork has only put off.
PUT_OFF = ("write.first", "write.table", "write.next")

# (name, title, x axis, [(item, what)])
SWEEPS = [
    ("rewrite", "Worst case: fork, then the parent rewrites all its memory while the child lives", "resident memory (bytes)",
     [("rewrite", "")]),
    ("size", "fork against resident memory", "resident memory (bytes)", [("size.call", "fork call"), ("size.wait", "fork+exit+wait")]),
    ("maps", "fork against the number of mappings", "mappings", [("maps.call", "fork call"), ("maps.wait", "fork+exit+wait")]),
    ("fds", "fork against the number of open descriptors", "descriptors", [("fds.call", "fork call"), ("fds.wait", "fork+exit+wait")]),
    ("procs", "fork against the number of live children", "live children",
     [("procs.call", "fork call"), ("procs.wait", "fork+exit+wait")]),
]


class Results:
    """The figures of results.json: the median over the rounds, and how far these lie apart."""

    def __init__(self, data):
        self.meta, self.runs, self.rounds = data["meta"], data["runs"], {}
        timed = [run["ticks_per_ns"] for run in self.runs if run["mode"] == "time"]
        per_ns = {"instructions": 1, "time": statistics.median(timed) if timed else 1}
        for run in self.runs:
            for figure in run["figures"]:
                if figure["median"] is not None:
                    key = (run["mode"], run["cpu"], run["kernel"], figure["item"], figure["param"])
                    self.rounds.setdefault(key, []).append(figure["median"] / per_ns[run["mode"]])

    def get(self, mode, cpu, kernel, item, param):
        found = self.rounds.get((mode, cpu, kernel, item, param))
        return statistics.median(found) if found else None

    def spread(self, mode, cpu, kernel, item, param):
        """(smallest, largest) of the rounds."""
        found = self.rounds[(mode, cpu, kernel, item, param)]
        return min(found), max(found)

    def params(self, mode, cpu, item):
        return sorted({key[4] for key in self.rounds if key[:2] == (mode, cpu) and key[3] == item})

    def release(self, kernel):
        return next(run["release"] for run in self.runs if run["kernel"] == kernel)

    def series(self, mode, cpu, kernel, item):
        points = [(p, self.get(mode, cpu, kernel, item, p)) for p in self.params(mode, cpu, item)]
        return [(p, value) for p, value in points if value is not None and p > 0]


# ---- numbers as text -----------------------------------------------------------------------------

def scaled(value, units):
    for factor, unit in reversed(units):
        if value >= factor:
            value /= factor
            break
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}{unit}"


def count(value):
    if value < 1000:
        return f"{value:.0f}"
    return scaled(value, [(1e3, " k"), (1e6, " M"), (1e9, " G")])


def duration(ns):
    return scaled(ns, [(1, " ns"), (1e3, " µs"), (1e6, " ms"), (1e9, " s")])


def size(value):
    for factor, unit in ((G, "GiB"), (M, "MiB"), (K, "KiB")):
        if value >= factor and value % factor == 0:
            return f"{value // factor} {unit}"
    return f"{value:,}"


# ---- tables --------------------------------------------------------------------------------------

def ratio(tine, linux):
    value = tine / linux
    return f"{value:.3f}" if value >= 0.01 else f"{value:.2g}"


def markdown(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def verdict(results, mode, cpu, row):
    """(ratio to Linux, goal, met) of a row, as text; None if it was not measured."""
    item, param, _, goal = row
    tine, linux = (results.get(mode, cpu, kernel, item, param) for kernel in ("tine", "linux"))
    if tine is None or linux is None:
        return None
    if mode == "time":
        limit = TIME_GOAL_1G if (item, param) == ("size.call", G) else TIME_GOAL
        goal = None if item in PUT_OFF else of_linux(limit)
    if not goal or mode == "instructions" and cpu != "qemu64":
        return ratio(tine, linux), "", ""
    own = results.get(mode, cpu, "tine", *goal["own"]) if "own" in goal else None
    if "own" in goal and own is None:
        return ratio(tine, linux), goal["text"], "not measured"
    text = ratio(tine, linux) + (f" (own: {tine / own:.2f})" if own else "")
    return text, goal["text"], "yes" if goal["met"](tine, linux, own) else "**no**"


def instruction_table(results, cpu):
    rows = []
    for row in ROWS:
        shown = verdict(results, "instructions", cpu, row)
        if shown:
            linux, tine = (count(results.get("instructions", cpu, kernel, *row[:2])) for kernel in ("linux", "tine"))
            rows.append([row[2], linux, tine, *(shown if cpu == "qemu64" else shown[:1])])
    return markdown(["item", "Linux", "Tine", "ratio", *(["goal: at most", "met"] if cpu == "qemu64" else [])], rows)


def time_table(results, cpu):
    rows = []
    for row in ROWS:
        shown = verdict(results, "time", cpu, row)
        if shown:
            cells = []
            for kernel in ("linux", "tine"):
                least, most = results.spread("time", cpu, kernel, *row[:2])
                cells.append(f"{duration(results.get('time', cpu, kernel, *row[:2]))} ({duration(least)} to {duration(most)})")
            rows.append([row[2], *cells, *shown])
    return markdown(["item", "Linux", "Tine", "ratio", "goal: at most", "met"], rows)


def sweep_table(results, sweep):
    name, _, axis, items = sweep
    rows = []
    for param in results.params("instructions", "qemu64", items[0][0]):
        cells = [size(param) if "bytes" in axis else f"{param:,}"]
        for item, _ in items:
            linux, tine = (results.get("instructions", "qemu64", kernel, item, param) for kernel in ("linux", "tine"))
            cells += [count(linux) if linux else "", count(tine) if tine else "", ratio(tine, linux) if tine and linux else ""]
        rows.append(cells)
    header = [axis]
    for _, what in items:
        header += [f"{what + ': ' if what else ''}Linux", "Tine", "ratio"]
    return markdown(header, rows) if rows else ""


def main_table(results):
    return instruction_table(results, "qemu64")


HOW = """Measured {date} at {commit} by `make bench`: the static program in `user/bench/`, the same file on both kernels, as PID 1
under the line of `scripts/qemu`: {qemu}, TCG, one CPU. The other kernel is Debian's
{linux}, with mitigations=off; Tine is the default build. Memory is in pages of 4 KiB on both sides.

Each figure is the median of its samples, so an interrupt by the timer is in few of them; what the loop and the reading of
the counter cost is subtracted. "fork call" lasts until fork has returned in the parent; samples in which the child ran
before that are left out. fork and wait are called without the wrappers of the C library; threads and posix_spawn are
musl's. A ratio is Tine's figure over Linux's: below 1, Tine needs less. Counts of instructions repeat exactly on Tine, and
within 1 percent on Linux. Host time depends on the host, which had {cpus} CPUs and a load of {load:.1f} when it began.
"""


def sections(results):
    """(title, text before, table) of all that is shown."""
    yield ("Instructions, qemu64", "With ICOUNT=1 the time stamp counter counts instructions of the guest, of the kernel and of the "
           "program alike; a string store or copy of a page counts 512.", instruction_table(results, "qemu64"))
    for sweep in SWEEPS:
        yield sweep[1], "Instructions, qemu64.", sweep_table(results, sweep)
    huge = [[size(p), *(count(results.get("instructions", "qemu64", kernel, "huge.call", p)) for kernel in ("linux", "tine"))]
            for p in results.params("instructions", "qemu64", "huge.call")]
    if huge:
        yield ("Linux with huge pages", "The fork call with memory for which the program asked for pages of 2 MiB, which Linux has and Tine "
               "has not.", markdown(["resident", "Linux, 2 MiB pages", "Tine, 4 KiB pages"], huge))
    memory = [results.get("instructions", "qemu64", kernel, "memory", 1000) for kernel in ("linux", "tine")]
    if all(memory):
        yield ("Memory of a child", "Bytes of free memory that a sleeping child of a small process takes, from 1,000 of them.",
               markdown(["", "Linux", "Tine", "ratio"],
                        [["one child", *(f"{m / 1024:.1f} KiB" for m in memory), f"{memory[1] / memory[0]:.2f}"]]))
    yield ("Instructions, max", "The CPU model max has AVX and fast string operations: Linux saves and clears larger FPU "
           "states with it, and clears pages with rep stosb, which counts an instruction for each byte.", instruction_table(results, "max"))
    for cpu in ("qemu64", "max"):
        table = time_table(results, cpu)
        if "\n" in table.split("---:|\n")[-1]:
            yield (f"Host time, {cpu}", f"Without ICOUNT, pinned to one CPU of the host; number of rounds, which take turns between Linux and Tine: "
                   f"{results.meta['rounds']}. Shown is the median of the rounds' medians, with the smallest and the largest.", table)


def document(results):
    text = "# What fork costs, beside Linux\n\n" + HOW.format(**results.meta, linux=results.release("linux"))
    for title, before, table in sections(results):
        if table:
            text += f"\n## {title}\n\n{before}\n\n{table}"
    return text


# ---- plots ---------------------------------------------------------------------------------------

def plot_series(results, sweep, mode):
    """What one plot shows: for each line its label, colour, whether dashed, and points."""
    found = []
    for kernel, name, colour in (("linux", "Linux", LINUX), ("tine", "Tine", TINE)):
        for item, what in sweep[3]:
            label = f"{name}, {what}" if what else name
            found.append({"label": label, "colour": colour, "dashed": item.endswith(".wait"),
                          "points": results.series(mode, "qemu64", kernel, item)})
    if sweep[0] == "size":
        found.insert(2, {"label": "Linux with 2 MiB pages, fork call", "colour": HUGE, "dashed": False,
                         "points": results.series(mode, "qemu64", "linux", "huge.call")})
    return [line for line in found if line["points"]]


def bars(results):
    """Tine's share of Linux's figure of every item: (label, instructions, host time)."""
    rows = []
    for row in ROWS:
        ratios = []
        for mode in ("instructions", "time"):
            tine, linux = (results.get(mode, "qemu64", kernel, *row[:2]) for kernel in ("tine", "linux"))
            ratios.append(tine / linux if tine and linux else None)
        if any(ratios):
            rows.append((row[2].replace("**", ""), *ratios))
    return rows


def plots(results):
    for mode, unit, factor in (("instructions", "instructions", 1), ("time", "host time (µs)", 1000)):
        for sweep in SWEEPS:
            lines = plot_series(results, sweep, mode)
            if lines and max(len(line["points"]) for line in lines) > 1:
                for line in lines:
                    line["points"] = [(x, y / factor) for x, y in line["points"]]
                yield {"name": f"{sweep[0]}-{mode}", "title": sweep[1], "x": sweep[2], "y": unit, "lines": lines}


GNUPLOT = """set terminal svg size 760,430 font "sans,13" background rgb "white"
set output "{out}"
set title "{title}" noenhanced
set xlabel "{x}" noenhanced
set ylabel "{y}"
set logscale xy
set yrange [1000:*]
set format y "10^{{%L}}"
{format_x}
set grid ytics lc rgb "#dddddd"
set border 3 lc rgb "#666666"
set tics nomirror
set key left top reverse Left noenhanced
{data}
plot {lines}
"""

GNUPLOT_BARS = """set terminal svg size 760,{height} font "sans,13" background rgb "white"
set output "{out}"
set title "Tine's cost as a share of Linux's (the line at 1)" noenhanced offset screen -0.22,0
set logscale x
set xrange [0.0001:10]
set yrange [{rows}-0.3:-0.8]
set format x "%g"
set grid xtics lc rgb "#dddddd"
set border 3 lc rgb "#666666"
set tics nomirror
set key bottom center outside horizontal noenhanced
set lmargin 54
set arrow 1 from 1,graph 0 to 1,graph 1 nohead lc rgb "{linux}" lw 2
set ytics ({labels}) noenhanced
{data}
plot $i using 2:1:(0.0001):2:($1-0.3):($1) with boxxyerror fs solid lc rgb "{tine}" title "instructions", \\
     $t using 2:1:(0.0001):2:($1):($1+0.3) with boxxyerror fs solid lc rgb "#93c5fd" title "host time"
"""


def gnuplot(script):
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def draw(results, folder):
    """The plots of instructions as SVG, for pages that run no scripts."""
    for plot in plots(results):
        if not plot["name"].endswith("-instructions"):
            continue
        data = "".join(f"$d{i} << EOD\n" + "".join(f"{x} {y}\n" for x, y in line["points"]) + "EOD\n"
                       for i, line in enumerate(plot["lines"]))
        lines = ", ".join(f'$d{i} with linespoints pt 7 ps 0.5 lw 2 dt {2 if line["dashed"] else 1} lc rgb "{line["colour"]}" '
                          f'title "{line["label"]}"' for i, line in enumerate(plot["lines"]))
        format_x = ("set xtics (" + ", ".join(f'"{size(x)}" {x}' for x, _ in plot["lines"][0]["points"]) + ") rotate by -30"
                    if "bytes" in plot["x"] else "")
        gnuplot(GNUPLOT.format(out=folder / f"bench-{plot['name'].split('-')[0]}.svg", title=plot["title"], x=plot["x"],
                               y=plot["y"], format_x=format_x, data=data, lines=lines))
    rows = bars(results)
    data = "".join(f"${name} << EOD\n" + "".join(f"{i} {row[column]}\n" for i, row in enumerate(rows) if row[column]) + "EOD\n"
                   for name, column in (("i", 1), ("t", 2)))
    labels = ", ".join(f'"{label}" {i}' for i, (label, *_) in enumerate(rows))
    gnuplot(GNUPLOT_BARS.format(out=folder / "bench-ratios.svg", height=120 + 26 * len(rows), rows=len(rows), labels=labels,
                                data=data, tine=TINE, linux=LINUX))


# ---- the page ------------------------------------------------------------------------------------

def html_table(table):
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]

    def row(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{bold(html.escape(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(header, "th") + "".join(row(cells, "td") for cells in rows) + "</table>"


def bold(text):
    parts = text.split("**")
    return "".join(f"<b>{part}</b>" if i % 2 else part for i, part in enumerate(parts))


def page(results):
    """One file that needs no other: Chart.js, the figures and the tables are in it."""
    tables = "".join(f"<h2>{html.escape(title)}</h2><p>{html.escape(before)}</p>{html_table(table)}"
                     for title, before, table in sections(results) if table)
    data = {"plots": list(plots(results)), "bars": bars(results), "tine": TINE, "linux": LINUX}
    how = html.escape(HOW.format(**results.meta, linux=results.release("linux")).replace("`", "")).replace("\n\n", "<p>")
    text = PAGE.read_text()
    for name, value in (("HOW", how), ("TABLES", tables), ("DATA", json.dumps(data).replace("</", "<\\/")),
                        ("CHART_JS", CHART_JS.read_text())):
        text = text.replace(f"@{name}@", value)
    return text
