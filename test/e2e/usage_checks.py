# SPDX-License-Identifier: Apache-2.0
"""What softphone, gateway and pcscf say of themselves, and of an option that they cannot take."""
import os
import re
import subprocess

from peer import K, OPC

PROGRAMS = ("softphone", "gateway", "pcscf")
ANSWERS = {"-h": "usage: {} ", "--help": "usage: {} ", "--version": "{} ", "--man": ".SH OPTIONS\n"}


def run(suite, name, argv, stdout=subprocess.PIPE):
    program = os.path.join(os.path.dirname(suite.args.softphone), name)
    return subprocess.run([program, *argv], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True,
                          timeout=5, check=False)


def answers(suite, name, option):
    """On standard output, exit 0, whatever else is given; exit 1 when nobody can read it."""
    begins = ANSWERS[option].format(name)
    faults = []
    for argv in ([option], ["--json", option, "--json"]):
        done = run(suite, name, argv)
        faults += [] if done.returncode == 0 else [f"{argv}: exit {done.returncode}"]
        faults += [] if done.stdout.startswith(begins) else [f"{argv}: says {done.stdout[:60]!r}"]
        faults += [f"{argv}: {done.stderr}"] if done.stderr else []
    with open("/dev/full", "w", encoding="ascii") as full:
        done = run(suite, name, [option], full)
    return faults + ([] if done.returncode == 1 else [f"to a full device: exit {done.returncode}"])


def helps(suite, name):
    """No line too wide for a terminal, and each option has words."""
    text = run(suite, name, ["--help"]).stdout
    head = text.partition("What it does wrong:")[0]
    faults = [] if re.search(r"^ +--", text, re.M) else ["no options"]
    faults += [f"wide: {line}" for line in head.splitlines() if len(line) > 80]
    return faults + [f"no words: {line}" for line in re.findall(r"^ +--[^\n]*\n(?! )", text, re.M) if len(line.split()) < 3]


WHO = ["--impi", "a@b", "--k", K.hex(), "--opc", OPC.hex()]
# What pcscf says of them
PCSCF = {("--mechanisms", "foo"): "--mechanisms: foo", ("--mechanisms", "tls,foo;q=0.1"): "--mechanisms: foo;q=0.1",
         ("--mechanisms", ""): "--mechanisms: a list", ("--mechanisms", "tls;q=2"): "--mechanisms: tls;q=2",
         ("--fault", "none"): "--fault: none", ("--notify", "none"): "--notify: none",
         ("--psk", "maybe"): "--psk: maybe is none of off, allow, only", ("--count", "0"): "--count: 0",
         ("--count", "-1"): "--count: -1", ("--count", "4294967297"): "--count: 4294967297", ("--outbound", "x"): "--outbound",
         ("--outbound", "4294967296"): "--outbound", ("--bogus",): "--bogus", ("--count",): "--count", ("words",): "words",
         ("--amf", "80"): "--amf", ("--sqn", "x"): "--sqn", ("--listen", "here"): "--listen", ("--cert", "x"): "--cert",
         ("--json=yes",): "--json"}


def refuses(suite, argv, says):
    done = run(suite, "pcscf", [*WHO, *argv])
    faults = [] if done.returncode == 2 else [f"exit {done.returncode}, not 2"]
    faults += [f"on standard output: {done.stdout}"] if done.stdout else []
    faults += [] if len(done.stderr.splitlines()) == 1 else [f"not one line: {done.stderr}"]
    return faults + ([] if says in done.stderr else [f"says {done.stderr}"])


def tests(suite, _run_module):
    """[(title, test)]"""
    out = [(f"usage: {name} {option}", lambda n=name, o=option: answers(suite, n, o)) for name in PROGRAMS for option in ANSWERS]
    out += [(f"usage: help of {name}", lambda n=name: helps(suite, n)) for name in PROGRAMS]
    out += [(f"usage: pcscf {' '.join(argv)}", lambda a=argv, s=says: refuses(suite, a, s)) for argv, says in PCSCF.items()]
    return out
