# SPDX-License-Identifier: Apache-2.0
"""The port that `softphone --serve` opens while it is registered, tried by openssl's s_client and by bare sockets."""
import os
import socket
import subprocess
import time

import ims
from ports import free_port

OPTIONS = ("OPTIONS sip:u@h SIP/2.0\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bK1\r\nFrom: <sip:n@d>;tag=1\r\n"
           "To: <sip:u@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()
SUITES = ("ECDHE-PSK-CHACHA20-POLY1305", "ECDHE-PSK-AES128-CBC-SHA256", "PSK-AES128-GCM-SHA256")


class Phone:
    """pcscf and softphone, registered; the keys of the last challenge are known from RAND."""

    def __init__(self, suite, run_module, folder, stay=4, more=()):
        self.run_module, self.port = run_module, free_port()
        self.pcscf = suite.pcscf(folder, *more)
        argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{self.pcscf.port()}", *run_module.ID, "--json",
                "--serve", str(self.port), "--stay", str(stay), "--timeout", "5"]
        self.child = run_module.Child(argv, folder, "softphone")
        self.wait(lambda e: e["event"] == "registered")

    def wait(self, wanted, seconds=8):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [e for e in self.child.events() if wanted(e)]
            if found:
                return found[-1]
            time.sleep(0.02)
        raise RuntimeError("event did not come: " + self.child.text().decode()[-600:])

    def key(self):
        rand = [e["rand"] for e in self.pcscf.events() if e["event"] == "challenged"][-1]
        _, ck, ik = self.run_module.CARD.f2345(bytes.fromhex(rand))[:3]
        return ck + ik

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 2)

    def end(self):
        self.child.end()
        self.pcscf.end()


def s_client(port, key, identity, suite=SUITES[0], seconds=3):
    """What came back for an OPTIONS over PSK TLS."""
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-psk", key.hex(), "-psk_identity", identity,
            "-tls1_2", "-cipher", suite, "-quiet", "-no_ign_eof"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        child.stdin.write(OPTIONS)
        child.stdin.flush()
        os.set_blocking(child.stdout.fileno(), False)
        out, end = b"", time.monotonic() + seconds
        while time.monotonic() < end and b"\r\n\r\n" not in out and child.poll() is None:
            out += child.stdout.read() or b""
            time.sleep(0.02)
        child.kill()
        return out


def served(phone, impi):
    faults = []
    for suite in SUITES:
        out = s_client(phone.port, phone.key(), "pcscf:" + impi, suite)
        faults += [] if out.startswith(b"SIP/2.0 200 OK\r\n") else [f"{suite}: {out[:80]!r}"]
    event = phone.wait(lambda e: e["event"] == "served" and not e.get("error"))
    return faults + ([] if event["by"] == "psk" else [f"served: {event}"])


def refused(phone, key, identity):
    out = s_client(phone.port, key, identity, "ALL", 2)
    phone.wait(lambda e: e["event"] == "served" and e.get("error"))
    faults = [] if not out else [f"{identity} was answered: {out[:80]!r}"]
    return faults + [f"shown: {e}" for e in phone.child.events() if e["event"] == "message"]


def own_role(phone, impi):
    return refused(phone, phone.key(), impi)


def wrong_key(phone, impi):
    return refused(phone, bytes(32), "pcscf:" + impi)


def other_identity(phone, impi):
    return refused(phone, phone.key(), "pcscf:x" + impi)


def in_clear(phone, octets):
    """What comes back on a connection without TLS."""
    with phone.connect() as s:
        try:
            s.sendall(octets)
            return s.recv(4096)
        except OSError:
            return b""


def garbage(phone, impi):
    for octets in (OPTIONS, b"\x16\x03\x01" + bytes(65535), os.urandom(3000)):
        data = in_clear(phone, octets)
        if b"SIP" in data:
            return [f"in clear: {data[:80]!r}"]
    return served(phone, impi)


def client_hello():
    """RFC 5246 7.4.1.2 for ECDHE_PSK (RFC 5489) on secp256r1, with the extended master secret."""
    def vector(size, octets):
        return len(octets).to_bytes(size, "big") + octets
    extensions = b"".join(kind.to_bytes(2, "big") + vector(2, body) for kind, body in (
        (10, vector(2, b"\x00\x17")), (11, vector(1, b"\x00")), (13, vector(2, b"\x04\x03\x04\x01")), (23, b"")))
    body = b"\x03\x03" + os.urandom(32) + vector(1, b"") + vector(2, b"\xc0\x37\x00\xa8") + b"\x01\x00"
    return b"\x16\x03\x03" + vector(2, b"\x01" + vector(3, body + vector(2, extensions)))


def warnings(phone, impi):
    """Endless TLS warnings of somebody without a key are cut off, and hold nothing up."""
    alerts, sent = bytes.fromhex("1503030002015a") * 4096, 0
    with phone.connect() as s:
        s.settimeout(2)
        s.sendall(client_hello())
        if s.recv(1) != b"\x16":
            return ["no ServerHello"]
        try:
            while sent < 1 << 26:
                sent += s.send(alerts)
        except OSError:
            pass
    faults = [] if sent < 1 << 26 else [f"{sent} octets of warnings were taken"]
    return faults + served(phone, impi)


def silent(phone, impi):
    """Who says nothing has five seconds; the next one is served then."""
    start = time.monotonic()
    with phone.connect() as s:
        s.settimeout(9)
        ended = s.recv(1) == b""
    took = time.monotonic() - start
    faults = [] if ended and 4 < took < 8 else [f"a silent connection ended: {ended}, {took:.1f} s"]
    return faults + served(phone, impi)


def newcomer(phone, impi):
    """A second one that proves itself takes over; one that does not leaves the first alone."""
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{phone.port}", "-psk", phone.key().hex(), "-psk_identity",
            "pcscf:" + impi, "-tls1_2", "-cipher", SUITES[0], "-quiet"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
        phone.wait(lambda e: e["event"] == "served")
        in_clear(phone, b"nonsense")
        first.stdin.write(OPTIONS)
        first.stdin.flush()
        faults = [] if first.stdout.readline() == b"SIP/2.0 200 OK\r\n" else ["the first one was not answered"]
        faults += served(phone, impi)
        try:
            first.wait(2)
        except subprocess.TimeoutExpired:
            faults.append("the first one is still there")
            first.kill()
    return faults


def after_loss(phone, impi):
    """The PSK and the port end with the registration."""
    key = phone.key()
    phone.pcscf.end()
    phone.wait(lambda e: e["event"] == "lost")
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            phone.connect().close()
            time.sleep(0.02)
        except OSError:
            return [] if not s_client(phone.port, key, "pcscf:" + impi, SUITES[0], 1) else ["answered without registration"]
    return ["the port is still open"]


def called(phone, impi):
    """The example P-CSCF does it itself."""
    del impi
    phone.wait(lambda e: e["event"] == "message")
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if any(e["event"] == "answer" and e["on"] == "call" for e in phone.pcscf.events()):
            return []
        time.sleep(0.02)
    return ["no answer on the connection that the P-CSCF opened"]


CHECKS = [("served", served, {}), ("own role refused", own_role, {}), ("wrong key refused", wrong_key, {}),
          ("other identity refused", other_identity, {}), ("garbage", garbage, {}),
          ("endless warnings", warnings, {"stay": 6}),
          ("silent", silent, {"stay": 10}), ("newcomer", newcomer, {"stay": 6}), ("after loss", after_loss, {"stay": 9}),
          ("called by the P-CSCF", called, {"more": ("--options-after", "100", "--call")})]


def tests(suite, run_module):
    """[(title, test)]"""
    def one(title, check, how):
        phone = Phone(suite, run_module, suite.folder(title), **how)
        try:
            faults = check(phone, run_module.IMPI)
            if check is not after_loss:   # whatever happened there, the registration held
                status = phone.child.wait(12)
                faults += [] if status == 0 else [f"exit {status}"]
                faults += ["lost"] if any(e["event"] == "lost" for e in phone.child.events()) else []
            return faults
        finally:
            phone.end()

    return [("serve: " + title, lambda t="serve: " + title, c=check, h=how: one(t, c, h)) for title, check, how in CHECKS]
