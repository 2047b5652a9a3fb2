#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The home network behind a P-CSCF: one UDP socket that challenges by AKAv1-MD5, checks, accepts. No Diameter.

home.py ADDRESS:PORT LOG [--reauth] [--options] [--expires=S]: --reauth challenges every refresh anew; --options sends
OPTIONS through the P-CSCF to the contact after each registration. One line a verdict goes to LOG.
"""
import base64
import os
import re
import socket
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import ims  # noqa: E402
from peer import IMPI, IMPU, K, OPC, REALM  # noqa: E402

CARD = ims.Milenage(K, OPC)


class Home:
    def __init__(self, address, log, reauth, options, expires=600):
        self.address, self.expires = address, expires
        self.log, self.reauth, self.options = open(log, "w", buffering=1), reauth, options
        self.sqn, self.vector, self.answered, self.branch = 0, None, None, 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        host, _, port = address.rpartition(":")
        self.sock.bind((host, int(port)))
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
                                           f"P-Associated-URI: <{IMPU}>", f"Service-Route: <sip:{self.address};lr>"])
        if self.options and not gone:
            self.ask(re.search(r"<([^>]*)>", contact).group(1), to)

    def ask(self, contact, pcscf):
        self.branch += 1
        self.sock.sendto("\r\n".join([
            f"OPTIONS {contact} SIP/2.0", f"Via: SIP/2.0/UDP {self.address};branch=z9hG4bKcore{self.branch}",
            f"From: <{IMPU}>;tag=core", f"To: <{IMPU}>", f"Call-ID: core{self.branch}", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70", "Content-Length: 0", "", ""]).encode(), pcscf)

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
    Home(sys.argv[1], sys.argv[2], "--reauth" in sys.argv, "--options" in sys.argv, *granted).run()
