# SPDX-License-Identifier: Apache-2.0
"""The example P-CSCF: how many it takes at a time, and the MESSAGE that it sends."""
import select
import socket
import time

from peer import REALM
from ports import free_port
from subscriber_checks import ONE, TWO, at_pcscf, register

TEXT = "hello, \u00e9"


def wait_for(peer, name, times=1):
    for _ in range(250):
        found = [e for e in peer.events() if e["event"] == name]
        if len(found) >= times:
            break
        time.sleep(0.02)
    return found


def hold(port, count):
    return [socket.create_connection(("127.0.0.1", port), 5) for _ in range(count)]


def end(kept):
    """Of the connections those are counted that the peer had closed."""
    closed = 0
    for one in kept:
        one.setblocking(False)
        try:
            closed += one.recv(1) == b""
        except BlockingIOError:
            pass
        one.close()
    return closed


def third_connection(peer):
    kept = hold(peer.port(), 3)
    told = [e["why"] for e in wait_for(peer, "refused")]
    select.select(kept, [], [], 5)
    closed = end(kept)
    return [] if closed == 1 and told == ["too many connections"] else [f"closed {closed}, told {told}"]


def many_connections(peer):
    """More than the default, and one registers beside them, after them."""
    kept = hold(peer.port(), 70)
    ue, answer = register(peer.port(), ONE)
    ue.close()
    closed = end(kept)
    return ([] if closed == 0 else [f"{closed} of 70 closed"]) + \
        ([] if answer and answer.status == 200 else [f"beside them: {answer and answer.line}"])


def one_registration(peer):
    (one, first), (two, second) = register(peer.port(), ONE), register(peer.port(), TWO)
    got = [a and a.status for a in (first, second)]
    gone = one.again(0)
    two.close()
    three, third = register(peer.port(), TWO)
    three.close()
    got += [a and a.status for a in (gone, third)]
    return [] if got == [200, 503, 200, 200] else [f"answers: {got}"]


def message(suite, run_module, title, call):
    """softphone shows and accepts it, on its flow or on a connection that the P-CSCF opened."""
    folder = suite.folder(title)
    more = ["--listen-plain", "127.0.0.1:0", "--psk", "only", "--call"] if call else []
    peer = suite.pcscf(folder, "--message", TEXT, *more)
    try:
        peer.port()
        ready = next(e for e in peer.events() if e["event"] == "ready")
        to = ["--pcscf", f"127.0.0.1:{ready['plain_port' if call else 'port']}", "--tls-port", str(ready["port"])]
        if call:
            to += ["--flow", "agree-first", "--psk", "only", "--serve", str(free_port())]
        child = run_module.Child([suite.args.softphone, *to, *run_module.ID, "--stay", "1"], folder, "softphone")
        faults = [] if child.wait(12) == 0 else [f"exit {child.process.returncode}"]
        body = TEXT.encode().decode("latin-1")    # JSON of softphone: an escape for each octet
        shown = [(e["line"].split()[0], e.get("body")) for e in child.events() if e["event"] == "message"]
        faults += [] if shown == [("MESSAGE", body)] else [f"shown: {shown}"]
        answers = [(e["line"], e["on"]) for e in peer.events() if e["event"] == "answer"]
        due = [("SIP/2.0 200 OK", "call" if call else "flow")]
        return faults + ([] if answers == due else [f"answers: {answers}"])
    finally:
        peer.end()


def usage(suite, run_module, more, title):
    argv = [suite.args.pcscf, "--impi", "a@" + REALM, "--k", "0" * 32, "--opc", "0" * 32, "--listen", "127.0.0.1:0", *more]
    run = run_module.Child(["sh", "-c", 'ulimit -n 128; exec "$@"', "sh", *argv], suite.folder(title), "pcscf")
    status = run.wait(5)
    return [] if status == 2 and more[0].encode() in run.error_text() else [f"exit {status}: {run.error_text()}"]


WRONG = (["--connections", "0"], ["--connections", "100001"], ["--registrations", "0"], ["--connections", "200"],
         ["--message", "x" * 1001])


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for check, more in ((third_connection, ["--connections", "2"]), (many_connections, ["--connections", "71"]),
                        (one_registration, ["--registrations", "1"])):
        title = "limits " + check.__name__
        out.append((title, lambda c=check, m=more, t=title: at_pcscf(suite, t, c, m)))
    for call in (False, True):
        title = "limits: MESSAGE on " + ("a connection of its own" if call else "the flow")
        out.append((title, lambda c=call, t=title: message(suite, run_module, t, c)))
    for n, more in enumerate(WRONG):
        title = f"limits usage {n}"
        out.append((title, lambda m=more, t=title: usage(suite, run_module, m, t)))
    return out
