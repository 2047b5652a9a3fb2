# SPDX-License-Identifier: Apache-2.0
"""--sqn-file is one program's at a time: real processes, one of them killed. Used by run.py."""
import os
import time

NONCE = "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg="   # as in run.py


class Case:
    """The example P-CSCF, and a file that softphones share."""

    def __init__(self, suite, run_module, title):
        self.suite, self.run_module, self.folder = suite, run_module, suite.folder(title)
        self.pcscf = suite.pcscf(self.folder)
        self.path, self.runs = os.path.join(self.folder, "array"), 0

    def start(self, path=None, more=()):
        self.runs += 1
        argv = [self.suite.args.softphone, "--pcscf", f"127.0.0.1:{self.pcscf.port()}", *self.run_module.ID,
                "--timeout", "10", "--sqn-file", path or self.path, *more]
        return self.run_module.Child(argv, self.folder, f"softphone{self.runs}")

    def run(self, path=None, more=()):
        child = self.start(path, more)
        child.status = child.wait(20)
        return child

    def registered(self):
        """One that stays."""
        child = self.start(more=["--stay", "60"])
        for _ in range(500):
            if b'"event":"registered"' in child.text():
                return child
            time.sleep(0.02)
        child.end()
        raise RuntimeError("not registered: " + child.error_text().decode("latin-1"))


def ended(run, status, names=()):
    said = run.error_text().decode("latin-1")
    faults = [] if run.status == status else [f"exit {run.status}, not {status}: {said}"]
    return faults + [f"no {name} in: {said}" for name in names if name not in said]


def second_refused(case):
    """By each name of the file, at once, before anything is connected; whoever only looks may look."""
    first, faults = case.registered(), []
    os.symlink(case.path, os.path.join(case.folder, "link"))
    os.symlink(case.folder, os.path.join(case.folder, "folder"))
    try:
        with open(case.path, "rb") as array:
            before = array.read()
        for path in (case.path, os.path.join(case.folder, "link"), os.path.join(case.folder, "folder", "array"),
                     os.path.relpath(case.path)):
            run = case.run(path)
            faults += ended(run, 10, [case.path, f"process {first.process.pid}"])
            faults += [f"said {run.text()}"] if b"connecting" in run.text() else []
            faults += [f"took {run.wall:.1f} s"] if run.wall > 5 else []
        with open(case.path, "rb") as array:
            faults += [] if array.read() == before else ["the array changed"]
        look = case.run(more=["--check-nonce", NONCE])
        faults += ended(look, 5)
        registered = [e for e in case.pcscf.events() if e["event"] == "registered"]
        faults += [] if len(registered) == 1 else [f"registered: {registered}"]
        faults += ended(case.run(case.path + "-other"), 0)
    finally:
        first.end()
    return faults


def killed(case):
    """SIGKILL, twice: no lock is left behind, and the array is the one that was stored."""
    faults = []
    for _ in range(2):
        case.registered().end()
    with open(case.path, "rb") as array:
        before = array.read()
    faults += ended(case.run(), 0)
    with open(case.path, "rb") as array:
        faults += [] if array.read() > before else ["the array did not grow"]
    return faults


def race(case):
    """Eight at once, on a file that is not there yet: one has it, the others end."""
    children = [case.start(more=["--stay", "60"]) for _ in range(8)]
    try:
        for _ in range(1000):
            statuses = [child.process.poll() for child in children]
            winners = [child for child, status in zip(children, statuses) if status is None]
            if len(winners) <= 1 and all(b'"event":"registered"' in child.text() for child in winners):
                break
            time.sleep(0.02)
    finally:
        for child in children:
            child.end()
    return [] if sorted(str(s) for s in statuses) == ["10"] * 7 + ["None"] else [f"exit statuses {statuses}"]


def no_lock(case):
    """What cannot be locked is not used."""
    os.mkdir(case.path + ".lock")
    faults = ended(case.run(), 10, [case.path + ".lock"])
    os.rmdir(case.path + ".lock")
    os.symlink(os.path.join(case.folder, "elsewhere"), case.path + ".lock")
    faults += ended(case.run(), 10, [case.path + ".lock"])
    return faults + ended(case.run(os.path.join(case.folder, "nowhere", "array")), 10, ["nowhere"])


CHECKS = (("second refused", second_refused), ("killed", killed), ("race", race), ("no lock", no_lock))


def one(suite, run_module, title, check):
    case = Case(suite, run_module, title)
    try:
        return check(case)
    finally:
        case.pcscf.end()


def tests(suite, run_module):
    out = []
    for name, check in CHECKS:
        title = "sqn-file, " + name
        out.append((title, lambda t=title, c=check: one(suite, run_module, t, c)))
    return out
