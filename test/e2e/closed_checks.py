# SPDX-License-Identifier: Apache-2.0
"""Programs started without standard input, output or error: what they print goes nowhere, and least of all into a
connection or a file. A relay between the two keeps the octets; each direction has to be TLS records and nothing else.
"""
import os
import re
import socket
import threading
import time

import rows
from ports import free_port

CLOSED = ("1", "0 1", "1 2", "0 1 2")


def without(numbers, argv):
    """The same command with those descriptors closed."""
    return ["/bin/sh", "-c", 'exec "$@" ' + " ".join(f"{n}>&-" for n in numbers.split()), "sh", *argv]


class Wire:
    """Copies one connection and keeps what went each way."""

    def __init__(self, upstream):
        self.upstream, self.up, self.down = upstream, bytearray(), bytearray()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            phone = self.listener.accept()[0]
            network = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            return
        back = threading.Thread(target=self.copy, args=(network, phone, self.down), daemon=True)
        back.start()
        self.copy(phone, network, self.up)
        back.join(10)

    @staticmethod
    def copy(source, sink, log):
        try:
            while data := source.recv(65536):
                log += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def end(self):
        self.listener.close()
        self.thread.join(10)


def records(name, data):
    """Faults unless these octets are whole TLS records, application data among them."""
    at, kinds, whole = 0, set(), bytes(data)
    while at < len(whole):
        length = int.from_bytes(whole[at + 3:at + 5], "big")
        if whole[at] not in (20, 21, 22, 23) or whole[at + 1] != 3 or at + 5 + length > len(whole):
            return [f"{name}: no TLS at {at}: {whole[at:at + 60]}"]
        kinds.add(whole[at])
        at += 5 + length
    return [] if 23 in kinds else [f"{name}: no application data"]


def sip_alone(folder, run_module):
    """What the peer decrypts is SIP requests and responses, one behind another."""
    faults, requests = [], 0
    for number, data in enumerate(run_module.read_all(folder, "conn")):
        while data := data.lstrip(b"\r\n"):
            head, _, rest = data.partition(b"\r\n\r\n")
            length = re.search(rb"\r\nContent-Length: *(\d+)", head)
            if not re.match(rb"([A-Z]+ sip:\S+ SIP/2\.0|SIP/2\.0 \d{3} .*)\r\n", head) or not length:
                faults.append(f"connection {number}: not SIP: {data[:80]}")
                break
            requests += 1
            data = rest[int(length[1]):]
    return faults + ([] if requests >= 3 else [f"{requests} messages, not 3"])


def phone(suite, run_module, numbers, more, title):
    folder = suite.folder(title)
    keylog = os.path.join(folder, "keylog")
    argv = [run_module.sys.executable, "-B", os.path.join(run_module.HERE, "hostile_pcscf.py"), "--case", "honest",
            "--certs", suite.certs, "--log", folder]
    peer = run_module.Child(argv, folder, "peer")
    try:
        wire = Wire(peer.port())
        words = [w for w in run_module.ID if w != "--json"]
        run = run_module.Child(without(numbers, [suite.args.softphone, "--pcscf", f"127.0.0.1:{wire.port}", *words,
                                                 "--timeout", "10", "--keylog", keylog, *more]), folder, "softphone")
        status = run.wait(20)
        wire.end()
        peer.settle()
    finally:
        peer.end()
    faults = [] if status == 0 else [f"exit {status}, not 0"]
    faults += [] if not run.text() else ["there is output"]
    faults += records("up", wire.up) + records("down", wire.down) + sip_alone(folder, run_module)
    with open(keylog, "rb") as lines:
        kept = lines.read().splitlines()
    odd = [line for line in kept if not re.fullmatch(rb"[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]+", line)]
    return faults + [f"in the key log: {line[:80]}" for line in odd[:3]] + ([] if kept else ["an empty key log"])


def phone_fails(suite, run_module, title):
    """The exit status is right when nothing can be said of the failure."""
    argv = [suite.args.softphone, "--pcscf", "127.0.0.1:1", *run_module.ID, "--timeout", "1"]
    status = run_module.Child(without("0 1 2", argv), suite.folder(title), "softphone").wait(10)
    return [] if status == 3 else [f"exit {status}, not 3"]


def connect(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


def pcscf(suite, run_module, numbers, title):
    folder, port = suite.folder(title), free_port()
    cert = ["--cert", suite.pem("pcscf.crt"), "--key", suite.pem("pcscf.key")]
    argv = [suite.args.pcscf, "--impi", run_module.IMPI, "--k", run_module.K.hex(), "--opc", run_module.OPC.hex(),
            "--listen", f"127.0.0.1:{port}", "--count", "1", *cert]
    peer = run_module.Child(without(numbers, argv), folder, "pcscf")
    try:
        if not connect(port):
            return ["the P-CSCF does not listen"]
        wire = Wire(port)
        row = rows.good("honest")
        run = suite.softphone(folder, wire.port, row)
        wire.end()
        status = peer.wait(20)
    finally:
        peer.end()
    faults = [] if run.status == 0 else [f"softphone: exit {run.status}, not 0"]
    faults += [] if status == 0 else [f"exit {status}, not 0"]
    return faults + records("up", wire.up) + records("down", wire.down) + ([] if not peer.text() else ["there is output"])


def tests(suite, run_module):
    out = [("closed, and it fails", lambda: phone_fails(suite, run_module, "closed fails"))]
    for numbers in CLOSED:
        for more in ([], ["--json"], ["-v", "--show-secrets"]):
            title = f"closed {numbers} softphone {' '.join(more)}"
            out.append((title, lambda n=numbers, m=more, t=title: phone(suite, run_module, n, m, t)))
        if suite.args.pcscf:
            title = f"closed {numbers} pcscf"
            out.append((title, lambda n=numbers, t=title: pcscf(suite, run_module, n, t)))
    return out
