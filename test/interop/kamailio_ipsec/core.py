#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The home network behind the P-CSCF: one UDP socket that challenges by AKAv1-MD5, checks, accepts. No Diameter.

core.py LOG [--reauth] [--options] [--expires=S]: --reauth challenges every refresh anew; --options sends OPTIONS through the P-CSCF
to the contact after each registration. One line a verdict goes to LOG.
"""
import base64
import re
import socket
import sys

import ims
from peer import IMPI, IMPU, K, OPC, REALM

CARD = ims.Milenage(K, OPC)
ADDRESS, PCSCF = ("10.9.0.2", 5070), ("10.9.0.2", 5060)


class Core:
    def __init__(self, log, reauth, options, expires=600):
        self.expires = expires
        self.log, self.reauth, self.options = open(log, "w", buffering=1), reauth, options
        self.sqn, self.vector, self.answered, self.branch = 0, None, None, 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(ADDRESS)
        self.say("ready")

    def say(self, *words):
        print(*words, file=self.log)

    def reply(self, request, to, status, headers=()):
        lines = [f"SIP/2.0 {status}", *(f"Via: {v}" for v in request.all("via"))]
        lines += [f"{n}: {request.get(n.lower())}" for n in ("From", "Call-ID", "CSeq")]
        lines += [f"To: {request.get('to')};tag=core", *headers, "Content-Length: 0", "", ""]
        self.sock.sendto("\r\n".join(lines).encode("latin-1"), to)

    def challenge(self, request, to):
        self.sqn += 32
        self.vector, self.answered = ims.Vector(CARD, self.sqn), None
        self.say("challenged")
        self.reply(request, to, "401 Unauthorized", [
            f'WWW-Authenticate: Digest realm="{REALM}", nonce="{self.vector.nonce}", algorithm=AKAv1-MD5, qop="auth", '
            f'ck="{self.vector.ck.hex()}", ik="{self.vector.ik.hex()}"'])

    def register(self, request, to):
        auth = request.auth
        if not self.vector or auth.get("nonce") != self.vector.nonce:
            return self.challenge(request, to)
        if "auts" in auth:
            sqn = ims.auts_open(CARD, self.vector.rand, base64.b64decode(auth["auts"]))
            self.say("auts", "wrong" if sqn is None else "ok")
            self.sqn = self.sqn if sqn is None else sqn
            return self.challenge(request, to)
        if auth.get("response") != ims.digest(self.vector.res, auth) or auth.get("username") != IMPI:
            self.say("response wrong")
            return self.reply(request, to, "403 Forbidden")
        gone = re.search(r"expires=0\b", request.get("contact")) or request.get("expires") == "0"
        if self.answered and self.reauth and not gone:
            return self.challenge(request, to)
        self.say("deregistered" if gone else "refreshed" if self.answered else "registered")
        self.answered = True
        contact = re.sub(r";expires=\d+", "", request.get("contact"))
        self.reply(request, to, "200 OK", [f"Contact: {contact};expires={0 if gone else self.expires}",
                                           f"P-Associated-URI: <{IMPU}>", "Service-Route: <sip:10.9.0.2:5070;lr>"])
        if self.options and not gone:
            self.ask(re.search(r"<([^>]*)>", contact).group(1))

    def ask(self, contact):
        self.branch += 1
        self.sock.sendto("\r\n".join([
            f"OPTIONS {contact} SIP/2.0", f"Via: SIP/2.0/UDP 10.9.0.2:5070;branch=z9hG4bKcore{self.branch}",
            f"From: <{IMPU}>;tag=core", f"To: <{IMPU}>", f"Call-ID: core{self.branch}", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70", "Content-Length: 0", "", ""]).encode(), PCSCF)

    def run(self):
        while True:
            data, source = self.sock.recvfrom(65535)
            message = ims.Message(data)
            if message.status:
                self.say("answer", message.status)
            elif message.method == "REGISTER":
                self.register(message, source)
            elif message.method != "ACK":
                self.say("request", message.method)
                self.reply(message, source, "200 OK")


if __name__ == "__main__":
    granted = [int(word.partition("=")[2]) for word in sys.argv if word.startswith("--expires=")]
    Core(sys.argv[1], "--reauth" in sys.argv, "--options" in sys.argv, *granted).run()
