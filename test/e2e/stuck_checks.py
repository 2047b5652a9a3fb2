# SPDX-License-Identifier: Apache-2.0
"""A P-CSCF that is there and does nothing: its process is frozen, or it asks for ever and reads no answer. The
softphone tells the loss in the time that SECURITY.md names, costs next to nothing meanwhile, and comes back.
"""
import os
import signal
import sys
import time

TICKS = 100             # of /proc/PID/stat, hundredths of a second; one that spins uses as many a second
PING_S, PONG_S = 10, 10 # the least that a Flow-Timer brings about, and what a ping is given for its answer
STALL_S = 30            # for a message of which nothing is taken
LATE_S = 15             # how much later a busy machine may be


def ticks(pid):
    """User and system time."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        fields = stat.read().rpartition(b")")[2].split()
    return int(fields[11]) + int(fields[12])


def events_of(child, name):
    return [e for e in child.events() if e["event"] == name]


def until(child, name, count, seconds):
    """The count-th such event of a program, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = events_of(child, name)
        if len(found) >= count:
            return found[count - 1]
        time.sleep(0.05)
    return None


def frozen(suite, run_module, title):
    folder = suite.folder(title)
    peer = run_module.Child([sys.executable, "-B", os.path.join(run_module.HERE, "hostile_pcscf.py"), "--case",
                             "flow-timer", "--certs", suite.certs, "--log", folder], folder, "peer")
    argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *run_module.ID, "--stay", "300"]
    phone = run_module.Child(argv, folder, "softphone")
    try:
        if not until(phone, "registered", 1, 20) or not until(peer, "pinged", 2, 40):
            return [f"not registered, or no pings: {phone.events()[-3:]}"]
        if events_of(phone, "lost"):
            return ["lost although each ping was answered"]
        peer.process.send_signal(signal.SIGSTOP)
        before, start = ticks(phone.process.pid), time.monotonic()
        lost = until(phone, "lost", 1, PING_S + PONG_S + LATE_S)
        took, used = time.monotonic() - start, ticks(phone.process.pid) - before
        peer.process.send_signal(signal.SIGCONT)
        if not lost:
            return [f"a frozen peer was not noticed in {took:.0f} s"]
        faults = [] if lost.get("error") == "connection" else [f"lost: {lost}"]
        faults += [] if took > PONG_S - 1 else [f"lost after {took:.1f} s, and not that of a ping"]
        faults += [] if used < TICKS else [f"{used} ticks of CPU while the peer was frozen"]
        faults += [] if until(phone, "registered", 2, 60) else ["did not register again"]
        phone.process.send_signal(signal.SIGINT)
        status = phone.wait(time.monotonic() - phone.start + 15)
        return faults + ([] if status == 0 else [f"exit {status}"])
    finally:
        phone.end()
        peer.end()


def stalled(events, peer, run):
    """The check of the row `deaf`."""
    registered, lost = ([e["t_ms"] / 1000 for e in events if e["event"] == name] for name in ("registered", "lost"))
    if len(registered) != 2 or len(lost) != 1:
        return [f"registered at {registered}, lost at {lost}"]
    took = lost[0] - registered[0]
    faults = [] if STALL_S <= took <= STALL_S + LATE_S else [f"lost after {took:.1f} s, not {STALL_S}"]
    answered = sum(e["event"] == "sent" and e["line"] == "SIP/2.0 200 OK" for e in events)
    faults += [] if answered > 10 else [f"{answered} answers: the peer was not read"]
    return faults + ([] if run.cpu * 100 < TICKS else [f"{run.cpu:.2f} s of CPU"])


def tests(suite, run_module):
    """[(title, test)]"""
    return [("frozen peer", lambda: frozen(suite, run_module, "frozen peer"))]
