#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A UE by hand in namespace `ue`: first REGISTER in clear, SAs by the XFRM part, the rest in ESP.

`ue.py` prints the numbers of its runs, `ue.py NUMBER...` does them.
Answers OPTIONS, re-authenticates on new SAs while the old ones live, deregisters, and looks that nothing is left.
"""
import base64
import os
import re
import select
import socket
import sys
import traceback

import esp_lab
import ims
from esp_lab import ADDRESS, Capture, End, bound
from peer import IMPI, IMPU, K, OPC, REALM

CARD = ims.Milenage(K, OPC)
URI = "sip:" + REALM
# 3DES without re-authentication: Kamailio 5.6.3 leaves the last third of the old key in the second set.
RUNS = [(4, "tcp", "hmac-sha-1-96", "aes-cbc"), (4, "udp", "hmac-sha-1-96", "null"),
        (4, "tcp", "hmac-sha-1-96", "des-ede3-cbc"), (4, "udp", "hmac-md5-96", "aes-cbc"),
        (6, "tcp", "hmac-sha-1-96", "aes-cbc"), (6, "udp", "hmac-sha-1-96", "aes-cbc")]


class Flow:
    """Where a REGISTER goes out: a TCP connection, or a UDP socket whose answers come to another.

    Requests come to the protected server port over TCP or UDP, whatever the UE itself uses: Kamailio takes UDP.
    """

    def __init__(self, family, kind, port, pcscf_port, listen_port):
        self.kind, self.to = kind, (ADDRESS["pcscf"][family], pcscf_port)
        stream = kind == "tcp"
        self.out = bound("ue", family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM, port)
        if stream:
            self.out.connect(self.to)
        self.back = [self.out]
        self.listener = None
        if listen_port != port:
            self.listener = bound("ue", family, socket.SOCK_STREAM, listen_port)
            self.listener.listen()
            self.back.append(bound("ue", family, socket.SOCK_DGRAM, listen_port))
        self.buffers = {}

    def renew(self, family, port, pcscf_port):
        """A new client port; the old connection stays open, the server port too."""
        stream = self.kind == "tcp"
        self.out = bound("ue", family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM, port)
        self.to = (self.to[0], pcscf_port)
        if stream:
            self.out.connect(self.to)
        self.back.append(self.out)

    def send(self, text):
        data = text.encode("latin-1")
        if self.kind == "tcp":
            self.out.sendall(data)
        else:
            self.out.sendto(data, self.to)

    def next(self, timeout=10):
        """The next message and how to answer it."""
        while True:
            waiting = self.back + ([self.listener] if self.listener else [])
            ready = select.select(waiting, [], [], timeout)[0]
            if not ready:
                raise TimeoutError("nothing came")
            s = ready[0]
            if s.type == socket.SOCK_DGRAM:
                data, peer = s.recvfrom(65535)
                return ims.Message(data), lambda text: s.sendto(text.encode("latin-1"), peer)
            if s is self.listener:
                self.back.append(s.accept()[0])
                continue
            data = s.recv(65535)
            if not data:
                self.back.remove(s)
                continue
            found, self.buffers[s] = ims.split_stream(self.buffers.get(s, b"") + data)
            if found:
                return found[0], lambda text: s.sendall(text.encode("latin-1"))

    def close(self):
        for s in {*self.back, self.out, *([self.listener] if self.listener else [])}:
            if s.type == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.close()


class Ue:
    def __init__(self, family, kind, alg, ealg):
        self.family, self.kind, self.how = family, kind, (alg, ealg)
        self.end, self.cseq, self.verify = End("ue", family), 0, ""
        self.call_id, self.tag = os.urandom(8).hex(), os.urandom(4).hex()
        self.host = ADDRESS["ue"][family] if family == 4 else f"[{ADDRESS['ue'][family]}]"
        self.ours, self.ids, self.auth = self.end.reserve(), [], ""
        self.all_ports, self.served, self.due = {5060}, 0, 0

    def register(self, flow, port, auth, expires=600, timeout=10):
        """Sends one and gives its final answer; what else comes is answered."""
        self.cseq += 1
        o = self.ours
        offer = (f"ipsec-3gpp;q=0.5;alg={self.how[0]};ealg={self.how[1]};prot=esp;mod=trans;spi-c={o[0]};spi-s={o[1]};"
                 f"port-c={o[2]};port-s={o[3]}")
        verify = [f"Security-Verify: {self.verify}"] if self.verify else []
        flow.send("\r\n".join([
            f"REGISTER {URI} SIP/2.0",
            f"Via: SIP/2.0/{self.kind.upper()} {self.host}:{port};branch=z9hG4bK{self.call_id}{self.cseq};rport",
            f"From: <{IMPU}>;tag={self.tag}", f"To: <{IMPU}>", f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} REGISTER", "Max-Forwards: 70",
            f"Contact: <sip:{self.host}:{o[3]};transport={self.kind}>;expires={expires}",
            "Supported: path, sec-agree", "Require: sec-agree", "Proxy-Require: sec-agree", f"Security-Client: {offer}",
            *verify, f"Authorization: {auth}", "Content-Length: 0", "", ""]))
        while True:
            message, answer = flow.next(timeout)
            if message.status >= 200:
                return message
            if not message.status:
                self.serve(message, answer)

    def serve(self, message, answer):
        assert message.method == "OPTIONS", message.line
        self.served += 1
        lines = ["SIP/2.0 200 OK", *(f"Via: {v}" for v in message.all("via"))]
        lines += [f"{n}: {message.get(n.lower())}" for n in ("From", "To", "Call-ID", "CSeq")]
        answer("\r\n".join(lines + ["Content-Length: 0", "", ""]))

    def first_auth(self):
        return f'Digest username="{IMPI}", realm="{REALM}", uri="{URI}", nonce="", response=""'

    def take(self, answer):
        """From a 401: SAs installed, Authorization made."""
        assert answer.status == 401, answer.line
        challenge = ims.auth_params(answer.get("www-authenticate"))
        assert "ck" not in challenge and "ik" not in challenge, "the P-CSCF let the keys through"
        self.verify = answer.get("security-server")
        p = dict(re.findall(r"([\w-]+)=([^;\s]*)", self.verify))
        assert (p["alg"], p["ealg"]) == self.how, self.verify
        theirs = [int(p[n]) for n in ("spi-c", "spi-s", "port-c", "port-s")]
        nonce = base64.b64decode(challenge["nonce"])
        assert ims.autn_open(CARD, nonce[:16], nonce[16:32]) is not None
        res, ck, ik, _ = CARD.f2345(nonce[:16])
        self.ids.append(self.end.install(self.ours, theirs, self.how, (ck.hex(), ik.hex())))
        self.all_ports |= set(self.ours[2:] + theirs[2:])
        auth = {"username": IMPI, "realm": REALM, "uri": URI, "nonce": challenge["nonce"], "qop": "auth",
                "nc": "00000001", "cnonce": os.urandom(8).hex()}
        auth["response"] = ims.digest(res, auth)
        bare = ("qop", "nc")
        self.auth = "Digest " + ", ".join(f"{n}={v}" if n in bare else f'{n}="{v}"' for n, v in auth.items()) + \
            ", algorithm=AKAv1-MD5"
        return theirs

    def run(self, capture):
        plain = Flow(self.family, self.kind, 5060, 5060, 5060)
        theirs = self.take(self.register(plain, 5060, self.first_auth()))
        plain.close()
        flow = Flow(self.family, self.kind, self.ours[2], theirs[3], self.ours[3])
        answer = self.register(flow, self.ours[3], self.auth)
        assert answer.status == 200, answer.line
        self.options(flow)
        if self.how[1] != "des-ede3-cbc":
            self.reauthenticate(flow)
        try:  # its answer may leave in clear, and is dropped then
            self.register(flow, self.ours[3], self.auth, expires=0, timeout=2)
        except TimeoutError:
            pass
        flow.close()
        capture.close()  # what Kamailio's TCP resends in clear to ports that are free again is answered by the kernel
        for number in self.ids:
            self.end.remove(number)
        assert self.end.states() == "" and self.end.policies() == [], self.end.states()
        self.end.close()

    def reauthenticate(self, flow):
        """New SPIs and client port, the server port stays; both sets live until the end."""
        old, old_auth = self.ours, self.auth
        self.ours = self.end.reserve(old[3])
        theirs = self.take(self.register(flow, old[3], old_auth))
        assert self.end.states().count("proto esp") == 8
        flow.renew(self.family, self.ours[2], theirs[3])
        answer = self.register(flow, self.ours[3], self.auth)
        assert answer.status == 200, answer.line
        self.options(flow)

    def options(self, flow):
        """The core's OPTIONS of this registration; it may have come before the 200."""
        self.due += 1
        while self.served < self.due:
            message, answer = flow.next()
            if not message.status:
                self.serve(message, answer)


def main():
    if len(sys.argv) < 2:
        print(*range(len(RUNS)))
        return 0
    failed = 0
    for run in [RUNS[int(n)] for n in sys.argv[1:]]:
        name, capture = "ipv%d %s %s %s" % run, Capture()
        try:
            ue = Ue(*run)
            ue.run(capture)
            leaked = {c for c in capture.clear_ports() if set(c) & (ue.all_ports - {5060})}
            assert len(capture.esp_spis()) >= (6 if len(ue.ids) == 2 else 3), capture.esp_spis()
            assert all(5100 <= c[0] < 6200 for c in leaked), leaked  # nothing from the UE
            print("ok  ", name, sum(capture.esp_spis().values()), "ESP packets; in clear from the P-CSCF:",
                  sorted(leaked) or "nothing", flush=True)
        except Exception:  # one failed run must not hide the others
            failed += 1
            capture.close()
            for what in ("state", "policy"):  # the next run starts clean
                esp_lab.run("ip", "-n", "ue", "xfrm", what, "flush")
            print("FAIL", name, traceback.format_exc(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
