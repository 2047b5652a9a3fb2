# SPDX-License-Identifier: Apache-2.0
"""Event loops (doc/loops.md): each example registers, loses its P-CSCF, comes back to another one in the same step, so that
its new socket has the number of the old one, and deregisters. And feed mode with two connections at once."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

import subscriber_checks
from peer import IMPI, K, OPC, REALM
from ue import Subscriber

HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "../../doc/loops.md")
MANY = 20
AT_ONCE = ["env", "IMSTLS_RETURN_MS=1"]


class Switch:
    """TCP from one port to a target that may change; what is there ends with its target."""

    def __init__(self, target):
        self.target, self.taken = target, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                down, _ = self.listener.accept()
                self.taken += 1
                up = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                return
            up.settimeout(None)
            for pair in ((down, up), (up, down)):
                threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while octets := source.recv(65536):
                sink.sendall(octets)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def end(self):
        self.listener.close()


def count(text, line):
    return text.splitlines().count(line)


def wait_for(child, line, times, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end and count(child.text(), line) < times:
        time.sleep(0.02)
    return [] if count(child.text(), line) == times else [f"{line} {count(child.text(), line)} times, not {times}"]


def seen(peer, name):
    return sum(e["event"] == name for e in peer.events())


def program(suite, name):
    """From the examples, or from the tests where the system has no such loop."""
    built = os.environ.get("IMSTLS_BUILD", os.path.join(HERE, "../../build/default"))
    for folder in (os.path.dirname(suite.args.pcscf), os.path.join(built, "test")):
        path = os.path.join(folder, "loop_" + name)
        if os.path.exists(path):
            return path
    raise RuntimeError(f"loop_{name} is not built: `make deps` installs its library")


def there_and_back(suite, run_module, name, title, phones=1):
    folder, faults = suite.folder(title), []
    os.makedirs(os.path.join(folder, "second"), exist_ok=True)
    people = [Subscriber(f"p{n}@{REALM}") for n in range(phones)]
    who = ("--subscribers", subscriber_checks.write(folder, [f"{p.impi} {p.k.hex()} {p.opc.hex()}" for p in people]))
    first, second = suite.pcscf(folder, who=who), suite.pcscf(os.path.join(folder, "second"), who=who)
    switch = Switch(first.port())
    argv = [*AT_ONCE, program(suite, name)]
    for p in people:
        argv += [p.impi, REALM, p.k.hex(), p.opc.hex(), f"127.0.0.1:{switch.port}"]
    child = run_module.Child(argv, folder, "loop", subprocess.PIPE)
    try:
        faults += wait_for(child, b"registered", phones)
        switch.target = second.port()
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        faults += wait_for(child, b"registered", 2 * phones)
        faults += [] if seen(second, "registered") == phones else [f"registered there: {seen(second, 'registered')}"]
        child.process.stdin.close()
        status = child.wait(40)
        faults += [] if status == 0 else [f"exit {status}: {child.error_text()[-200:]}"]
        faults += [] if count(child.text(), b"deregistered") == phones else [f"said {child.text()[-400:]}"]
        faults += [] if seen(second, "deregistered") == phones else ["not deregistered there"]
        faults += [] if len(re.findall(rb"^lost: ", child.text(), re.M)) == phones else ["not lost once"]
        faults += [] if child.cpu < 0.5 + 0.1 * phones else [f"{child.cpu:.2f} s of CPU"]
        return faults + ([] if switch.taken == 2 * phones else [f"{switch.taken} connections"])
    finally:
        child.end()
        switch.end()
        first.end()
        second.end()


def feed_psk(suite, run_module, title):
    """Agreement in clear, then TLS with a PSK beside it; each re-authentication opens one more, and loses nothing."""
    folder = suite.folder(title)
    peer = suite.pcscf(folder, "--listen-plain", "127.0.0.1:0", "--psk", "only", "--reauth", "1", "--expires", "2")
    try:
        peer.port()
        ready = next(e for e in peer.events() if e["event"] == "ready")
        argv = [os.path.join(os.path.dirname(suite.args.pcscf), "feed"), IMPI, REALM, K.hex(), OPC.hex(), "127.0.0.1",
                str(ready["plain_port"]), str(ready["port"])]
        child = run_module.Child(argv, folder, "feed", subprocess.PIPE)
        faults = wait_for(child, b"registered", 1)
        end = time.monotonic() + 15
        while seen(peer, "verified") < 4 and time.monotonic() < end:
            time.sleep(0.05)
        child.process.stdin.close()
        status = child.wait(30)
        faults += [] if status == 0 and b"\nderegistered\n" in child.text() else [f"exit {status}: {child.text()}"]
        faults += ["lost"] if b"lost" in child.text() else []
        wrong = [e for e in peer.events() if e["event"] == "verified" and e["response"] != "ok"]
        faults += [f"verified {seen(peer, 'verified')} times"] if seen(peer, "verified") < 4 else []
        return faults + [f"verified: {e}" for e in wrong]
    finally:
        peer.end()


def page(suite):
    """doc/loops.md names each example that there is, and none that there is not."""
    folder = os.path.join(HERE, "../../examples")
    there = {n for n in os.listdir(folder) if re.fullmatch(r"loop_\w+\.c", n)} | {"feed.c", "minimal.c"}
    with open(DOC, encoding="utf-8") as text:
        named = set(re.findall(r"\(\.\./examples/(\w+\.c)\)", text.read()))
    return [] if named == there else [f"the page and the files differ: {sorted(named ^ there)}"]


def tests(suite, run_module):
    """[(title, test)]"""
    out = [("loops page", lambda: page(suite)), ("loop feed psk", lambda: feed_psk(suite, run_module, "loop feed psk"))]
    for name, phones in (("poll", 1), ("epoll", 1), ("epoll", MANY), ("kqueue", 1), ("uv", 1), ("event", 1), ("bare", 1)):
        title = f"loop {name}" + (f" {phones}" if phones > 1 else "")
        out.append((title, lambda n=name, p=phones, t=title: there_and_back(suite, run_module, n, t, p)))
    return out
