# SPDX-License-Identifier: Apache-2.0
"""How softphone ends when it is told to, and when what it shows cannot be written."""
import os
import signal
import time


def kill(child, number):
    os.kill(child.process.pid, number)  # send_signal would take the exit status away from wait()


def begin(suite, run_module, folder, stay="60", out=None):
    """A P-CSCF and a softphone that is registered with it."""
    peer = suite.pcscf(folder)
    argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *run_module.ID, "--stay", stay]
    if out:
        argv = ["sh", "-c", 'exec "$@" >' + out, "sh", *argv]
    return peer, run_module.Child(argv, folder, "softphone")


def until(phone, event, seconds=10, count=1):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if times(phone, event) >= count:
            return True
        time.sleep(0.02)
    return False


def times(phone, event):
    return sum(e.get("event") == event for e in phone.events())


def one_signal(suite, run_module, title, number):
    """It deregisters."""
    peer, phone = begin(suite, run_module, suite.folder(title))
    try:
        faults = [] if until(phone, "registered") else ["not registered"]
        kill(phone, number)
        status = phone.wait(90)
    finally:
        peer.end()
    faults += [] if status == 0 else [f"exit {status}"]
    last = [e for e in phone.events() if e["event"] == "deregistered"]
    faults += [] if len(last) == 1 and "error" not in last[0] else [f"deregistered: {last}"]
    return faults + ([] if any(e["event"] == "deregistered" for e in peer.events()) else ["the P-CSCF heard nothing"])


def two_signals(suite, run_module, title, frozen):
    """The second one ends it, although nobody answers the deregistration."""
    peer, phone = begin(suite, run_module, suite.folder(title))
    try:
        faults = [] if until(phone, "registered") else ["not registered"]
        before = times(phone, "sent")
        kill(peer, signal.SIGSTOP)
        if frozen:  # two that wait are one
            kill(phone, signal.SIGSTOP)
            kill(phone, signal.SIGTERM)
            kill(phone, signal.SIGTERM)
            kill(phone, signal.SIGCONT)
        else:
            kill(phone, signal.SIGTERM)
        faults += [] if until(phone, "sent", count=before + 1) else ["no deregistration"]
        kill(phone, signal.SIGTERM)
        told = time.monotonic()
        status = phone.wait(90)
        took = time.monotonic() - told
    finally:
        kill(peer, signal.SIGCONT)
        peer.end()
    faults += [] if status == 3 else [f"exit {status}, not 3"]
    faults += [] if took < 5 else [f"took {took:.1f} s"]
    return faults + [f"said {e}" for e in phone.events() if e["event"] == "deregistered"]


def without_answer(suite, run_module, title):
    """A deregistration that nobody answers is not shown as one."""
    peer, phone = begin(suite, run_module, suite.folder(title))
    try:
        faults = [] if until(phone, "registered") else ["not registered"]
        kill(peer, signal.SIGSTOP)
        kill(phone, signal.SIGTERM)
        status = phone.wait(90)
    finally:
        kill(peer, signal.SIGCONT)
        peer.end()
    last = [e.get("error") for e in phone.events() if e["event"] == "deregistered"]
    return faults + ([] if status == 0 and last == ["timeout"] else [f"exit {status}, deregistered: {last}"])


def full(suite, run_module, title):
    peer, phone = begin(suite, run_module, suite.folder(title), "0", "/dev/full")
    try:
        status = phone.wait(15)
    finally:
        peer.end()
    said = phone.error_text().decode()
    return [] if status == 1 and "standard output" in said else [f"exit {status}, said {said}"]


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        title = f"signal: {number.name}"
        out.append((title, lambda n=number, t=title: one_signal(suite, run_module, t, n)))
    for name, frozen in (("twice", False), ("twice while frozen", True)):
        title = "signal: " + name
        out.append((title, lambda f=frozen, t=title: two_signals(suite, run_module, t, f)))
    for name, check in (("deregistration without an answer", without_answer), ("output is full", full)):
        title = "signal: " + name
        out.append((title, lambda c=check, t=title: c(suite, run_module, t)))
    return out
