# SPDX-License-Identifier: Apache-2.0
"""What examples/demo.sh says of programs that do something else than the figures show. Used by run.py."""
import os
import shlex
import stat
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "../../examples/demo.sh")

IN_SM1 = "no token and no response is in SM1"
IN_SM7 = "c_token is in SM7, with the response"
# The program, how what it says is changed, and the lines that must fail.
CHANGES = {
    "no SM7": ("softphone", "s/SM7/SM8/", ["SM1, SM6, SM7 and SM12, in this order", IN_SM7]),
    "a short s_token": ("softphone", 's/ s_token="../ s_token="/', ["s_token is in SM6, of 96 bits"]),
    "IK": ("softphone", "s/^WWW-Authenticate: Digest/& ik=0,/", ["CK and IK are not"]),
    "an early response": ("softphone", 's/response=""/response="0"/', [IN_SM1]),
    "no Authorization": ("softphone", "s/^Authorization:/Other:/", [IN_SM1, IN_SM7]),
    "no c_token": ("softphone", "s/ c_token=/ d_token=/", [IN_SM7]),
    "a wrong c_token": ("pcscf", "s/c_token=ok/c_token=wrong/", ["the P-CSCF found it right"]),
}


def program(folder, name, path, change):
    """`path`, what it says changed by sed."""
    here = os.path.join(folder, name)
    with open(here, "w", encoding="ascii") as out:
        out.write(f"#!/bin/bash\nexec {shlex.quote(path)} \"$@\" > >(sed -u {shlex.quote(change)})\n")
    os.chmod(here, stat.S_IRWXU)


def figure1(suite, title, changed, change):
    folder = suite.folder(title)
    for name in ("softphone", "pcscf"):
        path = os.path.join(os.path.dirname(os.path.abspath(suite.args.softphone)), name)
        program(folder, name, path, change if name == changed else "")
    return subprocess.run([DEMO, "figure1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False, env={**os.environ, "EXAMPLES_DIR": folder})


def judged(suite, title, changed, change, due):
    """Those lines alone fail, and with it the demo; without a change nothing does."""
    done = figure1(suite, title, changed, change)
    failed = [line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if line.startswith("  FAILED:")]
    status = 1 if due else 0
    return [] if (done.returncode, failed) == (status, due) else [f"exit {done.returncode}, failed: {failed}, not {due}"]


def tests(suite, _run_module):
    """[(title, test)]"""
    title = "demo: figure1"
    out = [(title, lambda: judged(suite, title, "", "", []))]
    for name, (changed, change, lines) in CHANGES.items():
        out.append((f"demo: {name}", lambda n=f"demo: {name}", p=changed, c=change, d=lines: judged(suite, n, p, c, d)))
    return out
