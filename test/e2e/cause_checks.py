# SPDX-License-Identifier: Apache-2.0
"""What went wrong is named as what it was: in the event, on standard error, and by the exit status. Used by run.py."""
import select
import socket
import struct
import threading
import time


def reset(sock):
    """Closed by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Listener:
    """Hands each connection to `serve`, in a thread of its own."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def end(self):
        self.listener.close()


class InClear(Listener):
    """Says `words` to whatever comes, and keeps the connection."""

    def __init__(self, words):
        super().__init__()
        self.words, self.kept = words, []

    def serve(self, sock):
        self.kept.append(sock)
        sock.recv(65536)
        sock.sendall(self.words)


class BreaksLater(Listener):
    """Passes the first connection on until `cut`; that one and each later one it resets, once the client has spoken."""

    def __init__(self, upstream):
        super().__init__()
        self.upstream, self.cut = upstream, threading.Event()

    def serve(self, sock):
        if self.connections > 1:
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


CHECKS = (("TLS is not spoken", no_tls), ("reset on return", breaks_on_return))


def tests(suite, run_module):
    """[(title, test)]"""
    return [("cause: " + title, lambda c=check, t=title: c(Case(suite, run_module, "cause " + t)))
            for title, check in CHECKS]
