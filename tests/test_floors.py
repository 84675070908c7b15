"""A file uses its own floor and those below; upcalls.h names every exception (architecture, section 1)."""
import re
import subprocess

from harness import BUILD, ROOT

FLOORS = (("lib/",), ("arch/",), ("kernel/locking/", "kernel/time/", "kernel/trace/", "kernel/printk."), ("mm/",),
          ("kernel/sched/", "drivers/"), ("fs/",), ("kernel/",), ("init/",))


def floor(path):
    """The first that fits: what is left of kernel/ is above its services."""
    return next((i for i, starts in enumerate(FLOORS) if path.startswith(starts)), None)


def source_exists(path):
    """False for an object that an earlier state of the tree has left behind."""
    stem = path.removesuffix(".o")
    return (ROOT / stem).is_file() or (ROOT / f"{stem}.c").is_file()


def symbols():
    """What each object of the default build defines, and what it takes from others."""
    defines, uses = {}, {}
    build = BUILD / "default"
    for obj in sorted(build.rglob("*.o")):
        path = str(obj.relative_to(build))
        if floor(path) is None or not source_exists(path):
            continue
        listing = subprocess.run(["nm", obj], check=True, text=True, stdout=subprocess.PIPE).stdout
        for kind, name in (line.split()[-2:] for line in listing.splitlines()):
            if kind == "U":
                uses.setdefault(name, []).append(path)
            elif kind.isupper():
                defines[name] = path
    return defines, uses


def test_upward_calls_are_listed(built):
    defines, uses = symbols()
    listed = set(re.findall(r"\w+", (ROOT / "include/tine/upcalls.h").read_text()))
    upward = {f"{user} uses {name} of {defines[name]}" for name, users in uses.items() for user in users
              if name in defines and floor(user) < floor(defines[name]) and name not in listed}
    assert len(defines) > 500
    assert upward == set()
