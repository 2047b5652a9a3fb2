# SPDX-License-Identifier: Apache-2.0
"""The ladder for people: times, the next attempt, and SM1, SM6, SM7, SM12 on those messages alone. Used by run.py."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LINE = re.compile(r" *(\d+\.\d{3}) \|(.*)[|]$")
ARROW = re.compile(r"(---|<--) (?:(SM\d+)  )?(REGISTER|SIP/2\.0 \d{3})")

# What is said, as an expression: > REGISTER, < a status; and its name in TS 33.203 6.1, where it has one.
WHOLE = "SM1> SM6<401 SM7> SM12<200 "
LEAVES = "> <200"
CASES = {
    "honest": ("honest", [], WHOLE + LEAVES),
    "a refresh": ("refresh", ["--stay", "3"], WHOLE + "(> <200 )+" + LEAVES),
    "a re-authentication": ("reauth", ["--stay", "3"], WHOLE + "> <401 > <200 (> (<401 > )?<200 )*" + LEAVES),
    "a longer time": ("423-once", [], "SM1> <423 > SM6<401 SM7> SM12<200 " + LEAVES),
    "an old SQN": ("sqn-old", [], "SM1> SM6<401 > <401 SM7> SM12<200 " + LEAVES),
    "a wrong token": ("token-wrong", [], "SM1> SM6<401"),
}


def shown(output):
    """Messages of REGISTER, and lines that have no time."""
    said, odd = [], []
    for line in output.decode("latin-1").splitlines():
        if not line or line.lstrip().startswith("UE "):
            continue
        found = LINE.match(line)
        if not found:
            odd.append(line)
            continue
        arrow = ARROW.match(found.group(2))
        if arrow:
            way, name, what = arrow.groups()
            said.append((name or "") + (">" if way == "---" else "<" + what[-3:]))
    return said, odd


def times(output):
    return [float(t) for t in re.findall(r"^ *(\d+\.\d{3}) \|", output.decode("latin-1"), re.M)]


def run(suite, run_module, folder, case, more):
    peer = run_module.Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--case", case, "--certs",
                             suite.certs, "--log", folder], folder, "peer")
    try:
        words = [w for w in run_module.ID if w != "--json"] + ["--no-reg-event", "--timeout", "5"]
        child = run_module.Child([suite.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *words, *more], folder,
                                 "softphone")
        child.wait(20)
        return child
    finally:
        peer.end()


def names(suite, run_module, title, case, more, due):
    child = run(suite, run_module, suite.folder(title), case, more)
    said, odd = shown(child.text())
    at = times(child.text())
    faults = [] if re.fullmatch(due, " ".join(said)) else [f"said {' '.join(said)}, not {due}"]
    faults += [f"without a time: {odd}"] if odd else []
    stay = float(more[1]) if more else 0.0
    return faults + ([] if at and at == sorted(at) and stay <= at[-1] < stay + 5 else [f"times {at}"])


def next_attempt(suite, run_module, title):
    """Told where there will be one."""
    faults = []
    for more, due in ((["--stay", "1"], True), ([], False)):
        argv = [suite.args.softphone, "--pcscf", "127.0.0.1:1", *[w for w in run_module.ID if w != "--json"], "--timeout",
                "70", *more]
        child = run_module.Child(argv, suite.folder(title), "softphone")
        status = child.wait(1.5)
        said = b"next attempt in " in child.text()
        faults += [] if said == due and (status is None) == due else [f"{more}: {status} {child.text()}"]
    return faults


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for name, how in CASES.items():
        title = "ladder: " + name
        out.append((title, lambda h=how, t=title: names(suite, run_module, t, *h)))
    title = "ladder: next attempt"
    out.append((title, lambda: next_attempt(suite, run_module, title)))
    return out
