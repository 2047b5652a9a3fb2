# SPDX-License-Identifier: Apache-2.0
"""A DNS server over UDP and TCP that says what a test wants (RFC 1035, RFC 2782, RFC 3403): what it is asked for and has no
record of gets an empty answer; it may be silent, late, cut short, doubled or nonsense too."""
import os
import socket
import struct
import threading
import time

A, CNAME, AAAA, SRV, NAPTR = 1, 5, 28, 33, 35
TYPES = {A: "A", AAAA: "AAAA", SRV: "SRV", NAPTR: "NAPTR"}
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5
UDP_MAX = 512


def wire(name):
    labels = [label.encode("latin-1") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def a(address):
    return A, socket.inet_aton(address)


def aaaa(address):
    return AAAA, socket.inet_pton(socket.AF_INET6, address)


def cname(name):
    return CNAME, wire(name)


def srv(priority, weight, port, target):
    return SRV, struct.pack(">HHH", priority, weight, port) + wire(target)


def naptr(order, preference, service, replacement, flags="s", regexp=""):
    texts = b"".join(bytes([len(t)]) + t.encode() for t in (flags, service, regexp))
    return NAPTR, struct.pack(">HH", order, preference) + texts + wire(replacement)


class Fault:
    """Instead of records: `rcode`, or a way to misbehave: silent, garbage, cut."""

    def __init__(self, kind="", rcode=0):
        self.kind, self.rcode = kind, rcode


class Dns:
    """zone: {(name, type): [(type, rdata) or (type, rdata, owner)] or Fault}. `more`: datagrams around each answer."""

    def __init__(self, zone, before=None, twice=False):
        self.zone = {(name.lower(), kind): what for (name, kind), what in zone.items()}
        self.before, self.twice, self.asked, self.over_tcp = before, twice, [], 0
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for work in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=work, daemon=True).start()

    def end(self):
        for sock in (self.udp, self.tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    @staticmethod
    def question(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        return ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])[0], query[12:at + 5]

    def answer(self, query, limit):
        """None: nothing is said."""
        name, kind, question = self.question(query)
        self.asked.append((name, TYPES.get(kind, kind)))
        what = self.zone.get((name, kind), self.zone.get((name, None), []))
        fault = what if isinstance(what, Fault) else Fault()
        records = [] if isinstance(what, Fault) else what
        if fault.kind == "silent":
            return None
        if fault.kind == "garbage":
            return query[:2] + os.urandom(60)
        head = struct.pack(">HHHHH", 0x8180 | fault.rcode, 1, len(records), 0, 0)
        body = b"".join((b"\xc0\x0c" if len(r) < 3 else wire(r[2])) + struct.pack(">HHIH", r[0], 1, 60, len(r[1])) + r[1]
                        for r in records)
        whole = query[:2] + head + question + body
        if fault.kind == "cut":
            return query[:2] + struct.pack(">HHHHH", 0x8180, 1, 3, 0, 0) + question + b"\xc0\x0c\0"
        if len(whole) > limit:
            return query[:2] + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + question
        return whole

    def serve_udp(self):
        while True:
            try:
                query, who = self.udp.recvfrom(4096)
            except OSError:
                return
            if not query:   # the socket was shut down
                return
            answer = self.answer(query, UDP_MAX)
            if not answer:
                continue
            try:
                for extra in self.before(query) if self.before else []:
                    self.udp.sendto(extra, who)
                for _ in range(2 if self.twice else 1):
                    self.udp.sendto(answer, who)
            except OSError:
                return

    def serve_tcp(self):
        while True:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.one_tcp, args=(sock,), daemon=True).start()

    def one_tcp(self, sock):
        try:
            with sock:
                while head := sock.recv(2, socket.MSG_WAITALL):
                    query = sock.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                    answer = self.answer(query, 65535)
                    self.over_tcp += 1
                    if answer:
                        sock.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            pass


def forged(address):
    """An answer to everything, with another number than the question's."""
    def make(query):
        name, kind, question = Dns.question(query)
        other = bytes([query[0] ^ 0x55, query[1]])
        if kind != A:
            return []
        return [other + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question + b"\xc0\x0c" +
                struct.pack(">HHIH", A, 1, 60, 4) + socket.inet_aton(address)] * 3
    return make


def late(seconds):
    def make(query):
        time.sleep(seconds)
        return []
    return make
