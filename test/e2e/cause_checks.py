# SPDX-License-Identifier: Apache-2.0
"""What went wrong is named as what it was: in the event, on standard error, and by the exit status. Used by run.py."""
import errno
import os
import select
import socket
import struct
import threading
import time

from listener import Listener
from ports import free_port


def reset(sock):
    """Closed by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class InClear(Listener):
    """Says `words` to whatever comes, and keeps the connection."""

    def __init__(self, words):
        super().__init__()
        self.words, self.kept = words, []

    def serve(self, sock, number):
        self.kept.append(sock)
        sock.recv(65536)
        sock.sendall(self.words)


class BreaksLater(Listener):
    """Passes the first connection on until `cut`; that one and each later one it resets, once the client has spoken."""

    def __init__(self, upstream):
        super().__init__()
        self.upstream, self.cut = upstream, threading.Event()

    def serve(self, sock, number):
        if number > 1:
            sock.recv(65536)
            reset(sock)
            return
        network = socket.create_connection(("127.0.0.1", self.upstream))
        other = {sock: network, network: sock}
        while not self.cut.is_set():
            for side in select.select(list(other), [], [], 0.05)[0]:
                other[side].sendall(side.recv(65536))
        network.close()
        reset(sock)


class Case:
    def __init__(self, suite, run_module, title):
        self.suite, self.run_module, self.folder = suite, run_module, suite.folder(title)
        self.runs = 0

    def start(self, port, *more, json=True):
        self.runs += 1
        words = [word for word in self.run_module.ID if json or word != "--json"]
        argv = [self.suite.args.softphone, "--pcscf", f"127.0.0.1:{port}", *words, *more]
        return self.run_module.Child(argv, self.folder, f"softphone{self.runs}")

    def run(self, port, *more, json=True, seconds=15):
        child = self.start(port, *more, json=json)
        child.status = child.wait(seconds)
        return child


def failed(child):
    return next((e for e in child.events() if e["event"] == "failed"), {})


def until(child, event, count=1):
    for _ in range(500):
        if sum(e.get("event") == event for e in child.events()) >= count:
            return True
        time.sleep(0.02)
    return False


def no_tls(case):
    """A port that speaks SIP or HTTP in clear: told at once, although it keeps the connection."""
    faults = []
    for words in (b"SIP/2.0 400 Bad Request\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n"):
        server = InClear(words)
        try:
            child = case.run(server.port, "--timeout", "10")
            faults += [] if child.status == 4 and failed(child).get("error") == "tls_not_spoken" else [f"{failed(child)}"]
            faults += [] if child.wall < 5 else [f"{words}: took {child.wall:.1f} s"]
        finally:
            server.end()
    return faults


def breaks_on_return(case):
    """A flow that registered is reset, and what takes its place in the handshake too: a lost connection, not a refusal."""
    peer = case.suite.pcscf(case.folder)
    between = BreaksLater(peer.port())
    try:
        child = case.start(between.port, "--stay", "60", "--timeout", "3")
        faults = [] if until(child, "registered") else ["not registered"]
        between.cut.set()
        status = child.wait(15)
        said = [(e["event"], e["error"]) for e in child.events() if e["event"] in ("lost", "retry", "failed")]
        faults += [] if between.connections > 1 else ["never came back"]
        return faults + ([] if status == 3 and {error for _, error in said} == {"connection"} else [f"exit {status}: {said}"])
    finally:
        between.end()
        peer.end()


def one_line(child, status, *words):
    """Told on standard error in one line, which has these words."""
    said = child.error_text().decode()
    faults = [] if child.status == status else [f"exit {child.status}, not {status}"]
    faults += [] if len(said.splitlines()) == 1 else [f"not one line: {said}"]
    return faults + [f"no {word} in: {said}" for word in words if word not in said]


def file_of(case, name, content):
    path = os.path.join(case.folder, name)
    with open(path, "wb") as out:
        out.write(content)
    return path


def trust_anchors(case):
    """--ca that cannot be read, or holds no certificate: a wrong option, not a server that is not trusted."""
    faults = []
    for path, why in ((os.path.join(case.folder, "none"), os.strerror(errno.ENOENT)), (case.folder, os.strerror(errno.EISDIR)),
                      (file_of(case, "empty", b""), "empty"), (file_of(case, "words", b"no certificate\n"), "no certificate")):
        child = case.run(1, "--trust", "token-or-pki", "--ca", path)
        faults += one_line(child, 2, "--ca: " + path, why)
    return faults


def sequence_numbers(case):
    """--sqn-file that cannot be read, or is damaged, before anything is connected."""
    good, faults = b"000000000001\n" * 32, []
    for n, content in enumerate((b"", good[:-13], good + b"0\n", good.replace(b"1", b"x", 1), b"\0" * 416)):
        path = file_of(case, f"damaged{n}", content)
        faults += one_line(case.run(1, "--sqn-file", path), 10, "--sqn-file: " + path, "damaged")
    path = os.path.join(case.folder, "folder")
    os.mkdir(path)
    return faults + one_line(case.run(1, "--sqn-file", path), 10, "--sqn-file: " + path, os.strerror(errno.EISDIR))


def cannot_be_stored(case):
    """The array was read, and its successor cannot be written: named with the system's words, and RES stays here."""
    peer, path = case.suite.pcscf(case.folder), os.path.join(case.folder, "array")
    try:
        os.mkdir(path + ".new")
        child = case.run(peer.port(), "--sqn-file", path)
        said = child.error_text().decode()
        faults = [] if child.status == 10 and failed(child).get("error") == "usim_storage" else [f"{child.status} {failed(child)}"]
        faults += [] if f"--sqn-file: {path}.new: {os.strerror(errno.EISDIR)}" in said else [f"said {said}"]
        return faults + [f"{e}" for e in peer.events() if e["event"] == "verified"]
    finally:
        peer.end()


def port_in_use(case):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port, text = str(busy.getsockname()[1]), os.strerror(errno.EADDRINUSE)
        child = case.run(1, "--local-port", port)
        told = [e for e in child.events() if e["event"] in ("retry", "failed")]
        faults = [] if child.status == 3 and told else [f"exit {child.status} {told}"]
        faults += [f"{e}" for e in told if (e["error"], e.get("system_text")) != ("connect", text)]
        child = case.run(1, "--local-port", port, json=False)
        said = child.error_text().decode()
        faults += [] if f"--local-port {port}: {text}" in said and text in child.text().decode() else [f"said {said}"]
        return faults


def refused(case):
    """No port of ours is blamed for what the other side does."""
    child = case.run(1, "--local-port", str(free_port()), json=False)
    said = child.error_text().decode()
    return [] if os.strerror(errno.ECONNREFUSED) in said and "--local-port" not in said else [f"said {said}"]


def wrong_keys(case):
    """Whoever typed K or OPc wrong is told how to find out; not where the keys are not to blame."""
    peer, faults = case.suite.pcscf(case.folder), []
    try:
        child = case.run(peer.port(), "--opc", "00" * 16, json=False)
        faults += [] if child.status == 5 and b"--check-nonce" in child.error_text() else [f"{child.status} {child.error_text()}"]
        child = case.run(1, json=False)
        return faults + ([] if b"--check-nonce" not in child.error_text() else ["named for a refused connection"])
    finally:
        peer.end()


def status_of_another(case):
    """A 401 was answered, and then the connection went: no status belongs to that."""
    peer = case.suite.pcscf(case.folder, "--fault", "close-after-sm7")
    try:
        child = case.run(peer.port(), "--timeout", "3")
        told = [e for e in child.events() if e["event"] in ("retry", "failed")]
        faults = [] if told and any(e.get("line", "").startswith("SIP/2.0 401") for e in child.events()) else [f"{told}"]
        return faults + [f"{e}" for e in told if e["sip_status"]]
    finally:
        peer.end()


CHECKS = (("trust anchors", trust_anchors), ("sequence numbers", sequence_numbers), ("cannot be stored", cannot_be_stored),
          ("port in use", port_in_use), ("refused", refused), ("wrong keys", wrong_keys),
          ("status of another message", status_of_another), ("TLS is not spoken", no_tls), ("reset on return", breaks_on_return))


def tests(suite, run_module):
    """[(title, test)]"""
    return [("cause: " + title, lambda c=check, t=title: c(Case(suite, run_module, "cause " + t)))
            for title, check in CHECKS]
